<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Statistics;
use Breakerd\Unavailable;

/**
 * What is said on the socket, one request at a time: the socket is opened when it is needed, given up when a reply is late, opened anew
 * after a while.
 *
 * @internal
 */
final class Wire
{
    public readonly Outbox $outbox;

    private ?Socket $socket = null;
    /** Where it was connected to, or tried last. */
    private string $path = '';
    private bool $isClosed = false;
    private bool $isGreeted = false;
    /** An earlier script has made the connection, or that which was lost last, and this one has not heard of the daemon on it. */
    private bool $isUntried = false;
    private string $received = '';
    private ?string $answer = null;

    /**
     * @param bool $isPersistent whether the connection may outlive the script
     * @param \Closure(string, string, string): void $greeted is told the socket's path, that of the board, and the daemon's epoch
     */
    public function __construct(
        private readonly ?string $givenPath,
        private readonly string $hello,
        private readonly bool $isPersistent,
        private readonly \Closure $greeted,
        private readonly Complaints $complaints,
        private readonly Backoff $backoff,
        private readonly Statistics $statistics,
    ) {
        $this->outbox = new Outbox($statistics);
    }

    /** The path of the daemon's socket. */
    public function path(): string
    {
        return $this->path === '' ? $this->givenPath ?? Paths::defaultSocket() : $this->path;
    }

    /** Whether it is known that nothing can be said now. */
    public function isDown(): bool
    {
        return $this->socket === null && !$this->mayTry();
    }

    /**
     * The reply to a request, without its tag.
     *
     * @throws Unavailable if none came until `$limit`
     */
    public function exchange(string $request, int $limit): string
    {
        try {
            return $this->exchangeOnce($request, $limit);
        } catch (Unavailable $error) {
            if (!$this->isUntried || $error->reason === 'timed-out') {
                throw $error;
            }
            // What an earlier script has left behind says nothing of the daemon.
            $this->isUntried = false;
            $this->backoff->end();
            return $this->exchangeOnce($request, $limit);
        }
    }

    /** Sends what waits, as far as there is room. */
    public function send(): void
    {
        $this->makeReady();
        $this->write();
    }

    /** Sends what waits, and ends the connection, or leaves it to the next script; see {@see Connection::close}. */
    public function close(int $limit): void
    {
        try {
            if ($this->outbox->reportsWaiting() > 0 && !$this->isClosed) {
                $this->writeUntil($limit);
            }
        } catch (Unavailable) {
        }
        $this->isClosed = true;
        if (!$this->leaveToNext()) {
            $this->finish($limit);
        }
    }

    /** Leaves a connection that may outlive the script to the next one; false: it is none. */
    public function leaveToNext(): bool
    {
        if (!$this->socket?->isPersistent) {
            return false;
        }
        if ($this->isGreeted && $this->received === '' && $this->outbox->isIdle()) {
            $this->socket->leave();
            $this->socket = null;
        } else {
            $this->drop();
        }
        return true;
    }

    /** Closes this process's copy of the socket only. */
    public function abandon(): void
    {
        $this->socket?->abandon();
        $this->socket = null;
    }

    /**
     * Gives the connection up, since a request or report was interrupted in its midst. That says nothing of the daemon, so the next call
     * connects at once. Only if no word has come on this connection yet, it may hang, and whoever sets an alarm shorter than the
     * deadline would find that out again and again.
     */
    public function interrupted(): void
    {
        if ($this->socket !== null && !$this->isGreeted) {
            $this->lose('lost', 'a request was interrupted');
        } else {
            $this->drop();
        }
    }

    private function exchangeOnce(string $request, int $limit): string
    {
        $this->makeReady();
        $this->answer = null;
        $this->outbox->ask($request);
        $this->writeUntil($limit);
        while ($this->outbox->awaited !== []) {
            $this->wait(false, $limit);
            $this->receive();
        }
        return $this->answer ?? throw $this->error();
    }

    /** Connects if need be, and takes what has come. */
    private function makeReady(): void
    {
        $wasGood = $this->socket !== null && $this->isGreeted;
        try {
            $this->connect();
            $this->receive();
        } catch (Unavailable $error) {
            // The daemon went while nobody looked; it may have been started again long ago. Once a second that is tried at once.
            if (!$wasGood || !$this->backoff->endBySpareTry()) {
                throw $error;
            }
            $this->connect();
        }
    }

    private function connect(): void
    {
        if ($this->socket !== null) {
            return;
        }
        if (!$this->mayTry()) {
            throw $this->error();
        }
        $this->path = $path = $this->givenPath ?? Paths::defaultSocket();
        if (!ConnectFailure::isPath($path)) {
            throw $this->backoff->failed('cannot-connect', json_encode($path, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE)
                . ' cannot be the path of a socket');
        }
        $this->socket = Socket::connect($path, $this->isPersistent, $number, $text);
        if ($this->socket === null) {
            throw $this->backoff->failed(...ConnectFailure::explain($number, $text, $path));
        }
        if (!$this->socket->isReused) {
            ++$this->statistics->connections;
        }
        $this->isGreeted = false;
        $this->isUntried = $this->socket->isReused;
        $this->outbox->greet($this->hello);
    }

    private function writeUntil(int $limit): void
    {
        $this->connect();
        while (!$this->write()) {
            $this->wait(true, $limit);
            $this->receive();
        }
    }

    /** Writes what waits, as far as there is room; returns whether all is written. */
    private function write(): bool
    {
        $isWritten = $this->socket === null ? throw $this->error() : $this->outbox->write($this->socket);
        if ($isWritten === null) {
            // What it had to say before it went may tell why.
            $this->receive();
            throw $this->lose('lost', "the connection to $this->path was lost");
        }
        return $isWritten;
    }

    private function wait(bool $forRoom, int $limit): void
    {
        if ($this->socket === null) {
            throw $this->error();
        }
        $left = $limit - hrtime(true);
        if ($left <= 0) {
            ++$this->statistics->timeouts;
            throw $this->lose('timed-out', "no reply from $this->path within the deadline");
        }
        $this->socket->wait($forRoom, $left);
    }

    /** Takes what has come, without waiting; not all of it, if somebody writes without end. */
    private function receive(): void
    {
        if ($this->socket === null) {
            return;
        }
        $data = $this->socket->read();
        if ($data === null) {
            throw $this->lose('lost', "the connection to $this->path was lost");
        }
        if ($data === '') {
            return;
        }
        $lines = explode("\n", $this->received . $data);
        $this->received = array_pop($lines);
        foreach ($lines as $line) {
            $this->take(rtrim($line, "\r"));
        }
        if (strlen($this->received) > Protocol::LONGEST_LINE) {
            throw $this->stranger($this->received);
        }
    }

    private function take(string $line): void
    {
        $kind = $line[0] ?? '';
        switch ($kind) {
            case '>':
                return;
            case '~':
                ++$this->statistics->reportsRefused;
                $this->complaints->refused(substr($line, 1));
                return;
            case '!':
                throw $this->lose('refused', 'breakerd closed the connection: ' . substr($line, 1));
        }
        [$tag, $text] = [...explode(' ', substr($line, 1), 2), ''];
        if (($kind !== '+' && $kind !== '-') || $this->outbox->awaited === [] || $tag !== '@' . array_shift($this->outbox->awaited)) {
            throw $this->stranger($line);
        }
        if ($this->isGreeted) {
            $this->answer = $kind . $text;
            return;
        }
        if ($kind === '-') {
            throw $this->lose('refused', "breakerd refused: $text");
        }
        $this->isGreeted = true;
        $this->isUntried = false;
        $this->backoff->succeeded();
        $words = explode(' ', $text);
        ($this->greeted)($this->path, Protocol::option($words, 'board') ?? '', Protocol::option($words, 'epoch') ?? '');
    }

    private function stranger(string $sample): Unavailable
    {
        $shown = json_encode(substr($sample, 0, 40), JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
        return $this->lose('not-breakerd', "wrong socket: $this->path is not breakerd's, it said $shown");
    }

    /** Gives the connection up, and lets some time pass before the next one is tried. */
    private function lose(string $reason, string $text): Unavailable
    {
        $this->drop();
        return $this->isClosed ? $this->error() : $this->backoff->failed($reason, $text);
    }

    /** Closes the connection, and forgets all but the reports. */
    public function drop(): void
    {
        $this->socket?->close();
        $this->socket = null;
        $this->outbox->clear();
        $this->received = '';
        $this->answer = null;
    }

    private function finish(int $limit): void
    {
        try {
            $this->socket?->finish();
            while ($this->socket !== null) {
                $this->receive();
                $this->wait(false, $limit);
            }
        } catch (Unavailable) {
        }
    }

    private function error(): Unavailable
    {
        return $this->isClosed ? new Unavailable('closed', 'the client was closed') : $this->backoff->error();
    }

    private function mayTry(): bool
    {
        return !$this->isClosed && !$this->backoff->isOn();
    }
}
