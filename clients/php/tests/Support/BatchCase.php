<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

use Breakerd\Breaker;
use Breakerd\Client;

/** A server with a board on which `api` is closed, a client that has seen it, and a clock that stands still. */
abstract class BatchCase extends TestCase
{
    protected BoardFile $board;
    protected Server $server;
    protected Client $apiClient;
    protected Breaker $api;

    protected function setUp(): void
    {
        parent::setUp();
        Clock::stop();
        $this->board = new BoardFile($this->path('board'), Clock::$now);
        $this->board->put('api', BoardFile::CLOSED);
        $this->server = new Server($this, $this->path('s'), board: $this->path('board'));
        $this->apiClient = $this->client($this->path('s'));
        $this->api = $this->apiClient->breaker('api');
        // The first call asks, and learns where the board is; the second begins the generation.
        $this->api->permit()->ignore();
        $this->api->permit()->ignore();
    }

    protected function passTime(float $seconds): void
    {
        Clock::advance($seconds);
        $this->board->beat(Clock::$now);
    }

    protected function succeed(int $times = 1): void
    {
        for ($time = 0; $time < $times; $time++) {
            $this->api->call(static fn (): int => 1);
        }
    }

    protected function failCall(\Throwable $error = new \RuntimeException()): void
    {
        $thrown = $this->assertThrows($error::class, fn () => $this->api->call(static fn () => throw $error));
        $this->assertSame($error, $thrown);
    }
}
