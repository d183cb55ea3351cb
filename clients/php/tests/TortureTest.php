<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Denied;
use Breakerd\Internal\Board;
use Breakerd\Internal\Verdict;
use Breakerd\Tests\Support\BoardFile;
use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\Daemon;
use Breakerd\Tests\Support\Server;
use Breakerd\Tests\Support\TestCase;

/** Writers of a board are killed at random points, while this process reads, and makes calls as a program does. */
final class TortureTest extends TestCase
{
    private const NAMES = 32;

    /** @var list<array{Board, list<int>, list<int>}> the file that is at the path, and some that were: places of words, and latest numbers */
    private array $boards = [];
    /** @var resource the number of the latest change of each name, as far as the writer has come */
    private mixed $progress;
    /** @var array<string, int> */
    private array $seen = ['looks' => 0, 'allowed' => 0, 'files' => 0, 'calls' => 0];

    public function testNoLookShowsWhatWasNeverPublished(): void
    {
        $program = dirname(Daemon::program()) . '/board-torture';
        if (!is_executable($program)) {
            $this->markTestSkipped("$program is not built");
        }
        file_put_contents($this->path('progress'), str_repeat("\0", 4096));
        $this->progress = fopen($this->path('progress'), 'r');
        stream_set_read_buffer($this->progress, 0);
        // It has no answer for anybody, so that each call that it let pass was let pass by the board.
        new Server($this, $this->path('s'), '-TAG INTERNAL not a daemon', board: $this->path('board'), epoch: '');
        $kills = (int) (getenv('BREAKERD_KILLS') ?: 50);
        for ($kill = 0; $kill < $kills; $kill++) {
            $writer = proc_open([$program, 'write', $this->path('board'), $this->path('progress')], [['file', '/dev/null', 'r']], $pipes);
            $client = null;
            // A start takes some of it.
            $end = \hrtime(true) + random_int(0, 50_000_000);
            try {
                do {
                    if (!$this->look()) {
                        continue;
                    }
                    // A client opens a board when it connects, and then once a second.
                    $client ??= $this->denying($this->path('s'));
                    $name = random_int(0, 3);
                    $told = $this->told($name);
                    try {
                        $client->breaker("breaker-$name")->call(fn () => $this->checkCall($name, $told));
                    } catch (Denied) {
                    }
                } while (\hrtime(true) < $end);
            } finally {
                proc_terminate($writer, SIGKILL);
            }
            $this->assertSame(SIGKILL, $this->signalOf($writer));
            proc_close($writer);
        }
        foreach ($this->seen as $what => $count) {
            $this->assertGreaterThan(0, $count, "no $what");
        }
    }

    /** @param resource $process */
    private function signalOf(mixed $process): int
    {
        $status = [];
        self::eventually(function () use ($process, &$status): bool {
            $status = proc_get_status($process);
            return !$status['running'];
        });
        return $status['termsig'];
    }

    private function told(int $name): int
    {
        return unpack('P', stream_get_contents($this->progress, 8, 8 * ($name + 1)))[1];
    }

    /** Returns whether there is a board to decide by. */
    private function look(): bool
    {
        $newest = end($this->boards);
        if ($newest === false || $newest[0]->look($newest[1][0])->verdict === Verdict::Gone) {
            $this->open();
        }
        foreach ($this->boards as $index => [$board, $places]) {
            foreach ($places as $name => $place) {
                $told = $this->told($name);
                $look = $board->look($place);
                $number = $look->generation();
                ++$this->seen['looks'];
                $this->assertSame(self::word($name, $number), $look->word, "of $name");
                $this->assertGreaterThanOrEqual($this->boards[$index][2][$name], $number);
                $this->boards[$index][2][$name] = $number;
                if ($look->verdict === Verdict::Allow) {
                    ++$this->seen['allowed'];
                    $this->assertSame(BoardFile::CLOSED, $look->word & 15);
                    $this->assertGreaterThanOrEqual($told, $number);
                }
            }
            Clock::$now = \hrtime(true) + 30_000_000_000;
            $this->assertSame(Verdict::Gone, $board->look($places[0])->verdict, 'a stale board decides');
            Clock::$now = null;
        }
        $newest = end($this->boards);
        return $newest !== false && $newest[0]->look($newest[1][0])->verdict !== Verdict::Gone;
    }

    private function open(): void
    {
        try {
            $board = new Board($this->path('board'), [posix_geteuid()]);
        } catch (\UnexpectedValueException) {
            return;
        }
        $places = array_map(static fn (int $name): ?int => $board->find("breaker-$name"), range(0, self::NAMES - 1));
        $this->assertNotContains(null, $places, 'a board in place lacks names');
        ++$this->seen['files'];
        $this->boards = [...array_slice($this->boards, -3), [$board, $places, array_fill(0, self::NAMES, 0)]];
    }

    private function checkCall(int $name, int $told): void
    {
        ++$this->seen['calls'];
        // One change may have been published and not told yet.
        $now = $this->told($name) + 1;
        $this->assertGreaterThanOrEqual($told, intdiv($now, 4) * 4, "let pass, but not between the changes $told and $now");
    }

    /** The word of a change: all of it follows from its number, so that a torn one would be seen. */
    private static function word(int $name, int $number): int
    {
        $states = [BoardFile::CLOSED, BoardFile::OPEN, BoardFile::HALF_OPEN, BoardFile::FORCED_OPEN];
        return (($number * 31 + $name) * 2_654_435_761 & 0xFFFFFFFF) << 32 | $number << 8 | $states[$number % 4];
    }
}
