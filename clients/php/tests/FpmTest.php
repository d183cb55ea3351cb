<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\Daemon;
use Breakerd\Tests\Support\Fpm;
use Breakerd\Tests\Support\TestCase;

/** Scripts of a web server: each begins anew, and finds the connection of the one before it. */
final class FpmTest extends TestCase
{
    private Daemon $daemon;
    private Fpm $fpm;

    protected function setUp(): void
    {
        parent::setUp();
        $this->daemon = new Daemon($this, '--default', 'trip.consecutive_failures=1000000');
        $this->fpm = new Fpm($this);
    }

    /** Runs a script that has a client `$client` and its breaker `$api`; `done()` in it prints what the client has done. */
    private function script(string $body, string $options = 'deadline: 10, onUnavailable: Breakerd\OnUnavailable::Deny'): mixed
    {
        $socket = var_export($this->daemon->socket, true);
        return $this->fpm->run(<<<END
            \$client = new Breakerd\\Client($socket, $options);
            \$api = \$client->breaker('api');
            function done(mixed ...\$more): void {
                global \$client;
                print json_encode(['pid' => getmypid()] + \$more + (array) \$client->statistics());
            }
            $body
            END);
    }

    /** How many connections of PHP clients the daemon has, and which. */
    private function connections(): array
    {
        preg_match_all('/^ .*connection=(\d+).*client=php/m', $this->daemon->ask('clients'), $rows);
        return $rows[1] ?: preg_grep('/client=php/', explode("\n", $this->daemon->ask('clients')));
    }

    public function testAScriptFindsTheConnectionOfTheOneBeforeIt(): void
    {
        $first = $this->script('$api->call(fn () => 1); done();');
        $this->assertSame([1, 1, 0], [$first['connections'], $first['requests'], $first['unavailable']]);
        for ($number = 0; $number < 5; $number++) {
            $next = $this->script('$api->call(fn () => 1); $api->call(fn () => 1); done();');
            $this->assertSame($first['pid'], $next['pid']);
            $this->assertSame([0, 1, 0], [$next['connections'], $next['requests'], $next['unavailable']]);
        }
        $this->assertCount(1, $this->connections());
        $this->assertTrue($this->daemon->shows(ok: 11));
    }

    public function testWhatWasCountedIsToldAtTheEndOfTheScript(): void
    {
        $counts = $this->script('$end = hrtime(true) + 1.1e9; $calls = 0; while (hrtime(true) < $end) { $api->call(fn () => 1); $calls++; usleep(1000); }'
            . '$before = $client->statistics()->reportsSent; for ($i = 0; $i < 50; $i++) { $api->call(fn () => 1); } done(calls: $calls + 50);',
            'deadline: 10, flushInterval: 10, onUnavailable: Breakerd\OnUnavailable::Deny');
        $this->assertLessThan($counts['calls'], $counts['reportsSent']);
        $this->assertTrue($this->daemon->shows(ok: $counts['calls']));
    }

    /** @return array<string, array{string}> */
    public function endings(): array
    {
        return [
            'the end' => [''],
            'the end, out of reach of destructors' => ['$GLOBALS["kept"] = [$permit, &$GLOBALS["kept"]];'],
            'exit' => ['exit;'],
            'an error that nobody catches' => ["throw new Exception('x');"],
            'a fatal error' => ["ini_set('memory_limit', '8M'); str_repeat('x', 100_000_000);"],
            'a time limit' => ['set_time_limit(1); while (true) { }'],
            'the client closed' => ['$client->close();'],
        ];
    }

    /** @dataProvider endings */
    public function testHoweverAScriptEndsItsPermitComesBackAndTheConnectionStays(string $ending): void
    {
        $this->script('$api->call(fn () => 1); done();');
        $this->daemon->ask('force api open');
        $this->daemon->ask('release api');
        $this->script("\$permit = \$api->permit(); print json_encode('held'); $ending");
        $this->assertTrue($this->daemon->shows(permits_out: 0, ignored: 1, lapsed: 0));
        $next = $this->script('$api->call(fn () => 1); done();');
        $this->assertSame([0, 0], [$next['connections'], $next['unavailable']]);
    }

    public function testAConnectionThatWasLeftInTheMidstOfSomethingIsNotUsed(): void
    {
        $this->script('$api->call(fn () => 1); done();');
        $this->daemon->ask('force api open');
        $this->daemon->ask('release api');
        // After a fatal error there are no destructors, and after exit none of the functions that are called at the end.
        $held = $this->fpm->run('register_shutdown_function(fn () => exit); $client = new Breakerd\Client('
            . var_export($this->daemon->socket, true) . ', deadline: 10); $permit = $client->breaker("api")->permit(); '
            . 'print json_encode($client->statistics()); ini_set("memory_limit", "8M"); str_repeat("x", 100_000_000);');
        $this->assertSame([0, 1], [$held['connections'], $held['requests']]);
        $this->assertSame('1', $this->daemon->show()['permits_out']);
        $next = $this->script('$api->call(fn () => 1); done();');
        $this->assertSame([1, 0], [$next['connections'], $next['unavailable']]);
        $this->assertTrue($this->daemon->shows(permits_out: 0, lapsed: 0));
        $this->assertCount(1, $this->connections());
    }

    public function testALateReplyIsNoAnswer(): void
    {
        // Asks by hand on the connection of the client, without taking the reply, and has it left as if nothing were under way.
        $strange = '$inside = static fn (object $object, string $name): object => (new ReflectionProperty($object, $name))->getValue($object);'
            . '$inside($inside($inside($inside($client, "session"), "connection"), "wire"), "socket")'
            . '->write("@77 allow other\n@78 allow other\n@79 rep"); done();';
        $this->assertSame(1, $this->script('$api->call(fn () => 1);' . $strange)['connections']);
        $this->daemon->ask('force api open');
        $next = $this->script('try { $api->permit(); $reason = "allowed"; } catch (Breakerd\Denied $e) { $reason = $e->reason; } done(reason: $reason);');
        $this->assertSame(['forced-open', 1, 0, 0], [$next['reason'], $next['connections'], $next['unavailable'], $next['timeouts']]);
    }

    public function testADaemonThatWasStartedAnewIsAskedAnew(): void
    {
        $this->script('$api->call(fn () => 1); done();');
        $this->daemon->kill();
        $this->daemon->start();
        $next = $this->script('$api->call(fn () => 1); done();');
        $this->assertSame([1, 0], [$next['connections'], $next['unavailable']]);
    }

    public function testTwoClientsOfOneScriptShareNoConnection(): void
    {
        $socket = var_export($this->daemon->socket, true);
        $both = $this->script("\$other = new Breakerd\\Client($socket, deadline: 10); \$permit = \$api->permit(); "
            . '$other->breaker("api")->call(fn () => 1); $permit->ok(); done(other: $other->statistics()->connections);');
        $this->assertSame([1, 1, 0], [$both['connections'], $both['other'], $both['unavailable']]);
        $this->assertTrue($this->daemon->shows(ok: 2));
        $this->assertTrue(self::eventually(fn (): bool => count($this->connections()) === 1));
    }

    public function testAConnectionThatIsNotToBeKeptIsClosedWithTheScript(): void
    {
        for ($number = 0; $number < 3; $number++) {
            $counts = $this->script('$api->call(fn () => 1); done();',
                'deadline: 10, persistent: false, onUnavailable: Breakerd\OnUnavailable::Deny');
            $this->assertSame([1, 0], [$counts['connections'], $counts['unavailable']]);
        }
        $this->assertTrue(self::eventually(fn (): bool => $this->connections() === []));
        $this->assertTrue($this->daemon->shows(ok: 3));
    }

    public function testWithoutADaemonOneScriptComplains(): void
    {
        $this->daemon->kill();
        for ($number = 0; $number < 5; $number++) {
            $this->assertSame(1, $this->script('$api->call(fn () => 1); done();', 'deadline: 10')['unavailable']);
        }
        $log = file_get_contents($this->fpm->log);
        $this->assertSame(1, substr_count($log, 'breakerd cannot be asked, so calls are not guarded'), $log);
        $this->daemon->start();
        $this->assertTrue(self::eventually(fn (): bool => $this->script('$api->call(fn () => 1); done();', 'deadline: 10')['unavailable'] === 0));
    }

    public function testADaemonThatHangsCostsFewScriptsTheDeadline(): void
    {
        $this->script('$api->call(fn () => 1); done();');
        $this->daemon->signal(SIGSTOP);
        $timeouts = 0;
        for ($number = 0; $number < 30; $number++) {
            $counts = $this->script('$api->call(fn () => 1); done();', 'deadline: 0.05');
            $this->assertSame(1, $counts['unavailable']);
            $timeouts += $counts['timeouts'];
        }
        $this->daemon->signal(SIGCONT);
        $this->assertGreaterThanOrEqual(1, $timeouts);
        $this->assertLessThan(30, $timeouts);
        $this->assertTrue(self::eventually(fn (): bool => $this->script('$api->call(fn () => 1); done();', 'deadline: 10')['unavailable'] === 0));
    }
}
