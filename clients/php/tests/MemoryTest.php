<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Internal\Memory;
use Breakerd\Internal\Paths;
use Breakerd\Tests\Support\Clock;
use Breakerd\Tests\Support\TestCase;

/** What scripts know of each other's failures: a file in a directory that anybody could have made. */
final class MemoryTest extends TestCase
{
    private string $shared;

    protected function setUp(): void
    {
        parent::setUp();
        self::$temporary = $this->directory;
        $this->shared = $this->path('breakerd-php-' . Paths::userId());
    }

    /** What one script has set is what the next one gets. */
    private function isKept(string $socket = '/s'): bool
    {
        (new Memory($socket, true))->set(['failures' => 3]);
        return (new Memory($socket, true))->get('failures') === 3;
    }

    /** @return list<string> */
    private function files(): array
    {
        return array_values(array_diff(scandir($this->shared), ['.', '..']));
    }

    public function testScriptsShareWhatWasFoundOutForAMinute(): void
    {
        Clock::stop();
        $this->assertTrue($this->isKept());
        $this->assertSame(0o040700, lstat($this->shared)['mode']);
        $this->assertNull((new Memory('/other', true))->get('failures'));
        $this->assertNull((new Memory('/s', false))->get('failures'));
        Clock::advance(60);
        $this->assertNull((new Memory('/s', true))->get('failures'));
        $this->assertSame([], $this->files());
    }

    public function testSocketsOfTheEnvironmentAreTakenForWhatTheyAre(): void
    {
        $before = getenv('BREAKERD_SOCKET');
        $this->atEnd(fn () => putenv($before === false ? 'BREAKERD_SOCKET' : "BREAKERD_SOCKET=$before"));
        putenv('BREAKERD_SOCKET=/s');
        (new Memory(null, true))->set(['failures' => 3]);
        $this->assertSame(3, (new Memory('/s', true))->get('failures'));
        putenv('BREAKERD_SOCKET=/other');
        $this->assertNull((new Memory(null, true))->get('failures'));
    }

    public function testWhatIsNotWholeIsNothingAlsoInTheFirstMinuteOfTheMachine(): void
    {
        Clock::$now = 1_000_000_000;
        foreach (['', '{"at":', '7', '{"at": "x"}'] as $content) {
            $this->assertTrue($this->isKept());
            file_put_contents("$this->shared/{$this->files()[0]}", $content);
            $this->assertNull((new Memory('/s', true))->get('failures'), $content);
        }
    }

    public function testSocketsThatNobodyUsesAnyMoreLeaveNothing(): void
    {
        for ($number = 0; $number < 50; $number++) {
            $this->assertTrue($this->isKept("/s$number"));
            foreach ($this->files() as $file) {
                touch("$this->shared/$file", time() - 62);
            }
        }
        $this->assertCount(1, $this->files());
    }

    public function testADirectoryThatIsNotThisUsersAloneIsNotUsed(): void
    {
        mkdir($this->path('elsewhere'), 0o700);
        $plants = [
            'a link' => fn () => symlink($this->path('elsewhere'), $this->shared),
            'a file' => fn () => touch($this->shared),
            'one that others may write into' => fn () => mkdir($this->shared) && chmod($this->shared, 0o777),
        ];
        if (Paths::userId() === 0) {
            $plants['that of another'] = fn () => mkdir($this->shared) && chown($this->shared, 54321);
        }
        foreach ($plants as $what => $plant) {
            $plant();
            $this->assertFalse($this->isKept(), $what);
            $this->assertSame([], is_dir($this->shared) ? $this->files() : [], $what);
            exec('rm -rf ' . escapeshellarg($this->shared));
        }
    }
}
