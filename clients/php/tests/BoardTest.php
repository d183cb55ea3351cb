<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Internal\Board;
use Breakerd\Internal\Verdict;
use Breakerd\Tests\Support\BoardFile;
use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\TestCase;

/** The board, read from files that are what they should be, and from such as are not. */
final class BoardTest extends TestCase
{
    private BoardFile $file;
    private int $user;

    protected function setUp(): void
    {
        parent::setUp();
        Clock::stop();
        $this->file = new BoardFile($this->path('board'), Clock::$now);
        $this->user = posix_geteuid();
    }

    private function open(string $epoch = ''): Board
    {
        return new Board($this->path('board'), [$this->user], $epoch);
    }

    private function assertNotOpened(string $what, string $epoch = ''): void
    {
        try {
            $this->open($epoch);
        } catch (\UnexpectedValueException $error) {
            $this->assertNotSame('', $error->getMessage());
            return;
        }
        $this->fail("it was opened: $what");
    }

    private function verdict(Board $board, string $name = 'api'): Verdict
    {
        return $board->look($board->find($name))->verdict;
    }

    public function testNamesHaveTheHashesOfTheDocumentation(): void
    {
        $rows = [
            [0, '', 'a8c7f832281a39c5'],
            [0, 'api', 'ab4ffadb623ba927'],
            [1, 'api', 'b5dbbce48484f83c'],
            [-1, 'payments-api.example.com', 'a46686a788abcda0'],
        ];
        foreach ($rows as [$seed, $name, $expected]) {
            $this->assertSame($expected, dechex(Board::hash(pack('P', $seed), $name)), $name);
        }
    }

    public function testWhatIsNoBoardIsNotOpened(): void
    {
        $this->assertNull($this->open()->find('api'));
        $whole = file_get_contents($this->path('board'));
        $changes = [
            'magic' => [0, 'BRKBOARX'],
            'major version' => [8, pack('V', 2)],
            'header size' => [16, pack('V', 8192)],
            'slot size' => [20, pack('V', 64)],
            'no slots' => [24, pack('P', 0)],
            'slots that are no power of two' => [24, pack('P', 1000)],
            'more slots than there are' => [24, pack('P', 2048)],
            'slots beyond measure' => [24, pack('P', PHP_INT_MIN)],
            'file size' => [56, pack('P', 4096)],
        ];
        $files = array_map(static fn (array $change): string => substr_replace($whole, $change[1], $change[0], strlen($change[1])), $changes);
        $files += [
            'nothing' => '', 'half a header' => substr($whole, 0, 40), 'only a header' => substr($whole, 0, 4096),
            'cut' => substr($whole, 0, -1), 'long' => "$whole\0",
        ];
        foreach ($files as $what => $content) {
            file_put_contents($this->path('board'), $content);
            $this->assertNotOpened($what);
        }
    }

    public function testALaterMinorVersionIsRead(): void
    {
        $this->file->write(12, pack('V', 9));
        $this->assertNull($this->open()->find('api'));
    }

    public function testWhatIsNoFileIsNotOpened(): void
    {
        rename($this->path('board'), $this->path('elsewhere'));
        $this->assertNotOpened('nothing');
        symlink($this->path('elsewhere'), $this->path('board'));
        $this->assertNotOpened('a link');
        unlink($this->path('board'));
        // Whoever opened it to read would wait for a writer.
        posix_mkfifo($this->path('board'), 0o600);
        $this->assertNotOpened('a pipe');
    }

    public function testTheBoardOfAnotherUserIsNotOpened(): void
    {
        if ($this->user !== 0) {
            $this->markTestSkipped('to give a file away takes root');
        }
        chown($this->path('board'), 12345);
        $this->assertNotOpened('of another user');
        $this->user = 12345;
        $this->assertNull($this->open()->find('api'));
        chown($this->path('board'), 0);
        $this->assertNull($this->open()->find('api'));
    }

    public function testTheBoardOfAnotherRunIsNotOpened(): void
    {
        foreach (['e', 'E', '000000000000000e', '', 'no number'] as $epoch) {
            $this->assertNull($this->open($epoch)->find('api'));
        }
        $this->assertNotOpened('of another run', 'f');
        $this->assertNotOpened('of another run', '1000000000000000e');
    }

    public function testItIsClosedOnExec(): void
    {
        $board = $this->open();
        exec('ls -l /proc/self/fd', $descriptors);
        $this->assertStringNotContainsString($this->path('board'), implode("\n", $descriptors));
        $this->assertNull($board->find('api'));
    }

    public function testEachStateDecides(): void
    {
        $rows = [0 => Verdict::Ask, 1 => Verdict::Allow, 2 => Verdict::Deny, 3 => Verdict::Deny, 4 => Verdict::Deny, 5 => Verdict::Allow,
            6 => Verdict::Allow];
        $board = $this->open();
        for ($state = 0; $state < 16; $state++) {
            $this->file->put('api', $state);
            $this->assertSame($rows[$state] ?? Verdict::Ask, $this->verdict($board), "state $state");
            $this->file->put('api', $state, ask: true);
            $this->assertSame(Verdict::Ask, $this->verdict($board), "state $state");
        }
    }

    public function testBitsThatMeanNothingArePassedOver(): void
    {
        $place = $this->file->put('api', BoardFile::CLOSED, generation: 0xABCDEF, retry: 0xFFFFFFFF);
        $this->file->write($place, chr(0b1110_0001));
        $board = $this->open();
        $look = $board->look($board->find('api'));
        $this->assertSame([Verdict::Allow, 0xABCDEF], [$look->verdict, $look->generation()]);
    }

    public function testOpenIsAskedAboutFromItsRetryTimeOn(): void
    {
        $this->file->put('api', BoardFile::OPEN, retry: 300);
        $board = $this->open();
        $look = $board->look($board->find('api'));
        $this->assertSame([Verdict::Deny, 3.0], [$look->verdict, $board->retryAfter($look)]);
        foreach ([[2_999_999_000, Verdict::Deny], [3_000_000_000, Verdict::Ask]] as [$after, $expected]) {
            Clock::$now = $this->file->base + $after;
            $this->file->beat(Clock::$now);
            $this->assertSame($expected, $this->verdict($board));
        }
    }

    public function testOpenWithoutARetryTimeStaysRefused(): void
    {
        $this->file->put('api', BoardFile::OPEN);
        Clock::advance(1e9);
        $this->file->beat(Clock::$now);
        $board = $this->open();
        $look = $board->look($board->find('api'));
        $this->assertSame([Verdict::Deny, null], [$look->verdict, $board->retryAfter($look)]);
    }

    public function testOnlyALiveFileWithARecentHeartbeatDecides(): void
    {
        $this->file->put('api', BoardFile::CLOSED);
        $board = $this->open();
        $ages = [
            [0, Verdict::Allow], [2_000_000_000, Verdict::Allow], [2_000_000_001, Verdict::Gone], [-50_000_000, Verdict::Allow],
            [-50_000_001, Verdict::Gone], [1 << 62, Verdict::Gone], [-(1 << 62), Verdict::Gone],
        ];
        foreach ($ages as [$age, $expected]) {
            $this->file->beat(Clock::$now - $age);
            $this->assertSame($expected, $this->verdict($board), "age $age");
        }
        foreach ([PHP_INT_MAX, PHP_INT_MIN] as $beat) {
            $this->file->beat($beat);
            $this->assertSame(Verdict::Gone, $this->verdict($board));
        }
        $this->file->beat(Clock::$now);
        foreach ([0, 2, 3, 4, 1 << 40] as $status) {
            $this->file->setStatus($status);
            $this->assertSame(Verdict::Gone, $this->verdict($board), "status $status");
        }
    }

    public function testAFileThatIsCutShortDecidesNothing(): void
    {
        $this->file->put('api', BoardFile::CLOSED);
        $board = $this->open();
        $place = $board->find('api');
        ftruncate(fopen($this->path('board'), 'r+'), 100);
        $this->assertSame(Verdict::Gone, $board->look($place)->verdict);
        $this->assertNull($board->find('api'));
        $this->assertSame(0, $board->slowMs($place));
    }

    public function testNamesThatCollideAreToldApart(): void
    {
        for ($number = 0; $number < 700; $number++) {
            $this->file->put("name-$number", BoardFile::CLOSED, generation: $number);
        }
        $board = $this->open();
        $found = 0;
        for ($number = 0; $number < 700; $number++) {
            $place = $board->find("name-$number");
            if ($place !== null) {
                $this->assertSame($number, $board->look($place)->generation());
                ++$found;
            }
        }
        $this->assertGreaterThan(600, $found);
        $this->assertNull($board->find('another'));
    }

    public function testAFullBoardEndsTheSearch(): void
    {
        for ($slot = 0; $slot < 1024; $slot++) {
            $this->file->write(4096 + 128 * $slot, pack('P', 12345));
        }
        $this->assertNull($this->open()->find('api'));
    }

    public function testANameOfAFalseLengthIsNotFound(): void
    {
        $place = $this->file->put('api', BoardFile::CLOSED);
        foreach ([0, 2, 4, 104, 105, 0xFFFF] as $length) {
            $this->file->write($place + 8, pack('v', $length));
            $this->assertNull($this->open()->find('api'), "length $length");
        }
    }
}
