<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

use Breakerd\Client;
use Breakerd\Denied;
use Breakerd\OnUnavailable;
use Breakerd\Unavailable;

/** A test with a directory of its own, and clients that never pass for want of an answer. */
abstract class TestCase extends \PHPUnit\Framework\TestCase
{
    /** Where files are that outlive a script; null: the system's place. */
    public static ?string $temporary = null;

    protected string $directory;
    /** @var list<array{string, string}> levels and texts that clients have logged */
    protected array $log = [];
    /** @var list<\Closure(): mixed> */
    private array $cleanups = [];

    protected function setUp(): void
    {
        $this->directory = '/tmp/breakerd-' . bin2hex(random_bytes(6));
        mkdir($this->directory, 0o755);
        $this->atEnd(fn () => exec('rm -rf ' . escapeshellarg($this->directory)));
    }

    protected function tearDown(): void
    {
        Clock::$now = self::$temporary = null;
        while (($cleanup = array_pop($this->cleanups)) !== null) {
            $cleanup();
        }
    }

    /** @param \Closure(): mixed $cleanup done after the test, the last one first */
    public function atEnd(\Closure $cleanup): void
    {
        $this->cleanups[] = $cleanup;
    }

    public function path(string $name): string
    {
        return "$this->directory/$name";
    }

    /** A client with a deadline that also a busy machine keeps. */
    protected function client(string $socket, mixed ...$options): Client
    {
        $client = new Client(...$options + [
            'socketPath' => $socket,
            'deadline' => 10,
            'logger' => function (string $level, string $text): void {
                $this->log[] = [$level, $text];
            },
        ]);
        $this->atEnd($client->close(...));
        return $client;
    }

    protected function denying(string $socket, mixed ...$options): Client
    {
        return $this->client($socket, ...$options + ['onUnavailable' => OnUnavailable::Deny]);
    }

    /** Why a call was not answered; null: it was allowed. */
    protected function why(Client $client): ?string
    {
        try {
            $client->breaker('api')->permit()->ignore();
        } catch (Denied $denied) {
            $this->assertSame('unavailable', $denied->reason);
            $this->assertInstanceOf(Unavailable::class, $denied->getPrevious());
            return $denied->getPrevious()->reason;
        }
        return null;
    }

    /** @param \Closure(): mixed $body */
    protected function assertDenied(\Closure $body, string ...$reasons): Denied
    {
        try {
            $body();
        } catch (Denied $denied) {
            $this->assertContains($denied->reason, $reasons);
            return $denied;
        }
        $this->fail('it was not denied');
    }

    /**
     * @template T of \Throwable
     *
     * @param class-string<T> $class
     * @param \Closure(): mixed $body
     *
     * @return T
     */
    protected function assertThrows(string $class, \Closure $body): \Throwable
    {
        try {
            $body();
        } catch (\Throwable $error) {
            $this->assertInstanceOf($class, $error);
            return $error;
        }
        $this->fail("$class was not thrown");
    }

    /** Waits until it is so; false: it was not, in so many seconds. */
    public static function eventually(\Closure $isSo, float $within = 20): bool
    {
        $end = \hrtime(true) + $within * 1e9;
        while (!$isSo()) {
            if (\hrtime(true) > $end) {
                return false;
            }
            usleep(2_000);
        }
        return true;
    }

    /**
     * Runs it in a forked child, and waits for its end. What it throws fails the test.
     *
     * @param \Closure(): void $body
     */
    protected function inChild(\Closure $body): void
    {
        $child = pcntl_fork();
        if ($child === 0) {
            $text = '';
            try {
                $body();
            } catch (\Throwable $error) {
                $text = (string) $error;
            }
            file_put_contents($this->path('child'), $text);
            // Not as a script ends: the tests, and what they have to clean up, are the parent's.
            posix_kill(getmypid(), SIGKILL);
        }
        pcntl_waitpid($child, $status);
        $this->assertSame('', file_get_contents($this->path('child')));
        unlink($this->path('child'));
    }
}
