<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Statistics;

/**
 * What is to be written to a connection, in its order: the greeting, reports, a request behind them; and which replies are due.
 *
 * @internal
 */
final class Outbox
{
    private const REPORTS_AT_ONCE = 64;

    /** @var list<string> tags of the requests that wait for their reply; the greeting's is the first of a connection */
    public array $awaited = [];

    /** @var \SplQueue<Report> */
    private readonly \SplQueue $reports;
    /** What must be written before anything else, and the report that it is the end of, in case the connection is lost. */
    private string $rest = '';
    private ?Report $cut = null;
    private ?string $request = null;
    private int $tag;

    public function __construct(private readonly Statistics $statistics)
    {
        $this->reports = new \SplQueue();
        $this->tag = random_int(0, 0xFFFFFFFF);
    }

    /** @param iterable<Report> $reports */
    public function add(iterable $reports): void
    {
        foreach ($reports as $report) {
            $this->reports->enqueue($report);
        }
    }

    /** Drops the oldest of more reports than so many. */
    public function trim(int $most): void
    {
        while ($this->reports->count() > $most) {
            $this->reports->dequeue();
            ++$this->statistics->reportsDropped;
        }
    }

    public function reportsWaiting(): int
    {
        return $this->reports->count();
    }

    /** Whether nothing is under way on the connection. */
    public function isIdle(): bool
    {
        return $this->rest === '' && $this->request === null && $this->awaited === [];
    }

    /** A new connection begins so. */
    public function greet(string $hello): void
    {
        $tag = $this->nextTag();
        $this->awaited = [$tag];
        $this->rest = "@$tag $hello\n";
    }

    /** A request is to be written behind all else. */
    public function ask(string $request): void
    {
        $this->request = $request;
    }

    /** The connection is lost. Of what was meant for it only the reports remain. */
    public function clear(): void
    {
        if ($this->cut !== null) {
            $this->putBack([$this->cut]);
        }
        $this->rest = '';
        $this->cut = $this->request = null;
        $this->awaited = [];
    }

    /** Writes as far as there is room. Returns whether all is written; null: the connection is lost. */
    public function write(Socket $socket): ?bool
    {
        while ($this->rest !== '' || $this->request !== null || !$this->reports->isEmpty()) {
            $now = hrtime(true);
            $taken = $lines = [];
            while (count($taken) < self::REPORTS_AT_ONCE && !$this->reports->isEmpty()) {
                $taken[] = $report = $this->reports->dequeue();
                $lines[] = $report->line($this->nextTag(), $now);
            }
            $last = $tag = '';
            if ($this->request !== null && $this->reports->isEmpty()) {
                $tag = $this->nextTag();
                $last = "@$tag $this->request\n";
            }
            $sent = $socket->write($this->rest . implode('', $lines) . $last);
            if ($sent === null) {
                $this->putBack($taken);
                return null;
            }
            $sent = $this->account($sent, $taken, $lines);
            if ($sent < 0 || ($last !== '' && $sent === 0)) {
                return false;
            }
            if ($last !== '') {
                $this->awaited[] = $tag;
                $this->rest = substr($last, $sent);
                $this->request = null;
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

    private function nextTag(): string
    {
        $this->tag = $this->tag + 1 & 0xFFFFFFFF;
        return dechex($this->tag);
    }
}
