<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Client;
use Breakerd\Tests\Support\Server;
use Breakerd\Tests\Support\TestCase;

/** Servers that are slow, deaf or full: no call waits for them longer than its deadline. */
final class DeadlineTest extends TestCase
{
    /** How many seconds the longest of so many calls took. */
    private function longest(Client $client, int $calls): float
    {
        $longest = 0;
        for ($call = 0; $call < $calls; $call++) {
            $begin = \hrtime(true);
            $client->breaker('api')->permit()->ignore();
            $longest = max($longest, \hrtime(true) - $begin);
        }
        return $longest / 1e9;
    }

    public function testWhoNeverAnswersCostsTheDeadline(): void
    {
        $server = new Server($this, $this->path('s'), answer: null);
        $client = $this->client($this->path('s'), deadline: 0.05);
        // Much more than the deadline, much less than no deadline: a busy machine takes turns away.
        $this->assertLessThan(2, $this->longest($client, 20));
        $this->assertGreaterThanOrEqual(1, $client->statistics()->timeouts);
        // One that waited has closed: a late reply must not be taken for another.
        $this->assertSame($server->connections(), $client->statistics()->connections);
        $this->assertSame($server->connections(), $client->statistics()->timeouts);
    }

    public function testWhoWritesWithoutEndCostsTheDeadline(): void
    {
        new Server($this, $this->path('s'), answer: 'FLOOD');
        $client = $this->client($this->path('s'), deadline: 0.05);
        $this->assertLessThan(2, $this->longest($client, 5));
        $this->assertGreaterThanOrEqual(1, $client->statistics()->timeouts);
    }

    public function testAFullBacklogIsNoReasonToWait(): void
    {
        $listening = stream_socket_server(
            'unix://' . $this->path('s'), context: stream_context_create(['socket' => ['backlog' => 1]]));
        $waiting = [];
        while (($other = @stream_socket_client('unix://' . $this->path('s'))) !== false) {
            $waiting[] = $other;
        }
        $client = $this->denying($this->path('s'), deadline: 1_000);
        $this->assertSame('backlog-full', $this->why($client));
        $this->assertSame(0, $client->statistics()->timeouts);
        fclose($listening);
    }

    public function testAServerThatReadsNothingCostsTheDeadline(): void
    {
        $listening = stream_socket_server('unix://' . $this->path('s'));
        $client = $this->client($this->path('s'), deadline: 0.05);
        $this->assertLessThan(2, $this->longest($client, 3));
        $begin = \hrtime(true);
        for ($number = 0; $number < 3_000; $number++) {
            $client->breaker('api')->permit()->fail();
        }
        $client->close();
        $this->assertLessThan(15, (\hrtime(true) - $begin) / 1e9);
        fclose($listening);
    }
}
