<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Tests\Support\Daemon;
use Breakerd\Tests\Support\TestCase;

/** The package as Composer installs it into a project. */
final class InstallTest extends TestCase
{
    public function testAProjectMakesAGuardedCall(): void
    {
        exec('command -v composer', $_, $status);
        if ($status !== 0) {
            $this->markTestSkipped('there is no composer');
        }
        $daemon = new Daemon($this);
        exec(escapeshellarg(dirname(__DIR__) . '/install-for-tests.sh') . ' ' . escapeshellarg($this->path('project')) . ' 2>&1', $output, $status);
        $this->assertSame(0, $status, implode("\n", $output));
        $installed = $this->path('project/vendor/breakerd/breakerd');
        $this->assertFalse(is_link($installed));
        $this->assertSame(['LICENSE', 'README.md', 'autoload.php', 'composer.json', 'src'], array_slice(scandir($installed), 2));
        // That of the whole project.
        $this->assertFileEquals(dirname(__DIR__, 3) . '/LICENSE', "$installed/LICENSE");
        file_put_contents($this->path('project/call.php'), <<<'END'
            <?php
            require __DIR__ . '/vendor/autoload.php';
            $client = new Breakerd\Client($argv[1], deadline: 10, onUnavailable: Breakerd\OnUnavailable::Deny);
            echo $client->breaker('api')->call(fn (string $word): string => "$word from " . (new ReflectionObject($client))->getFileName(), 'hello');
            END);
        $answer = shell_exec(PHP_BINARY . ' ' . escapeshellarg($this->path('project/call.php')) . ' ' . escapeshellarg($daemon->socket));
        $this->assertSame("hello from $installed/src/Client.php", $answer);
        $this->assertTrue($daemon->shows(ok: 1));
    }
}
