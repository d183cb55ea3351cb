<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\Server;
use Breakerd\Tests\Support\TestCase;
use Breakerd\Version;

/** What servers answer, and what calls make of it. */
final class ReplyTest extends TestCase
{
    public function testDecisions(): void
    {
        $server = new Server($this, $this->path('s'));
        $client = $this->client($this->path('s'));
        $allowed = ['closed 77', 'closed 77.5 lease_ms=60000', 'half-open 77.5 lease_ms=30000 more=words', 'forced-closed 77', 'observe 77',
            'unmanaged', 'sideways 77', 'sideways'];
        foreach ($allowed as $reply) {
            $server->answer("+TAG allow $reply");
            $client->breaker('api')->permit()->ignore();
        }
        $denied = [
            ['open retry_ms=8120', 'open', 8.12], ['open', 'open', null], ['half-open retry_ms=250', 'half-open', 0.25],
            ['forced-open', 'forced-open', null], ['saturated', 'saturated', null], ['ramp retry_ms=40', 'ramp', 0.04],
            ['sideways retry_ms=soon', 'sideways', null],
        ];
        foreach ($denied as [$reply, $reason, $retry]) {
            $server->answer("+TAG deny $reply");
            $this->assertSame($retry, $this->assertDenied(fn () => $client->breaker('api')->permit(), $reason)->retryAfter);
        }
        $this->assertSame(0, $client->statistics()->unavailable);
        // A permit goes back, all else that says nothing is not told.
        $this->assertSame(array_fill(0, 2, 'report api ignore 77.5 quiet'), $server->take(2));
    }

    public function testWhatIsNotForThisClientIsPassedOver(): void
    {
        new Server($this, $this->path('s'), "> transition name=api from=closed to=open\n~FULL no room\n+TAG allow closed 77\r\n");
        $client = $this->denying($this->path('s'));
        $this->assertNull($this->why($client));
        $this->assertSame(1, $client->statistics()->reportsRefused);
        $this->assertSame([['warning', 'breakerd refused a report: FULL no room']], $this->log);
    }

    public function testAnErrorIsAsGoodAsNoAnswer(): void
    {
        $server = new Server($this, $this->path('s'));
        $client = $this->denying($this->path('s'));
        foreach (['-TAG INTERNAL a fault', '-TAG FORBIDDEN', '-TAG BAD_NAME', '+TAG ok closed', '+TAG'] as $error) {
            $server->answer($error);
            $this->assertSame('refused', $this->why($client), $error);
        }
        $this->assertSame([['warning', 'calls are refused (on_unavailable=deny), since breakerd refused: INTERNAL a fault']], $this->log);
    }

    public function testWhoAnswersWronglyIsNotBreakerd(): void
    {
        $answers = ['+@0 allow closed 77', '+allow closed 77', 'HTTP/1.1 400 Bad Request', "\n", "*1\n a=b\n",
            "+TAG allow closed 77\n+TAG allow closed 77", str_repeat('x', 70_000)];
        foreach ($answers as $number => $answer) {
            new Server($this, $this->path("s$number"), $answer);
            $client = $this->denying($this->path("s$number"));
            $this->assertSame('not-breakerd', $this->why($client) ?? $this->why($client), substr($answer, 0, 20));
        }
    }

    public function testAFatalLineSaysWhy(): void
    {
        new Server($this, $this->path('s'), "!BUSY too many connections\n");
        $this->assertSame('refused', $this->why($this->denying($this->path('s'))));
        $this->assertSame('calls are refused (on_unavailable=deny), since breakerd closed the connection: BUSY too many connections',
            $this->log[0][1]);
    }

    public function testAGreetingThatIsRefused(): void
    {
        (new Server($this, $this->path('s')))->hello('-TAG BAD_VERSION max=0');
        $this->assertSame('refused', $this->why($this->denying($this->path('s'))));
    }

    public function testTagsBeginAnywhereAndGoOnByOne(): void
    {
        $server = new Server($this, $this->path('s'));
        $starts = [];
        for ($number = 0; $number < 4; $number++) {
            $client = $this->client($this->path('s'));
            for ($call = 0; $call < 3; $call++) {
                $client->breaker('api')->permit()->ok();
            }
            $this->assertTrue(self::eventually(fn (): bool => count($server->lines()) === 7 * ($number + 1)));
            $tags = array_map(static fn (string $line): int => (int) hexdec(substr(explode(' ', $line)[0], 1)),
                array_slice($server->lines(), -7));
            $this->assertSame(array_map(static fn (int $step): int => $tags[0] + $step & 0xFFFFFFFF, range(0, 6)), $tags);
            $starts[] = $tags[0];
        }
        $this->assertSame($starts, array_unique($starts));
    }

    public function testTheGreetingNamesTheClient(): void
    {
        $server = new Server($this, $this->path('s'));
        $this->client($this->path('s'), name: "web 3\n" . str_repeat('x', 40))->breaker('api')->permit()->ignore();
        $this->client($this->path('s'), name: "\n")->breaker('api')->permit()->ignore();
        $hello = 'hello 1 client=php/' . Version::STRING . ' bound=yes';
        $greetings = array_values(array_filter(
            array_map(static fn (string $line): string => explode(' ', $line, 2)[1], $server->lines()),
            static fn (string $line): bool => str_starts_with($line, 'hello')));
        $this->assertSame(["$hello name=web%203" . str_repeat('x', 27), $hello], $greetings);
    }

    public function testALeaseIsAskedForInMilliseconds(): void
    {
        $server = new Server($this, $this->path('s'));
        $this->client($this->path('s'))->breaker('api')->permit(lease: 90.5)->ignore();
        $this->client($this->path('s'))->breaker('api')->permit(lease: 0.0001)->ignore();
        $asked = preg_grep('/ allow /', $server->lines());
        $this->assertSame(['lease=90500ms', 'lease=1ms'], array_values(preg_replace('/.* /', '', $asked)));
    }

    public function testAProgramsErrorHandlerHearsNothing(): void
    {
        $server = new Server($this, $this->path('s'));
        $client = $this->denying($this->path('s'));
        set_error_handler(static fn (int $level, string $text) => throw new \ErrorException($text));
        try {
            $this->assertNull($this->why($client));
            $server->stop();
            $this->assertNotNull($this->why($client));
            $client->breaker('api');
            $this->assertSame('not-running', $this->why($this->denying($this->path('none'))));
        } finally {
            restore_error_handler();
        }
    }
}
