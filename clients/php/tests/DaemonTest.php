<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Breaker;
use Breakerd\Client;
use Breakerd\Denied;
use Breakerd\OnUnavailable;
use Breakerd\Tests\Support\Daemon;
use Breakerd\Tests\Support\TestCase;
use Breakerd\Version;

/** Real daemons: what they are told, how they refuse, and what becomes of calls when they go. */
final class DaemonTest extends TestCase
{
    private Daemon $daemon;

    protected function setUp(): void
    {
        parent::setUp();
        $this->daemon = new Daemon($this, '--default', 'trip.consecutive_failures=1000000');
    }

    /** A breaker that is never let pass because a daemon does not answer. */
    private function breaker(string $name = 'api', mixed ...$options): Breaker
    {
        return $this->denying($this->daemon->socket, ...$options)->breaker($name);
    }

    private function failCall(Breaker $breaker): void
    {
        $this->assertThrows(\RuntimeException::class, fn () => $breaker->call(static fn () => throw new \RuntimeException()));
    }

    /**
     * Runs a program in a process of its own, and waits for its end; `$client` in it is one of this daemon.
     *
     * @return resource
     */
    private function start(string $program): mixed
    {
        $text = '<?php require ' . var_export(AUTOLOAD, true) . ";\n"
            . "\$client = new Breakerd\\Client({$this->quoted($this->daemon->socket)}, deadline: 10);\n$program\n";
        file_put_contents($this->path('program.php'), $text);
        $log = ['file', $this->path('program.log'), 'a'];
        return proc_open([PHP_BINARY, $this->path('program.php')], [['file', '/dev/null', 'r'], $log, $log], $pipes);
    }

    private function quoted(string $text): string
    {
        return var_export($text, true);
    }

    /** Lets the first second of a generation pass, in which nothing is batched. */
    private function settle(Breaker $breaker): void
    {
        $end = \hrtime(true) + 1_050_000_000;
        while (\hrtime(true) < $end) {
            $breaker->call(usleep(...), 10_000);
        }
    }

    public function testCountsAreExactAfterTheEnd(): void
    {
        foreach ([true, false] as $useBoard) {
            $name = $useBoard ? 'with' : 'without';
            $client = $this->client($this->daemon->socket, useBoard: $useBoard);
            $api = $client->breaker($name);
            for ($number = 0; $number < 3_000; $number++) {
                $number % 50 === 49 ? $this->failCall($api) : $api->call(static fn (): int => 1);
            }
            $client->close();
            $this->assertTrue($this->daemon->shows($name, ok: 2_940, failed: 60, stale: 0), json_encode($this->daemon->show($name)));
            $this->assertSame(0, $client->statistics()->reportsDropped);
            if ($useBoard) {
                $this->assertLessThan(20, $client->statistics()->requests);
            }
        }
    }

    public function testAFailureIsNeverCountedBeforeTheSuccessesThatPrecededIt(): void
    {
        $api = $this->breaker(flushInterval: 10);
        $calls = 0;
        $this->settle($api);
        $this->failCall($api);
        $this->assertTrue($this->daemon->shows(failed: 1));
        $before = (int) $this->daemon->show()['ok'];
        for ($number = 2; $number <= 30; $number++) {
            for ($call = 0; $call < 40; $call++) {
                $api->call(static fn (): int => 1);
            }
            $calls += 40;
            $this->failCall($api);
            // What a look shows is all that came before it on that connection, so no look may see the failure alone.
            $show = [];
            $this->assertTrue(self::eventually(function () use (&$show, $number): bool {
                return ($show = $this->daemon->show())['failed'] === (string) $number;
            }));
            $this->assertSame($before + $calls, (int) $show['ok']);
        }
    }

    public function testAlternatingOutcomesAreNoFailuresInARow(): void
    {
        $api = $this->breaker('short');
        $this->settle($api);
        $this->daemon->ask('set short trip.consecutive_failures=5');
        for ($number = 0; $number < 300; $number++) {
            $this->failCall($api);
            $api->call(static fn (): int => 1);
        }
        $this->assertTrue($this->daemon->shows('short', failed: 300, opened: 0));
    }

    public function testAProbeWhoseExceptionDoesNotCountGivesItsPlaceBack(): void
    {
        $this->daemon->ask('force api open');
        $this->daemon->ask('release api');
        $api = $this->denying($this->daemon->socket)->breaker('api', exclude: \DomainException::class);
        $this->assertThrows(\DomainException::class, fn () => $api->call(static fn () => throw new \DomainException()));
        $this->assertTrue($this->daemon->shows(permits_out: 0, ignored: 1, failed: 0));
    }

    public function testSlowCallsAreToldAtOnce(): void
    {
        $this->daemon->ask('set api trip.slow_call=30ms trip.slow_rate=100% trip.minimum_calls=1000000');
        $api = $this->breaker(flushInterval: 10);
        $this->settle($api);
        $slow = (int) $this->daemon->show()['slow'];
        $api->call(usleep(...), 40_000);
        $this->assertTrue($this->daemon->shows(slow: $slow + 1));
    }

    public function testRefusalsAreCounted(): void
    {
        $client = $this->client($this->daemon->socket);
        $api = $client->breaker('api');
        $api->permit()->ignore();
        $this->assertSame('+ok 1', $this->daemon->ask('force api open'));
        for ($number = 0; $number < 100; $number++) {
            $this->assertDenied(fn () => $api->permit(), 'forced-open');
        }
        $client->flush();
        $this->assertTrue($this->daemon->shows(refused: 100));
        $this->assertSame(1, $client->statistics()->requests);
    }

    public function testForkedWorkersLoseNothingAndTellNothingTwice(): void
    {
        $client = $this->client($this->daemon->socket);
        $api = $client->breaker('api');
        $work = static function () use ($api): void {
            for ($number = 0; $number < 500; $number++) {
                $api->call(static fn (): int => 1);
            }
        };
        $work();
        for ($worker = 0; $worker < 4; $worker++) {
            $this->inChild(static function () use ($work, $client): void {
                $work();
                $client->close();
            });
        }
        $work();
        $client->close();
        $this->assertTrue($this->daemon->shows(ok: 3_000, stale: 0), json_encode($this->daemon->show()));
    }

    public function testAPersistentConnectionIsNotTheChilds(): void
    {
        $client = $this->denying($this->daemon->socket, persistent: true, useBoard: false);
        $api = $client->breaker('api');
        $api->call(static fn (): int => 1);
        $this->inChild(function () use ($client, $api): void {
            for ($number = 0; $number < 10; $number++) {
                $api->call(static fn (): int => 1);
            }
            $this->assertSame([1, 10], [$client->statistics()->connections, $client->statistics()->requests]);
            $client->close();
        });
        $api->call(static fn (): int => 1);
        $this->assertSame([1, 2], [$client->statistics()->connections, $client->statistics()->requests]);
        $this->assertTrue($this->daemon->shows(ok: 12));
    }

    public function testVeryManyBreakersAreAllTold(): void
    {
        $client = $this->client($this->daemon->socket);
        for ($time = 0; $time < 2; $time++) {
            for ($number = 0; $number < 1_500; $number++) {
                $client->breaker("name-$number")->call(static fn (): int => 1);
            }
        }
        $client->close();
        $this->assertSame(0, $client->statistics()->reportsDropped);
        for ($number = 0; $number < 1_500; $number += 100) {
            $this->assertTrue($this->daemon->shows("name-$number", ok: 2));
        }
        // They did not fit the first board.
        $this->assertStringNotContainsString('board_replaced=0', $this->daemon->ask('stats'));
    }

    public function testATripInOneProcessRefusesInAnotherAndAResetLetsPass(): void
    {
        $this->daemon->ask('set api trip.consecutive_failures=5');
        $api = $this->breaker();
        $api->call(static fn (): int => 1);
        $api->call(static fn (): int => 1);
        proc_close($this->start("for (\$i = 0; \$i < 5; \$i++) { \$client->breaker('api')->permit()->fail('timeout'); }"));
        $this->assertTrue(self::eventually(fn (): bool => str_starts_with($this->daemon->ask('state api'), '+ok open')));
        $denied = $this->assertDenied(fn () => $api->permit(), 'open');
        $this->assertTrue(0 < $denied->retryAfter && $denied->retryAfter <= 5.5);
        $this->assertStringContainsString('err=timeout', $this->daemon->ask('why api'));
        $this->assertSame('+ok 1', $this->daemon->ask('reset api'));
        $this->assertSame(7, $api->call(static fn (): int => 7));
    }

    public function testClientsAreListedByName(): void
    {
        $this->client($this->daemon->socket, name: 'web 3')->breaker('api')->permit()->ignore();
        $clients = $this->daemon->ask('clients');
        $this->assertStringContainsString('name=web%203', $clients);
        $this->assertStringContainsString('client=php/' . Version::STRING, $clients);
    }

    private function halfOpen(): void
    {
        $this->daemon->ask('force api open');
        $this->daemon->ask('release api');
    }

    public function testAPermitThatIsLetGoComesBack(): void
    {
        $this->halfOpen();
        $api = $this->breaker();
        $permit = $api->permit();
        $this->assertDenied(fn () => $api->permit(), 'half-open');
        unset($permit);
        $this->assertTrue($this->daemon->shows(permits_out: 0, ignored: 1));
        $api->permit(lease: 20)->ok();
        $this->assertTrue(self::eventually(fn (): bool => $this->daemon->ask('state api') === '+ok closed'));
    }

    /** @return array<string, array{string}> */
    public function endings(): array
    {
        return [
            'the end' => [''],
            'exit' => ['exit(3);'],
            'exit in a function that is called at the end' => ['register_shutdown_function(fn () => exit(3)); exit(3);'],
            'an error that nobody catches' => ["throw new Exception('x');"],
            'a fatal error' => ["ini_set('memory_limit', '8M'); str_repeat('x', 100_000_000);"],
            'a time limit' => ['set_time_limit(1); while (true) { }'],
            'a signal' => ['posix_kill(getmypid(), SIGKILL);'],
        ];
    }

    /** @dataProvider endings */
    public function testHoweverAScriptEndsItsPermitComesBack(string $ending): void
    {
        $this->halfOpen();
        $program = $this->start("\$permit = \$client->breaker('api')->permit(); touch({$this->quoted($this->path('held'))});\n"
            . "while (!file_exists({$this->quoted($this->path('end'))})) { usleep(1000); }\n$ending");
        $this->assertTrue(self::eventually(fn (): bool => file_exists($this->path('held'))));
        $api = $this->breaker();
        $this->assertDenied(fn () => $api->permit(), 'half-open');
        touch($this->path('end'));
        $this->assertTrue($this->daemon->shows(permits_out: 0, lapsed: 0));
        proc_close($program);
        $this->assertSame(1, $api->call(static fn (): int => 1));
    }

    public function testAClosedConnectionIsClosedForProgramsThatInheritedItToo(): void
    {
        $this->halfOpen();
        $client = $this->denying($this->daemon->socket);
        $permit = $client->breaker('api')->permit();
        // PHP's sockets are inherited by what is started meanwhile.
        $sleeper = proc_open(['/bin/sleep', '600'], [], $pipes);
        $this->atEnd(static function () use ($sleeper): void {
            proc_terminate($sleeper, SIGKILL);
            proc_close($sleeper);
        });
        $this->assertTrue($this->daemon->shows(permits_out: 1));
        $client->close();
        $this->assertTrue($this->daemon->shows(permits_out: 0));
        $this->assertStringNotContainsString('client=php', $this->daemon->ask('clients'));
        $permit->ok();
    }

    public function testWhatWasCountedIsToldThoughAHandlerExitsInTheMidstOfARequest(): void
    {
        $program = $this->start("\$client = new Breakerd\\Client({$this->quoted($this->daemon->socket)}, deadline: 20, flushInterval: 10);\n"
            . "\$api = \$client->breaker('api'); \$end = hrtime(true) + 1.1e9; \$calls = 0;\n"
            . "while (hrtime(true) < \$end) { \$api->call(fn () => 1); \$calls++; usleep(5_000); }\n"
            . "for (\$i = 0; \$i < 50; \$i++) { \$api->call(fn () => 1); \$calls++; }\n"
            . "pcntl_async_signals(true); pcntl_signal(SIGALRM, fn () => exit);\n"
            . "file_put_contents({$this->quoted($this->path('counted'))}, \$calls, LOCK_EX);\n"
            . "while (!file_exists({$this->quoted($this->path('go'))})) { usleep(1000); }\n"
            . "pcntl_alarm(1); \$client->breaker('other')->permit();");
        $this->assertTrue(self::eventually(fn (): bool => is_numeric(@file_get_contents($this->path('counted')))));
        $this->daemon->signal(SIGSTOP);
        touch($this->path('go'));
        usleep(1_500_000);
        $this->daemon->signal(SIGCONT);
        proc_close($program);
        $this->assertSame('', (string) @file_get_contents($this->path('program.log')));
        $this->assertTrue($this->daemon->shows(ok: (int) file_get_contents($this->path('counted'))), json_encode($this->daemon->show()));
    }

    public function testAFunctionThatIsCalledAtTheEndIsTold(): void
    {
        proc_close($this->start("register_shutdown_function(fn () => \$client->breaker('api')->call(fn () => 1));\n"
            . "\$client->breaker('api')->call(fn () => 1);"));
        $this->assertTrue($this->daemon->shows(ok: 2));
    }

    public function testARestartCostsNoUnguardedCall(): void
    {
        foreach ([SIGTERM, SIGKILL] as $signal) {
            $client = $this->denying($this->daemon->socket);
            $api = $client->breaker('api');
            $api->call(static fn (): int => 1);
            $api->call(static fn (): int => 1);
            $this->daemon->kill($signal);
            $this->daemon->start();
            $api->call(static fn (): int => 1);
            $this->failCall($api);
            $api->call(static fn (): int => 1);
            $this->assertSame(0, $client->statistics()->unavailable);
        }
    }

    public function testADaemonThatIsKilledIsTrustedForTwoSecondsAtMost(): void
    {
        $api = $this->breaker();
        for ($call = 0; $call < 5; $call++) {
            $api->call(static fn (): int => 1);
        }
        $this->daemon->kill();
        $killed = \hrtime(true);
        $this->assertTrue(self::eventually(function () use ($api, $killed): bool {
            $before = \hrtime(true);
            try {
                $api->call(static fn (): int => 1);
            } catch (Denied) {
                return true;
            }
            $this->assertLessThan(2_001_000_000, $before - $killed);
            return false;
        }));
    }

    public function testADaemonThatHangsCostsFewCallsTheDeadline(): void
    {
        $client = new Client($this->daemon->socket, deadline: 0.05, useBoard: false, logger: static fn () => null);
        $api = $client->breaker('api');
        $answers = static function () use ($client, $api): bool {
            $before = $client->statistics()->unavailable;
            $api->permit()->ok();
            return $client->statistics()->unavailable === $before;
        };
        $this->assertTrue(self::eventually($answers));
        $this->daemon->signal(SIGSTOP);
        $end = \hrtime(true) + 1_000_000_000;
        for ($calls = 0; \hrtime(true) < $end; $calls++) {
            $calls % 10 === 9 ? $api->permit()->fail() : $api->permit()->ok();
        }
        $this->daemon->signal(SIGCONT);
        $this->assertGreaterThan(1, $client->statistics()->timeouts);
        $this->assertLessThan(20, $client->statistics()->timeouts);
        $this->assertGreaterThan(100, $calls);
        $this->assertTrue(self::eventually($answers));
    }

    public function testNoProcessAllowsAfterTheReplyToATrip(): void
    {
        $this->daemon->ask('set api trip.consecutive_failures=1');
        $api = $this->breaker();
        $this->settle($api);
        for ($trip = 0; $trip < 50; $trip++) {
            $api->call(static fn (): int => 1);
            $this->assertStringStartsWith('+ok open', $this->daemon->ask('report api fail'));
            $this->assertDenied(fn () => $api->call(static fn (): int => 1), 'open');
            $this->daemon->ask('reset api');
        }
    }
}
