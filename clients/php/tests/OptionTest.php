<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Breaker;
use Breakerd\Client;
use Breakerd\InvalidName;
use Breakerd\Local;
use Breakerd\OnUnavailable;
use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\TestCase;
use Breakerd\Unavailable;

/** What a client is made with, and what it does by itself. */
final class OptionTest extends TestCase
{
    public function testBadNamesAreRefusedWhenTheHandleIsMade(): void
    {
        $client = $this->client($this->path('none'));
        foreach (['', ' ', 'a b', '-a', '.a', "a\n", 'é', str_repeat('a', 101), 'a*', "a\0", "\xFF"] as $name) {
            $error = $this->assertThrows(InvalidName::class, fn () => $client->breaker($name));
            $this->assertSame($name, $error->name);
        }
        foreach (['a', '_', '9', 'payments-api.example.com:443/v1@eu', str_repeat('a', 100)] as $name) {
            $this->assertSame($name, $client->breaker($name)->name());
        }
    }

    public function testBadOptionsAreRefused(): void
    {
        foreach ([['deadline' => 0], ['deadline' => -1], ['deadline' => NAN], ['deadline' => INF],
            ['flushInterval' => -1], ['flushInterval' => 11], ['flushInterval' => NAN]] as $options) {
            $this->assertThrows(\ValueError::class, fn () => new Client(...$options));
        }
        foreach ([[0, 1], [1, 0], [1, -1], [1, INF], [1, NAN], [1, 31_536_001], [1, 9.3e9]] as $rule) {
            $this->assertThrows(\ValueError::class, fn () => new Local(...$rule));
        }
        $this->assertSame(31_536_000.0, (new Local(1, 31_536_000))->duration);
    }

    public function testALeaseThatIsNoTimeIsRefused(): void
    {
        $api = $this->client($this->path('none'))->breaker('api');
        foreach ([INF, NAN, 0, -5, 31_536_001, 1e300] as $lease) {
            $this->assertThrows(\ValueError::class, fn () => $api->permit(lease: $lease));
        }
    }

    public function testAClientOfVeryManyNamesForgetsThoseThatNobodyUses(): void
    {
        Clock::stop();
        $client = $this->client($this->path('none'));
        $kept = $client->breaker('name-29999');
        for ($number = 0; $number < 30_000; $number++) {
            $client->breaker("name-$number");
        }
        $state = static fn (Breaker $breaker): object => (new \ReflectionProperty($breaker, 'state'))->getValue($breaker);
        $this->assertSame($state($kept), $state($client->breaker('name-29999')));
        $others = (new \ReflectionProperty($client, 'others'))->getValue($client);
        $this->assertLessThanOrEqual(10_000, count($others));
    }

    private function call(Breaker $breaker, bool $works): void
    {
        $permit = $breaker->permit();
        $works ? $permit->ok() : $permit->fail();
    }

    public function testFiveFailuresInARowRefuseForThirtySeconds(): void
    {
        Clock::stop();
        $api = $this->client($this->path('none'), onUnavailable: new Local())->breaker('api');
        foreach ([false, false, false, false, true, false, false, false, false, false] as $works) {
            $this->call($api, $works);
        }
        $this->assertSame(30.0, $this->assertDenied(fn () => $api->permit(), 'local')->retryAfter);
        Clock::advance(29.5);
        $this->assertSame(0.5, $this->assertDenied(fn () => $api->permit(), 'local')->retryAfter);
        Clock::advance(0.5);
        $probe = $api->permit();
        $this->assertSame(30.0, $this->assertDenied(fn () => $api->permit(), 'local')->retryAfter);
        $probe->fail();
        Clock::advance(30);
        $this->call($api, true);
        $this->call($api, true);
    }

    public function testItsNumbersCanBeChosen(): void
    {
        Clock::stop();
        $client = $this->client($this->path('none'), onUnavailable: new Local(failures: 2, duration: 1.5));
        foreach (['api', 'other'] as $name) {
            $this->call($client->breaker($name), false);
            $this->call($client->breaker($name), false);
            $this->assertSame(1.5, $this->assertDenied(fn () => $client->breaker($name)->permit(), 'local')->retryAfter);
        }
    }

    public function testOtherChoices(): void
    {
        $allowing = $this->client($this->path('none'))->breaker('api');
        for ($number = 0; $number < 20; $number++) {
            $this->call($allowing, false);
        }
        $denying = $this->client($this->path('none'), onUnavailable: OnUnavailable::Deny)->breaker('api');
        $denied = $this->assertDenied(fn () => $denying->permit(), 'unavailable');
        $this->assertNull($denied->retryAfter);
        $this->assertInstanceOf(Unavailable::class, $denied->getPrevious());
    }
}
