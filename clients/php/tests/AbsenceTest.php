<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\Server;
use Breakerd\Tests\Support\TestCase;

/** What calls do while there is no daemon, and how often they look for one. */
final class AbsenceTest extends TestCase
{
    public function testEachReasonHasItsWord(): void
    {
        $client = $this->denying($this->path('s'));
        $this->assertSame('not-running', $this->why($client));
        $this->assertMatchesRegularExpression(
            '/so calls are refused .*nothing listens at .*: is breakerd running\?/', $this->log[0][1]);
        touch($this->path('file'));
        $this->assertSame('cannot-connect', $this->why($this->denying($this->path('file'))));
        $this->assertSame('not-running', $this->why($this->denying($this->path('file/s'))));
        $this->assertSame('cannot-connect', $this->why($this->denying($this->path(str_repeat('x', 200)))));
        $this->assertSame('cannot-connect', $this->why($this->denying("nul\0")));
        fclose(stream_socket_server('unix://' . $this->path('left')));
        $this->assertSame('not-running', $this->why($this->denying($this->path('left'))));
    }

    public function testMeanwhileNoCallTriesTheSocket(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'), answer: '');
        $client = $this->client($this->path('s'));
        $api = $client->breaker('api');
        $tries = [];
        $connections = 0;
        for ($millisecond = 0; $millisecond < 20_000; $millisecond++) {
            Clock::advance(0.001);
            $api->permit();
            if ($client->statistics()->connections > $connections) {
                $connections = $client->statistics()->connections;
                $tries[] = Clock::$now;
            }
        }
        $this->assertSame($server->connections(), $connections);
        $gaps = array_map(static fn (int $after, int $before): float => ($after - $before) / 1e9, array_slice($tries, 1), array_slice($tries, 0, -1));
        // A greeting that was answered makes each failure the first one again.
        $this->assertGreaterThan(0.004, min($gaps));
        $this->assertLessThan(0.012, max($gaps));
    }

    public function testTheTimeBetweenTwoTriesGrowsToASecond(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'));
        $server->hello('-TAG INTERNAL not now');
        $client = $this->client($this->path('s'));
        $api = $client->breaker('api');
        $tries = [];
        for ($millisecond = 0; $millisecond < 40_000; $millisecond++) {
            Clock::advance(0.001);
            $before = $client->statistics()->connections;
            $api->permit();
            if ($client->statistics()->connections > $before) {
                $tries[] = Clock::$now;
            }
        }
        $gaps = array_map(static fn (int $after, int $before): float => ($after - $before) / 1e9, array_slice($tries, 1), array_slice($tries, 0, -1));
        $this->assertLessThan(1.002, max($gaps));
        foreach (array_slice($gaps, 0, 6) as $number => $gap) {
            $whole = 0.01 * 2 ** $number;
            $this->assertTrue($whole / 2 <= $gap && $gap <= $whole + 0.002, json_encode($gaps));
        }
        // With jitter.
        $later = array_map(static fn (float $gap): string => sprintf('%.3f', $gap), array_slice($gaps, 8));
        $this->assertGreaterThan(10, count(array_unique($later)));
    }

    public function testOneLineAMinuteIsLogged(): void
    {
        Clock::stop();
        $client = $this->client($this->path('none'));
        for ($second = 0; $second < 3 * 60 - 1; $second++) {
            $client->breaker('api')->permit();
            Clock::advance(1);
        }
        $this->assertCount(3, $this->log);
        $this->assertStringContainsString('so calls are not guarded (on_unavailable=allow)', $this->log[0][1]);
    }

    public function testALogThatThrowsFailsNoCall(): void
    {
        $before = ini_set('error_log', $this->path('log'));
        try {
            $client = $this->client($this->path('none'), logger: static fn () => throw new \RuntimeException('disk full'));
            $this->assertSame(7, $client->breaker('api')->call(static fn (): int => 7));
            $this->assertStringContainsString('breakerd cannot be asked', file_get_contents($this->path('log')));
        } finally {
            ini_set('error_log', $before);
        }
    }

    public function testUnlessToldOtherwisePhpsLogIsWritten(): void
    {
        $before = ini_set('error_log', $this->path('log'));
        try {
            (new \Breakerd\Client($this->path('none')))->breaker('api')->permit();
            $this->assertStringContainsString('breakerd cannot be asked, so calls are not guarded', file_get_contents($this->path('log')));
        } finally {
            ini_set('error_log', $before);
        }
    }

    public function testWhoMayNotOpenTheSocketIsToldWhatToDo(): void
    {
        new Server($this, $this->path('s'));
        chmod($this->path('s'), 0);
        $isRoot = posix_geteuid() === 0;
        if ($isRoot) {
            posix_seteuid(54321);
        }
        try {
            $client = $this->denying($this->path('s'));
            $this->assertSame('not-permitted', $this->why($client));
            $this->assertSame('not-permitted', $this->why($client));
            $user = posix_geteuid();
        } finally {
            if ($isRoot) {
                posix_seteuid(0);
            }
        }
        $this->assertCount(1, $this->log);
        $this->assertSame('error', $this->log[0][0]);
        $this->assertStringContainsString(
            "usermod -aG \"\$(stat -c %G {$this->path('s')})\" \"\$(id -nu $user)\"", $this->log[0][1]);
    }

    public function testReportsThatWaitAreBoundedAndToldLaterWithTheirAge(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'));
        $client = $this->client($this->path('s'), useBoard: false);
        $permits = [];
        for ($number = 0; $number < 1_100; $number++) {
            $permits[] = $client->breaker('api')->permit();
        }
        $server->stop();
        foreach ($permits as $permit) {
            $permit->fail('x');
        }
        $this->assertSame([1_000, 100], [$client->statistics()->reportsWaiting, $client->statistics()->reportsDropped]);
        $server->start();
        Clock::advance(2);
        $client->flush();
        $this->assertSame(array_fill(0, 1_000, 'report api fail 77 ms=0 err=x age=2000 quiet'), $server->take(1_000));
        $this->assertSame(0, $client->statistics()->reportsWaiting);
        $this->assertSame(1_000, $client->statistics()->reportsSent);
    }

    public function testAConnectionThatWasLostUnnoticedCostsNoCall(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'));
        $client = $this->denying($this->path('s'));
        foreach (['', "!SHUTTING_DOWN the daemon is stopping: connect again later\n"] as $lastWords) {
            $this->assertNull($this->why($client));
            if ($lastWords !== '') {
                $server->send($lastWords);
            }
            $server->drop();
            $this->assertNull($this->why($client));
            Clock::advance(1);
        }
        $this->assertSame([0, 3], [$client->statistics()->unavailable, $client->statistics()->connections]);
    }

    public function testAServerThatClosesEachConnectionIsNotPressed(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'));
        $client = $this->client($this->path('s'));
        for ($number = 0; $number < 50; $number++) {
            $client->breaker('api')->permit()->ignore();
            $server->drop();
        }
        $this->assertLessThan(5, $client->statistics()->connections);
    }

    public function testARequestThatIsInterruptedGivesItsConnectionUpAndTheNextCallConnectsAtOnce(): void
    {
        // The clock stands still, so the least pause would last for ever.
        Clock::stop();
        $server = new Server($this, $this->path('s'));
        $client = $this->denying($this->path('s'));
        $this->assertNull($this->why($client));
        $server->answer(null);
        $this->assertThrows(\LogicException::class, fn () => $this->within(1, fn () => $client->breaker('hanging')->permit()));
        $server->answer('+TAG allow closed 77');
        $this->assertNull($this->why($client));
        $this->assertSame(2, $server->connections());
    }

    public function testWhoIsInterruptedBeforeTheDaemonHasSaidAWordLeavesItAloneForAWhile(): void
    {
        Clock::stop();
        $server = new Server($this, $this->path('s'), answer: null);
        $server->hello(null);
        $client = $this->denying($this->path('s'));
        $this->assertThrows(\LogicException::class, fn () => $this->within(1, fn () => $client->breaker('hanging')->permit()));
        $this->assertSame('lost', $this->within(20, fn () => $this->why($client)));
        Clock::advance(1);
        $server->hello('+TAG ok version=0.1.0 epoch=e role=use board= max_line=1024');
        $server->answer('+TAG allow closed 77');
        $this->assertNull($this->why($client));
    }

    /**
     * What it returns; if it takes longer than so many seconds, a signal's handler throws in it.
     *
     * @param \Closure(): mixed $body
     */
    private function within(int $seconds, \Closure $body): mixed
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => throw new \LogicException('a handler throws'));
        pcntl_alarm($seconds);
        try {
            return $body();
        } finally {
            pcntl_alarm(0);
            pcntl_signal(SIGALRM, SIG_DFL);
            pcntl_async_signals(false);
        }
    }
}
