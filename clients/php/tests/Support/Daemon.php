<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

/** A real breakerd. */
final class Daemon
{
    public readonly string $socket;
    private readonly string $admin;
    /** @var list<string> */
    private readonly array $command;
    /** @var ?resource */
    private mixed $process = null;

    public function __construct(private readonly TestCase $test, string ...$options)
    {
        if (!is_executable(self::program())) {
            $test->markTestSkipped(self::program() . ' is not built');
        }
        $this->socket = $test->path('breakerd.sock');
        $this->admin = $test->path('admin.sock');
        $this->command = [self::program(), '--socket', $this->socket, '--admin-socket', $this->admin, '--state', $test->path('db'),
            '--board', $test->path('board'), ...$options];
        $test->atEnd($this->kill(...));
        $this->start();
    }

    public static function program(): string
    {
        return (string) getenv('BREAKERD_BIN') ?: dirname(__DIR__, 4) . '/.build/debug/breakerd';
    }

    public function start(): void
    {
        $log = $this->test->path('breakerd.log');
        $this->process = proc_open($this->command, [['file', '/dev/null', 'r'], ['file', $log, 'a'], ['file', $log, 'a']], $pipes);
        $answers = TestCase::eventually(fn (): bool => $this->ask('ping') === '+ok pong');
        $this->test->assertTrue($answers, 'breakerd did not start: ' . file_get_contents($log));
    }

    public function signal(int $number): void
    {
        posix_kill(proc_get_status($this->process)['pid'], $number);
    }

    public function kill(int $signal = SIGKILL): void
    {
        if ($this->process !== null) {
            $this->signal($signal);
            $this->signal(SIGCONT);
            proc_close($this->process);
            $this->process = null;
        }
    }

    /** The answer to one line; of a list, all of it. */
    public function ask(string $line): string
    {
        $connection = @stream_socket_client("unix://$this->admin");
        if ($connection === false) {
            return '';
        }
        stream_set_timeout($connection, 20);
        fwrite($connection, "$line\n");
        stream_socket_shutdown($connection, STREAM_SHUT_WR);
        return rtrim((string) stream_get_contents($connection), "\n");
    }

    /** @return array<string, string> what `show` says of a breaker */
    public function show(string $name = 'api'): array
    {
        preg_match_all('/^ (\S+?)=(.*)$/m', $this->ask("show $name"), $rows);
        return array_combine($rows[1], $rows[2]);
    }

    /** Whether the daemon comes to show these numbers. */
    public function shows(string $name = 'api', int ...$numbers): bool
    {
        return TestCase::eventually(function () use ($name, $numbers): bool {
            return array_intersect_assoc(array_map(strval(...), $numbers), $this->show($name)) === array_map(strval(...), $numbers);
        });
    }
}
