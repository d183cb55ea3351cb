#!/usr/bin/env php
<?php

declare(strict_types=1);

/**
 * Obeys the conformance suite (clients/conformance/README.md): a command a line, an answer a line.
 *
 *     clients/php/conformance.php [DIRECTORY]
 *
 * A directory is a project that the package was installed into (install-for-tests.sh); else $BREAKERD_PHP_INSTALL names it; else the
 * sources beside this file are used.
 */

use Breakerd\Breaker;
use Breakerd\Client;
use Breakerd\Denied;
use Breakerd\InvalidName;
use Breakerd\Local;
use Breakerd\OnUnavailable;
use Breakerd\Permit;

$project = $argv[1] ?? (string) getenv('BREAKERD_PHP_INSTALL');
require $project === '' ? __DIR__ . '/autoload.php' : "$project/vendor/autoload.php";

/** What a program says not to count. */
final class Unrelated extends Exception
{
}

final class Driver
{
    private ?Client $client = null;
    private float $deadline = 0.05;
    /** @var array<int, ?Permit> */
    private array $permits = [];
    private int $lastPermit = 0;
    /** @var list<string> */
    private array $log = [];
    private readonly int $descriptors;

    public function __construct()
    {
        $this->descriptors = $this->inheritedDescriptors();
    }

    public function run(): void
    {
        while (($line = $this->readLine()) !== null && $line !== 'exit') {
            if ($line === 'leave') {
                return;
            }
            [$positional, $options] = self::parse($line);
            try {
                $answer = $this->obey(array_shift($positional) ?? '', $positional, $options);
            } catch (InvalidName) {
                $answer = 'error name';
            } catch (Throwable $error) {
                $answer = 'raised ' . $error::class . ' ' . strtr($error->getMessage(), "\n", ' ');
            }
            self::answer($answer);
        }
        $this->permits = [];
        $this->client?->close();
    }

    /** Byte by byte: a child of `fork` reads on from the same place. */
    private function readLine(): ?string
    {
        $line = '';
        while (($byte = fread(STDIN, 1)) !== "\n") {
            if ($byte === '' || $byte === false) {
                return null;
            }
            $line .= $byte;
        }
        return $line;
    }

    private static function answer(string $line): void
    {
        fwrite(STDOUT, $line . "\n");
    }

    /** @return array{list<string>, array<string, string>} */
    private static function parse(string $line): array
    {
        $positional = $options = [];
        foreach (explode(' ', $line) as $word) {
            if (preg_match('/\A([a-z_]+)=(.*)\z/s', $word, $match) === 1) {
                $options[$match[1]] = $match[2];
            } else {
                $positional[] = $word;
            }
        }
        return [$positional, $options];
    }

    /**
     * @param list<string> $words
     * @param array<string, string> $options
     */
    private function obey(string $command, array $words, array $options): string
    {
        return match ($command) {
            'new' => $this->make($options),
            'call' => $this->call($words[0] ?? '', $words[1] ?? 'ok', $options),
            'allow' => $this->allow($words[0] ?? '', $options),
            'report' => $this->report((int) $words[0], $words[1], $options['class'] ?? null),
            'drop' => $this->drop((int) $words[0]),
            'run' => $this->repeat($words[0], $words[2], (int) $words[1], PHP_INT_MAX, 0),
            'spin' => $this->repeat($words[0], $words[2], PHP_INT_MAX, (int) $words[1], 1_000),
            'flush' => $this->done($this->client()->flush()),
            'counts' => $this->counts(),
            'log' => $this->takeLog(),
            'inherited' => (string) ($this->inheritedDescriptors() - $this->descriptors),
            'pid' => (string) getmypid(),
            'fork' => $this->fork(),
            'close' => $this->done($this->client()->close()),
            default => "error command $command",
        };
    }

    private function client(): Client
    {
        return $this->client ?? throw new LogicException('there is no client: say new first');
    }

    private function breaker(string $name): Breaker
    {
        return $this->client()->breaker($name, exclude: Unrelated::class);
    }

    private function done(mixed $_): string
    {
        return 'ok';
    }

    /** @param array<string, string> $options */
    private function make(array $options): string
    {
        $this->permits = [];
        $this->client?->close();
        $this->client = null;
        try {
            $this->deadline = ($options['deadline_ms'] ?? 50) / 1000;
            $this->client = new Client(
                socketPath: $options['socket'] ?? null,
                deadline: $this->deadline,
                onUnavailable: ($options['on'] ?? 'allow') === 'local'
                    ? new Local((int) ($options['failures'] ?? 5), ($options['open_ms'] ?? 30_000) / 1000)
                    : OnUnavailable::from($options['on'] ?? 'allow'),
                name: $options['name'] ?? null,
                useBoard: ($options['board'] ?? 'yes') === 'yes',
                flushInterval: ($options['flush_ms'] ?? 100) / 1000,
                logger: function (string $level, string $message): void {
                    $this->log[] = $message;
                },
            );
        } catch (ValueError | TypeError) {
            return 'error option';
        }
        return 'ok';
    }

    /** @param array<string, string> $options */
    private function call(string $name, string $outcome, array $options): string
    {
        $breaker = $this->breaker($name);
        $class = $options['class'] ?? 'Failure';
        $work = function () use ($outcome, $class, $options): object {
            usleep((int) ($options['work_ms'] ?? 0) * 1_000);
            return self::end($outcome, $class);
        };
        try {
            if (isset($options['lease_ms']) || ($outcome === 'fail' && !self::isClassName($class))) {
                return $this->callByPermit($breaker, $work, $options, $class);
            }
            try {
                $result = $breaker->call($work);
                return $result === self::$ended ? 'allowed' : 'raised another result';
            } catch (Denied $denied) {
                throw $denied;
            } catch (Exception $error) {
                return $error === self::$ended ? 'allowed' : throw $error;
            }
        } catch (Denied $denied) {
            return 'denied ' . self::told($denied);
        }
    }

    /** @param array<string, string> $options */
    private function callByPermit(Breaker $breaker, Closure $work, array $options, string $class): string
    {
        $permit = $breaker->permit(isset($options['lease_ms']) ? $options['lease_ms'] / 1000 : null);
        try {
            $work();
            $permit->ok();
        } catch (Unrelated) {
            $permit->ignore();
        } catch (Exception) {
            $permit->fail($class);
        }
        return 'allowed';
    }

    private static ?object $ended = null;

    /** Ends a block: gives an object back, or throws an error. */
    private static function end(string $outcome, string $class): object
    {
        self::$ended = match ($outcome) {
            'ok' => new stdClass(),
            'fail' => self::failure($class),
            'ignore' => new Unrelated(),
        };
        return self::$ended instanceof Exception ? throw self::$ended : self::$ended;
    }

    private static function isClassName(string $class): bool
    {
        return preg_match('/\A[A-Za-z_][A-Za-z0-9_]*\z/', $class) === 1 && (!class_exists($class) || is_a($class, Exception::class, true));
    }

    private static function failure(string $class): Exception
    {
        if (!self::isClassName($class)) {
            return new Exception($class);
        }
        if (!class_exists($class)) {
            eval("class $class extends Exception {}");
        }
        return new $class();
    }

    /** @param array<string, string> $options */
    private function allow(string $name, array $options): string
    {
        $breaker = $this->breaker($name);
        try {
            $permit = $breaker->permit(isset($options['lease_ms']) ? $options['lease_ms'] / 1000 : null);
        } catch (Denied $denied) {
            return 'deny ' . self::told($denied);
        }
        $this->permits[++$this->lastPermit] = $permit;
        return "allow $this->lastPermit";
    }

    private function report(int $number, string $outcome, ?string $class): string
    {
        $permit = $this->permits[$number];
        match ($outcome) {
            'ok' => $permit?->ok(),
            'fail' => $permit?->fail($class),
            'ignore' => $permit?->ignore(),
        };
        return 'ok';
    }

    private function drop(int $number): string
    {
        $this->permits[$number] = null;
        gc_collect_cycles();
        return 'ok';
    }

    private static function told(Denied $denied): string
    {
        $retry = $denied->retryAfter === null ? -1 : (int) ceil(round($denied->retryAfter * 1000, 6));
        return "$denied->reason retry_ms=$retry";
    }

    private function repeat(string $name, string $outcome, int $count, int $milliseconds, int $rest): string
    {
        $breaker = $this->breaker($name);
        $end = hrtime(true) + min($milliseconds, 1_000_000_000) * 1_000_000;
        $allowed = $denied = $errors = $late = $longest = 0;
        $work = static fn (): object => self::end($outcome, 'Failure');
        for ($number = 0; $number < $count && hrtime(true) < $end; $number++) {
            $begin = hrtime(true);
            try {
                $breaker->call($work);
                ++$allowed;
            } catch (Denied) {
                ++$denied;
            } catch (Throwable $error) {
                $error === self::$ended ? ++$allowed : ++$errors;
            }
            $took = hrtime(true) - $begin;
            $longest = max($longest, $took);
            $late += (int) ($took > ($this->deadline + 0.02) * 1e9);
            if ($rest > 0) {
                usleep($rest);
            }
        }
        return "allowed=$allowed denied=$denied errors=$errors late=$late longest_us=" . intdiv($longest, 1_000);
    }

    private function counts(): string
    {
        $all = $this->client()->statistics();
        return "requests=$all->requests unavailable=$all->unavailable timeouts=$all->timeouts connections=$all->connections "
            . "boards=$all->boards denied_locally=$all->deniedLocally reports_sent=$all->reportsSent "
            . "reports_refused=$all->reportsRefused reports_dropped=$all->reportsDropped";
    }

    private function takeLog(): string
    {
        $lines = implode('|', array_map(static fn (string $line): string => strtr($line, "\n", ' '), $this->log));
        $this->log = [];
        return $lines === '' ? '-' : $lines;
    }

    /** What a program that is started from here finds open. */
    private function inheritedDescriptors(): int
    {
        $program = proc_open(['/bin/ls', '/proc/self/fd'], [1 => ['pipe', 'w']], $pipes);
        $count = count(explode("\n", trim((string) stream_get_contents($pipes[1]))));
        fclose($pipes[1]);
        proc_close($program);
        return $count;
    }

    private function fork(): string
    {
        $child = pcntl_fork();
        if ($child === 0) {
            return 'child';
        }
        pcntl_waitpid($child, $status);
        return 'parent';
    }
}

// Warnings and the like go to standard error, where PHP would mix them with the answers.
ini_set('display_errors', 'stderr');
stream_set_read_buffer(STDIN, 0);
// Held until the end of the program.
$driver = new Driver();
$driver->run();
