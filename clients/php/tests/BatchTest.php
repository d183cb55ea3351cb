<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Denied;
use Breakerd\Tests\Support\BatchCase;
use Breakerd\Tests\Support\BoardFile;
use Breakerd\Tests\Support\Clock;

/** What a client tells of the calls that a board let pass, and when. */
final class BatchTest extends BatchCase
{
    public function testOutcomesOfTheFirstSecondAreToldAtOnce(): void
    {
        for ($number = 0; $number < 3; $number++) {
            $this->succeed();
            Clock::advance(0.3);
        }
        $this->assertSame(array_fill(0, 3, 'report api ok 77 ms=0 quiet'), $this->server->take(3));
    }

    public function testSuccessesAreToldTogetherWhenACallEndsAfterTheInterval(): void
    {
        $this->passTime(1);
        $this->succeed(100);
        $this->passTime(0.0985);
        $this->succeed(100);
        $this->assertSame([], $this->server->told());
        $this->api->call($this->passTime(...), 0.002);
        $this->assertSame(['report api ok 77 n=201 quiet'], $this->server->take(1));
    }

    public function testSuccessesAreToldTogetherWhenACallBeginsAfterTheInterval(): void
    {
        $this->passTime(1);
        $this->succeed(100);
        $this->passTime(0.1005);
        $told = $this->api->call(fn (): array => $this->server->take(1));
        $this->assertSame(['report api ok 77 n=100 age=101 quiet'], $told);
    }

    public function testACallOfAnotherBreakerTellsThemToo(): void
    {
        $this->passTime(1);
        $this->succeed(5);
        $this->passTime(0.2);
        $this->board->put('other', BoardFile::FORCED_OPEN);
        $this->assertDenied(fn () => $this->apiClient->breaker('other')->permit(), 'forced-open');
        $this->assertSame(['report api ok 77 n=5 age=200 quiet'], $this->server->take(1));
    }

    public function testSuccessesAreToldBeforeAFailure(): void
    {
        $this->passTime(1);
        $this->succeed(7);
        Clock::advance(0.0105);
        $this->failCall(new \UnderflowException());
        $this->assertSame(
            ['report api ok 77 n=7 age=11 quiet', 'report api fail 77 ms=0 err=UnderflowException quiet'], $this->server->take(2));
    }

    public function testASuccessIsToldAsIfItHadEndedWellAfterTheFailureThatItFollowed(): void
    {
        $this->passTime(1);
        $this->failCall();
        $this->server->take(1);
        // How long after the failure it ends, how long after that it is told, and as how old. A busy daemon may have taken the failure up
        // 10 ms later than it was told.
        foreach ([[0.0055, 0.0065, ' age=2'], [0.0055, 0.002, ''], [0.0255, 0.003, ' age=3']] as [$gap, $rest, $age]) {
            Clock::advance($gap);
            $this->succeed();
            Clock::advance($rest);
            $this->failCall();
            $this->assertSame("report api ok 77 n=1$age quiet", $this->server->take(2)[0]);
        }
    }

    public function testRoundingNeverPutsASuccessBeforeTheFailureThatItFollowed(): void
    {
        $this->passTime(1);
        for ($number = 0; $number < 2; $number++) {
            Clock::advance(0.0002);
            $this->succeed();
            Clock::advance(0.0002);
            $this->failCall();
        }
        $failed = 'report api fail 77 ms=0 err=RuntimeException quiet';
        // Nothing had failed before the first.
        $this->assertSame(
            ['report api ok 77 n=1 age=1 quiet', $failed, 'report api ok 77 n=1 quiet', $failed], $this->server->take(4));
    }

    public function testASlowCallIsToldAloneBehindWhatCameBeforeIt(): void
    {
        $this->board->put('api', BoardFile::CLOSED, slowMs: 40);
        $this->passTime(1);
        $this->succeed(3);
        $this->api->call(Clock::advance(...), 0.0399);
        $this->assertSame([], $this->server->told());
        $this->api->call(Clock::advance(...), 0.04);
        $this->assertSame(['report api ok 77 n=4 age=40 quiet', 'report api ok 77 ms=40 quiet'], $this->server->take(2));
    }

    public function testAnotherGenerationEndsTheBatchAndIsToldAtOnce(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        $this->board->put('api', BoardFile::CLOSED, generation: 78);
        $this->succeed();
        $this->assertSame(['report api ok 77 n=3 quiet', 'report api ok 78 ms=0 quiet'], $this->server->take(2));
    }

    public function testACallThatOutlivesItsGenerationBearsItsNumber(): void
    {
        $this->passTime(1);
        $this->succeed(2);
        $permit = $this->api->permit();
        $this->api->call(function (): void {
            $this->board->put('api', BoardFile::CLOSED, generation: 78);
            $this->succeed();
        });
        $permit->ok();
        $this->assertSame(
            ['report api ok 77 n=2 quiet', 'report api ok 78 ms=0 quiet', 'report api ok 77 ms=0 quiet', 'report api ok 77 ms=0 quiet'],
            $this->server->take(4));
    }

    public function testWhatWasToldMeanwhileIsCountedOnce(): void
    {
        $this->passTime(1);
        $this->succeed(3);
        $this->api->call(fn () => $this->failCall());
        $this->succeed(2);
        $this->apiClient->flush();
        $this->assertSame(
            ['report api ok 77 n=3 quiet', 'report api fail 77 ms=0 err=RuntimeException quiet', 'report api ok 77 n=3 quiet'],
            $this->server->take(3));
    }

    public function testMoreThanAMillionAreToldInParts(): void
    {
        $this->passTime(1);
        $this->succeed(2);
        $state = (new \ReflectionProperty($this->api, 'state'))->getValue($this->api);
        $state->batch->successes += 1_000_000;
        $this->apiClient->flush();
        $this->assertSame(['report api ok 77 n=1000000 quiet', 'report api ok 77 n=2 quiet'], $this->server->take(2));
    }

    public function testClosingTellsWhatWasCounted(): void
    {
        $this->passTime(1);
        $this->succeed(9);
        $this->apiClient->close();
        $this->assertSame(['report api ok 77 n=9 quiet'], $this->server->take(1));
        $this->succeed();
        $this->assertSame(1, $this->apiClient->statistics()->reportsDropped);
    }

    public function testAClientThatIsLetGoTellsWhatWasCounted(): void
    {
        $client = new \Breakerd\Client($this->path('s'), deadline: 10);
        $api = $client->breaker('api');
        $api->permit()->ignore();
        $api->permit()->ignore();
        $this->passTime(1);
        for ($number = 0; $number < 4; $number++) {
            $api->call(static fn (): int => 1);
        }
        unset($client, $api);
        $this->assertSame(['report api ok 77 n=4 quiet'], $this->server->take(1));
    }

    public function testWhatSaysNothingAboutTheDependencyIsNotTold(): void
    {
        $this->api = $this->apiClient->breaker(
            'api', exclude: \DomainException::class, isFailure: static fn (\Exception $error): bool => $error->getMessage() !== 'mine');
        foreach ([new \DomainException('x'), new \RuntimeException('mine'), new \TypeError('a fault of the program')] as $error) {
            $this->failCall($error);
        }
        $this->failCall(new \RuntimeException('theirs'));
        $this->assertSame(['report api fail 77 ms=0 err=RuntimeException quiet'], $this->server->take(1));
    }

    public function testAJudgeThatThrowsLeavesAFailure(): void
    {
        $this->api = $this->apiClient->breaker('api', isFailure: static fn (): bool => throw new \LogicException('judge'));
        $this->assertThrows(\LogicException::class, fn () => $this->api->call(static fn () => throw new \RuntimeException()));
        $this->assertSame(['report api fail 77 ms=0 err=RuntimeException quiet'], $this->server->take(1));
    }

    public function testFailuresAreToldByTheirClass(): void
    {
        $anonymous = new class () extends \RuntimeException {};
        foreach ([new Denied('open'), $anonymous, 'time out', 'ünterbrechung-' . str_repeat('ü', 20), null, 'a%b'] as $cause) {
            $this->api->permit()->fail($cause);
        }
        $errors = [' err=Denied', ' err=RuntimeException', ' err=time%20out', ' err=ünterbrechung-' . str_repeat('ü', 8), '', ' err=a%25b'];
        $this->assertSame(
            array_map(static fn (string $error): string => "report api fail 77 ms=0$error quiet", $errors), $this->server->take(6));
    }

    public function testTheFirstEndOfAPermitCounts(): void
    {
        $permit = $this->api->permit();
        $permit->fail('x');
        $permit->ok();
        $permit->ignore();
        unset($permit);
        $this->api->permit()->ok();
        $this->assertSame(['report api fail 77 ms=0 err=x quiet', 'report api ok 77 ms=0 quiet'], $this->server->take(2));
    }

    public function testWithoutRoomSuccessesOfTheFirstSecondAreCountedToo(): void
    {
        $this->server->stop();
        $this->succeed(2_000);
        $this->assertSame(0, $this->apiClient->statistics()->reportsDropped);
        $this->assertLessThan(10, $this->apiClient->statistics()->reportsWaiting);
    }
}
