<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\BatchCase;
use Breakerd\Tests\Support\BoardFile;
use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\Server;

/** Calls that a board refuses, and such as it may not decide. */
final class BoardCallsTest extends BatchCase
{
    private function asks(): bool
    {
        $before = $this->apiClient->statistics()->requests;
        $this->succeed();
        return $this->apiClient->statistics()->requests > $before;
    }

    public function testRefusalsAreToldTogether(): void
    {
        $this->board->put('api', BoardFile::FORCED_OPEN);
        for ($number = 0; $number < 20; $number++) {
            $denied = $this->assertDenied(fn () => $this->succeed(), 'forced-open');
            $this->assertNull($denied->retryAfter);
            $this->assertSame('api', $denied->name);
        }
        $this->passTime(0.1);
        $this->board->put('api', BoardFile::CLOSED);
        $this->succeed();
        $this->assertSame(['denied api n=20 quiet', 'report api ok 77 ms=0 quiet'], $this->server->take(2));
        $this->assertSame(20, $this->apiClient->statistics()->deniedLocally);
    }

    public function testAnOpenBreakerSaysWhenToAskAgain(): void
    {
        $this->board->put('api', BoardFile::OPEN, retry: intdiv(Clock::$now + 1_000_000_000 - $this->board->base, 10_000_000));
        $this->assertSame(1.0, $this->assertDenied(fn () => $this->succeed(), 'open')->retryAfter);
        $this->passTime(1);
        $this->succeed();
        $this->assertSame(2, $this->apiClient->statistics()->requests);
    }

    public function testAfterABatchBeganEveryCallStillLooks(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        foreach ([BoardFile::OPEN, BoardFile::HALF_OPEN, BoardFile::FORCED_OPEN] as $state) {
            $this->board->put('api', $state);
            $this->assertDenied(fn () => $this->succeed(), 'open', 'half-open', 'forced-open');
            $this->assertDenied(fn () => $this->api->permit(), 'open', 'half-open', 'forced-open');
            $this->board->put('api', BoardFile::CLOSED);
            $this->succeed(3);
        }
    }

    public function testAFileThatWasReplacedIsLeftForTheNewOne(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        $this->assertFalse($this->asks());
        $this->board->setStatus(2);
        $this->assertTrue($this->asks());
        $new = new BoardFile($this->path('board'), Clock::$now, slots: 2048, seed: 9);
        $new->put('api', BoardFile::FORCED_OPEN);
        Clock::advance(1);
        $new->beat(Clock::$now);
        $this->assertDenied(fn () => $this->succeed(), 'forced-open');
    }

    public function testAStaleFileDecidesNothing(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        $this->assertFalse($this->asks());
        Clock::advance(2.001);
        $this->assertTrue($this->asks());
        // It is not even opened at each call.
        $boards = $this->apiClient->statistics()->boards;
        $this->assertTrue($this->asks() && $this->asks());
        $this->assertLessThanOrEqual($boards + 1, $this->apiClient->statistics()->boards);
    }

    public function testAHeartbeatThatGrowsStaleBetweenTwoCallsEndsTheQuickWay(): void
    {
        $this->apiClient = $this->client($this->path('s'), flushInterval: 10);
        $this->api = $this->apiClient->breaker('api');
        $this->api->permit()->ignore();
        $this->api->permit()->ignore();
        $this->passTime(1);
        $this->succeed(3);
        $this->assertFalse($this->asks());
        Clock::advance(2.5);
        $this->assertTrue($this->asks());
    }

    public function testAFileWhoseDaemonStopsDecidesNothing(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        $this->board->setStatus(3);
        $this->assertTrue($this->asks());
    }

    public function testAWordThatSaysAskIsObeyed(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        foreach ([[BoardFile::CLOSED, true], [0, false], [9, false]] as [$state, $ask]) {
            $this->board->put('api', $state, ask: $ask);
            $this->assertTrue($this->asks());
        }
    }

    public function testANameWithoutASlotIsLookedForOnceASecond(): void
    {
        $other = $this->apiClient->breaker('other');
        $other->permit()->ignore();
        $other->permit()->ignore();
        $this->board->put('other', BoardFile::FORCED_OPEN);
        $other->permit()->ignore();
        $this->passTime(1);
        $this->assertDenied(fn () => $other->permit(), 'forced-open');
    }

    public function testTheBoardOfADaemonWhoseSocketWasMadeByRootIsUsed(): void
    {
        if (posix_geteuid() !== 0) {
            $this->markTestSkipped('to give a file away takes root');
        }
        mkdir($this->path('pub'), 0o750);
        (new BoardFile($this->path('pub/board'), Clock::$now))->put('api', BoardFile::FORCED_OPEN);
        chown($this->path('pub/board'), 12345);
        new Server($this, $this->path('s2'), board: $this->path('pub/board'));
        $boards = function (int $owner, int $mode): int {
            chown($this->path('pub'), $owner);
            chmod($this->path('pub'), $mode);
            $client = $this->client($this->path('s2'));
            $client->breaker('api')->permit()->ignore();
            return $client->statistics()->boards;
        };
        $this->assertSame(1, $boards(12345, 0o750));
        // Anybody may have put it there.
        $this->assertSame(0, $boards(12345, 0o757));
        $this->assertSame(0, $boards(0, 0o750));
    }

    public function testTheBoardOfAnotherRunIsNotUsed(): void
    {
        (new BoardFile($this->path('other'), Clock::$now, epoch: 0xBAD))->put('api', BoardFile::FORCED_OPEN);
        new Server($this, $this->path('s2'), board: $this->path('other'));
        $client = $this->client($this->path('s2'));
        for ($number = 0; $number < 3; $number++) {
            $client->breaker('api')->permit()->ignore();
        }
        $this->assertSame([3, 0], [$client->statistics()->requests, $client->statistics()->boards]);
    }

    public function testWithoutTheBoardEachCallIsAskedAbout(): void
    {
        $client = $this->client($this->path('s'), useBoard: false);
        for ($number = 0; $number < 3; $number++) {
            $client->breaker('api')->permit()->ok();
        }
        $this->assertSame([3, 0], [$client->statistics()->requests, $client->statistics()->boards]);
    }
}
