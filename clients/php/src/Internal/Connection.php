<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Statistics;
use Breakerd\Unavailable;

/**
 * The socket: opened when it is needed, given up when a reply is late, opened anew after a while.
 *
 * Reports are left in a queue, and sent without waiting. So a report may be made anywhere, also by a signal handler or a destructor
 * that comes in between: then whoever uses the socket sends it.
 *
 * @internal
 */
final class Connection
{
    private const FIRST_BACKOFF = 10_000_000;
    private const LONGEST_BACKOFF = 1_000_000_000;
    private const REPORTS_AT_ONCE = 64;
    private const CLOSED = ['closed', 'the client was closed'];

    private static ?\Closure $silence = null;

    private ?Socket $socket = null;
    private bool $isInUse = false;
    private bool $isClosed = false;
    /** @var \SplQueue<Report> */
    private readonly \SplQueue $reports;
    private string $received = '';
    /** What must be written before anything else, and the report that it is the end of, in case the connection is lost. */
    private string $rest = '';
    private ?Report $cut = null;
    /** @var list<string> tags of the requests that wait for their reply; hello's is the first of a connection */
    private array $awaited = [];
    private bool $isGreeted = false;
    private ?string $answer = null;
    private int $tag;
    private int $failures = 0;
    private int $retryAt = 0;
    private int $spareTryAt = 0;
    /** @var array{string, string} the reason and the text of the latest failure */
    private array $why = self::CLOSED;

    /**
     * @param int $deadline in nanoseconds
     * @param bool $isPersistent whether the connection may outlive the script
     * @param \Closure(string, string, string): void $greeted is told the socket's path, that of the board, and the daemon's epoch
     */
    public function __construct(
        private readonly ?string $path,
        private readonly string $hello,
        private readonly int $deadline,
        private readonly bool $isPersistent,
        private readonly \Closure $greeted,
        private readonly Complaints $complaints,
        private readonly Statistics $statistics,
    ) {
        $this->reports = new \SplQueue();
        $this->tag = random_int(0, 0xFFFFFFFF);
    }

    // What the program wants

    /**
     * The reply to a request, without its tag.
     *
     * @throws Unavailable if none came within the deadline
     */
    public function ask(string $request): string
    {
        $limit = hrtime(true) + $this->deadline;
        ++$this->statistics->requests;
        try {
            if (!$this->enter()) {
                throw new Unavailable('busy', "another call waits for {$this->path()}");
            }
            try {
                return $this->exchange($request, $limit);
            } catch (Unavailable $error) {
                throw $error;
            } catch (\Throwable $error) {
                // A signal handler has thrown. Nobody would take the reply, nor give back a permit in it.
                $this->lose('lost', 'a request was interrupted');
                throw $error;
            } finally {
                $this->leave();
            }
        } catch (Unavailable $error) {
            $this->complain($error);
            throw $error;
        } finally {
            $this->sendReports();
        }
    }

    /**
     * Puts reports behind all that wait to be sent; of more than `$most` the oldest are dropped.
     *
     * @param iterable<Report> $reports
     */
    public function queue(iterable $reports, int $most = Report::MAXIMUM): void
    {
        foreach ($reports as $report) {
            $this->reports->enqueue($report);
        }
        while (!$this->reports->isEmpty() && ($this->isClosed || $this->reports->count() > $most)) {
            $this->reports->dequeue();
            ++$this->statistics->reportsDropped;
        }
    }

    /** An answer was as good as none. */
    public function complain(Unavailable $error): void
    {
        ++$this->statistics->unavailable;
        $this->complaints->unavailable($error, $this->path());
        $this->complaints->write();
    }

    /** Sends what waits, as far as that is possible without waiting. */
    public function sendReports(): void
    {
        if ($this->reports->isEmpty() || !$this->enter()) {
            return;
        }
        try {
            $this->makeReady();
            $this->write();
        } catch (Unavailable) {
        } catch (\Throwable $error) {
            // A signal handler has thrown; half a line may have been written.
            $this->lose('lost', 'a report was interrupted');
            throw $error;
        } finally {
            $this->leave();
        }
    }

    /**
     * Sends what waits, tells the daemon that this is all, and waits, `$wait` nanoseconds at most, until it has read it. A connection
     * that may outlive the script is left to the next one.
     */
    public function close(int $wait): void
    {
        if (!$this->enter()) {
            return;
        }
        try {
            $limit = hrtime(true) + $wait;
            try {
                if (!$this->reports->isEmpty() && !$this->isClosed) {
                    $this->writeUntil($limit);
                }
            } catch (Unavailable) {
            }
            $this->isClosed = true;
            if ($this->socket?->isPersistent) {
                $this->leaveToNext();
            } else {
                $this->finish($limit);
            }
            $this->why = self::CLOSED;
        } finally {
            $this->leave();
        }
        $this->queue([]);
    }

    /** Leaves the connection to the next script, if that may be; else it goes on. */
    public function pause(): void
    {
        if ($this->socket?->isPersistent && $this->enter()) {
            try {
                $this->leaveToNext();
            } finally {
                $this->leave();
            }
        }
    }

    /** Closes this process's copy of the socket, without a word to the daemon: it is another process's connection. */
    public function abandon(): void
    {
        $this->socket?->abandon();
        $this->socket = null;
    }

    public function reportsWaiting(): int
    {
        return $this->reports->count();
    }

    // Only one may use the socket at a time

    private function enter(): bool
    {
        if ($this->isInUse) {
            return false;
        }
        $this->isInUse = true;
        // Each error is dealt with here; a program's own handler might throw.
        set_error_handler(self::$silence ??= static fn (): bool => true);
        return true;
    }

    private function leave(): void
    {
        restore_error_handler();
        $this->isInUse = false;
        $this->complaints->write();
    }

    // All that follows is done by who uses the socket

    private function exchange(string $request, int $limit): string
    {
        $this->makeReady();
        $isReused = $this->socket?->isReused && !$this->isGreeted;
        try {
            return $this->exchangeOnce($request, $limit);
        } catch (Unavailable $error) {
            if (!$isReused || $error->reason === 'timed-out') {
                throw $error;
            }
            // What an earlier script has left behind says nothing of the daemon.
            $this->retryAt = 0;
            return $this->exchangeOnce($request, $limit);
        }
    }

    private function exchangeOnce(string $request, int $limit): string
    {
        $this->answer = null;
        $this->writeUntil($limit, $request);
        while ($this->awaited !== []) {
            $this->wait(false, $limit);
            $this->receive();
        }
        return $this->answer ?? throw new Unavailable(...$this->why);
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
            if (!$wasGood || hrtime(true) < $this->spareTryAt) {
                throw $error;
            }
            $this->spareTryAt = hrtime(true) + self::LONGEST_BACKOFF;
            $this->retryAt = 0;
            $this->connect();
        }
    }

    private function connect(): void
    {
        if ($this->socket !== null) {
            return;
        }
        if ($this->isClosed || hrtime(true) < $this->retryAt) {
            throw new Unavailable(...$this->why);
        }
        $path = $this->path();
        if (!ConnectFailure::isPath($path)) {
            throw $this->fail('cannot-connect', json_encode($path, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE)
                . ' cannot be the path of a socket');
        }
        $this->socket = Socket::connect($path, $this->isPersistent, $number, $text);
        if ($this->socket === null) {
            throw $this->fail(...ConnectFailure::explain($number, $text, $path));
        }
        if (!$this->socket->isReused) {
            ++$this->statistics->connections;
        }
        $this->isGreeted = false;
        $tag = $this->nextTag();
        $this->awaited = [$tag];
        $this->rest = "@$tag $this->hello\n";
    }

    private function nextTag(): string
    {
        $this->tag = $this->tag + 1 & 0xFFFFFFFF;
        return dechex($this->tag);
    }

    private function writeUntil(int $limit, ?string $request = null): void
    {
        $this->connect();
        while (!$this->write($request)) {
            $this->wait(true, $limit);
            $this->receive();
        }
    }

    /**
     * Writes what waits, and a request behind it, as far as there is room; returns whether all is written. A request that was begun
     * is null from then on.
     */
    private function write(?string &$request = null): bool
    {
        while ($this->rest !== '' || $request !== null || !$this->reports->isEmpty()) {
            $now = hrtime(true);
            $taken = $lines = [];
            while (count($taken) < self::REPORTS_AT_ONCE && !$this->reports->isEmpty()) {
                $taken[] = $report = $this->reports->dequeue();
                $lines[] = $report->line($this->nextTag(), $now);
            }
            $last = $tag = '';
            if ($request !== null && $this->reports->isEmpty()) {
                $tag = $this->nextTag();
                $last = "@$tag $request\n";
            }
            try {
                $sent = $this->send($this->rest . implode('', $lines) . $last);
            } catch (Unavailable $error) {
                $this->putBack($taken);
                throw $error;
            }
            $sent = $this->account($sent, $taken, $lines);
            if ($sent < 0 || ($last !== '' && $sent === 0)) {
                return false;
            }
            if ($last !== '') {
                $this->awaited[] = $tag;
                $this->rest = substr($last, $sent);
                $request = null;
            }
        }
        return true;
    }

    /**
     * What so many written bytes mean for the reports that were taken and their lines; returns how many are left for what comes
     * behind them, or -1 if they were not enough for these.
     *
     * @param list<Report> $taken
     * @param list<string> $lines
     */
    private function account(int $sent, array $taken, array $lines): int
    {
        if ($sent < strlen($this->rest)) {
            $this->rest = substr($this->rest, $sent);
            $this->putBack($taken);
            return -1;
        }
        $sent -= strlen($this->rest);
        $this->rest = '';
        if ($this->cut !== null) {
            ++$this->statistics->reportsSent;
            $this->cut = null;
        }
        foreach ($lines as $number => $line) {
            if ($sent < strlen($line)) {
                // What was not begun is told later, and then with its age at that time.
                if ($sent > 0) {
                    $this->rest = substr($line, $sent);
                    $this->cut = $taken[$number++];
                }
                $this->putBack(array_slice($taken, $number));
                return -1;
            }
            $sent -= strlen($line);
            ++$this->statistics->reportsSent;
        }
        return $sent;
    }

    /** @param list<Report> $reports */
    private function putBack(array $reports): void
    {
        foreach (array_reverse($reports) as $report) {
            $this->reports->unshift($report);
        }
    }

    /** Writes what there is room for. */
    private function send(string $data): int
    {
        if ($this->socket === null) {
            throw new Unavailable(...$this->why);
        }
        $sent = $this->socket->write($data);
        if ($sent === null) {
            // What it had to say before it went may tell why.
            $this->receive();
            throw $this->lose('lost', "the connection to {$this->path()} was lost");
        }
        return $sent;
    }

    private function wait(bool $forRoom, int $limit): void
    {
        if ($this->socket === null) {
            throw new Unavailable(...$this->why);
        }
        $left = $limit - hrtime(true);
        if ($left <= 0) {
            ++$this->statistics->timeouts;
            throw $this->lose('timed-out', "no reply from {$this->path()} within the deadline");
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
            throw $this->lose('lost', "the connection to {$this->path()} was lost");
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
        if (($kind !== '+' && $kind !== '-') || $this->awaited === [] || $tag !== '@' . array_shift($this->awaited)) {
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
        $this->failures = 0;
        $words = explode(' ', $text);
        ($this->greeted)($this->path(), Protocol::option($words, 'board') ?? '', Protocol::option($words, 'epoch') ?? '');
    }

    private function stranger(string $sample): Unavailable
    {
        $shown = json_encode(substr($sample, 0, 40), JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
        return $this->lose('not-breakerd', "wrong socket: {$this->path()} is not breakerd's, it said $shown");
    }

    /** Gives the connection up. */
    private function lose(string $reason, string $text): Unavailable
    {
        $this->socket?->close();
        $this->socket = null;
        if ($this->cut !== null) {
            $this->reports->unshift($this->cut);
            $this->cut = null;
        }
        $this->rest = $this->received = '';
        $this->awaited = [];
        $this->answer = null;
        return $this->fail($reason, $text);
    }

    /** Lets some time pass before the next try. */
    private function fail(string $reason, string $text): Unavailable
    {
        $whole = min(self::FIRST_BACKOFF << min($this->failures, 20), self::LONGEST_BACKOFF);
        $this->retryAt = hrtime(true) + random_int(intdiv($whole, 2), $whole);
        ++$this->failures;
        $this->why = [$reason, $text];
        return new Unavailable($reason, $text);
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
            $this->lose(...self::CLOSED);
        }
    }

    private function leaveToNext(): void
    {
        if ($this->isGreeted && $this->awaited === [] && $this->rest === '' && $this->received === '') {
            $this->socket?->leave();
            $this->socket = null;
        } else {
            $this->lose(...self::CLOSED);
        }
    }

    private function path(): string
    {
        return $this->path ?? Paths::defaultSocket();
    }
}
