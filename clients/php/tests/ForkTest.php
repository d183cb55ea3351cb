<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\BatchCase;

/** A child of a fork goes on with its parent's client, and leaves to the parent what is the parent's. */
final class ForkTest extends BatchCase
{
    public function testCountsAndPermitsStayTheParents(): void
    {
        $this->passTime(1);
        $this->succeed(5);
        $this->server->answer('+TAG allow half-open 80.1 lease_ms=30000');
        $probe = $this->apiClient->breaker('probed')->permit();
        $permit = $this->api->permit();
        $this->inChild(function () use ($permit, &$probe): void {
            $permit->ok();
            $probe->fail();
            unset($probe);
            $this->apiClient->flush();
            $this->apiClient->close();
        });
        $this->assertSame(1, $this->server->connections());
        $permit->ok();
        $probe->ok();
        $this->apiClient->flush();
        $told = $this->server->take(2);
        sort($told);
        $this->assertSame(['report api ok 77 n=6 quiet', 'report probed ok 80.1 ms=0 quiet'], $told);
    }

    public function testTheChildHasAConnectionAndASecondAtOnceOfItsOwn(): void
    {
        $this->passTime(1);
        $this->succeed(5);
        $this->inChild(function (): void {
            $this->succeed(2);
            $this->assertSame(1, $this->apiClient->statistics()->connections);
            $this->assertSame(2, $this->apiClient->statistics()->reportsSent);
        });
        $this->assertSame(array_fill(0, 2, 'report api ok 77 ms=0 quiet'), $this->server->take(2));
        $this->assertSame(2, $this->server->connections());
        $this->apiClient->flush();
        $this->assertSame(['report api ok 77 n=5 quiet'], $this->server->take(1));
    }

    public function testACallThatForksIsTheParents(): void
    {
        $this->passTime(1);
        $this->succeed(5);
        $this->api->call(function (): void {
            $child = pcntl_fork();
            if ($child === 0) {
                return;
            }
            pcntl_waitpid($child, $status);
        });
        if ($this->apiClient->statistics()->requests === 0) {
            // The child, on its way out of the call.
            $this->apiClient->close();
            posix_kill(getmypid(), SIGKILL);
        }
        $this->apiClient->flush();
        $this->assertSame(['report api ok 77 n=6 quiet'], $this->server->take(1));
        $this->assertSame(1, $this->server->connections());
    }

    public function testAProcessThatLooksWhileItsChildLooksReadsItsOwnBreaker(): void
    {
        // The place in an open file is shared by processes: a child that moved it would show its parent another word.
        $this->board->put('other', 4, generation: 99);
        $this->passTime(1);
        $this->succeed(3);
        $child = pcntl_fork();
        if ($child === 0) {
            $other = $this->apiClient->breaker('other');
            while (true) {
                try {
                    $other->permit();
                } catch (\Breakerd\Denied) {
                }
            }
        }
        try {
            for ($number = 0; $number < 20_000; $number++) {
                $this->api->call(static fn (): int => 1);
            }
        } finally {
            posix_kill($child, SIGKILL);
            pcntl_waitpid($child, $status);
        }
        $this->apiClient->flush();
        $this->assertSame(0, $this->apiClient->statistics()->deniedLocally);
        $told = $this->server->take(1);
        $this->assertContains('report api ok 77 n=20003 quiet', $told);
    }

    public function testChildrenOfChildren(): void
    {
        $this->inChild(function (): void {
            $grandchild = pcntl_fork();
            if ($grandchild === 0) {
                $this->succeed();
                posix_kill(getmypid(), SIGKILL);
            }
            pcntl_waitpid($grandchild, $status);
            $this->succeed();
        });
        $this->succeed();
        $this->assertSame(array_fill(0, 3, 'report api ok 77 ms=0 quiet'), $this->server->take(3));
        $this->assertSame(3, $this->server->connections());
    }

    public function testAChildThatEndsWithoutACallTakesNothingWithIt(): void
    {
        $this->passTime(1);
        $this->succeed(5);
        $this->inChild(static function (): void {
        });
        $this->inChild(function (): void {
            // As at the end of a script.
            unset($this->api);
            $this->apiClient->__destruct();
        });
        $this->succeed(1);
        $this->apiClient->flush();
        $this->assertSame(['report api ok 77 n=6 quiet'], $this->server->take(1));
        $this->assertSame(1, $this->server->connections());
    }

    public function testAClosedClientStaysClosed(): void
    {
        $this->apiClient->close();
        $this->inChild(fn () => $this->succeed());
        $this->assertSame(1, $this->server->connections());
    }
}
