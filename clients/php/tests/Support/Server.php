<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

/**
 * A server that answers `allow` as it is told to, and keeps what it has read. What an answer has for `TAG` is the tag of the request; null: no
 * answer ever; '': the connection is closed; 'FLOOD': lines without end.
 */
final class Server
{
    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct(TestCase $test, string $path, ?string $answer = '+TAG allow closed 77', string $board = '', string $epoch = 'e')
    {
        $process = proc_open([PHP_BINARY, __DIR__ . '/server.php', $path], [['pipe', 'r'], ['pipe', 'w']], $this->pipes);
        $test->atEnd(function () use ($process): void {
            array_map(fclose(...), $this->pipes);
            proc_close($process);
        });
        $test->assertSame("ready\n", fgets($this->pipes[1]));
        $this->hello("+TAG ok version=0.1.0 epoch=$epoch role=use board=$board max_line=1024");
        $this->answer($answer);
    }

    public function answer(?string $answer): void
    {
        $this->say('answer', $answer);
    }

    public function hello(?string $reply): void
    {
        $this->say('hello', $reply);
    }

    /** Sends something on the newest connection. */
    public function send(string $data): void
    {
        $this->say('send', $data);
    }

    /** Closes all connections. */
    public function drop(): void
    {
        $this->say('drop');
    }

    /** Takes no connections any more, and closes those that there are. */
    public function stop(): void
    {
        $this->say('stop');
        $this->drop();
    }

    /** Takes connections again. */
    public function start(): void
    {
        $this->say('start');
    }

    public function connections(): int
    {
        return $this->say('connections');
    }

    /** @return list<string> all that was read, with tags */
    public function lines(): array
    {
        return $this->say('lines');
    }

    /** @return list<string> the reports and refusals, without tags */
    public function told(): array
    {
        $quiet = array_filter($this->lines(), static fn (string $line): bool => str_ends_with($line, ' quiet'));
        return array_values(array_map(static fn (string $line): string => explode(' ', $line, 2)[1], $quiet));
    }

    /**
     * What was told, once there are so many lines, and forgets it.
     *
     * @return list<string>
     */
    public function take(int $count): array
    {
        TestCase::eventually(fn (): bool => count($this->told()) >= $count);
        $told = $this->told();
        $this->say('take');
        return $told;
    }

    private function say(mixed ...$command): mixed
    {
        fwrite($this->pipes[0], json_encode($command, JSON_UNESCAPED_SLASHES) . "\n");
        return json_decode((string) fgets($this->pipes[1]), true);
    }
}
