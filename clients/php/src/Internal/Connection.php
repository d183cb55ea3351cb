<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Statistics;
use Breakerd\Unavailable;

/**
 * Who may use the {@see Wire}: one at a time.
 *
 * Reports are left in a queue, and sent without waiting. So a report may be made anywhere, also by a signal handler or a destructor
 * that comes in between: then whoever uses the socket sends it.
 *
 * @internal
 */
final class Connection
{
    private bool $isInUse = false;
    private bool $isClosed = false;

    /** @param int $deadline in nanoseconds */
    public function __construct(
        private readonly Wire $wire,
        private readonly int $deadline,
        private readonly Complaints $complaints,
        private readonly Statistics $statistics,
    ) {
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
                throw new Unavailable('busy', "another call waits for {$this->wire->path()}");
            }
            try {
                return $this->wire->exchange($request, $limit);
            } catch (Unavailable $error) {
                throw $error;
            } catch (\Throwable $error) {
                // A signal handler has thrown. Nobody would take the reply, nor give back a permit in it.
                $this->wire->interrupted();
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
        $this->wire->outbox->add($reports);
        $this->wire->outbox->trim($this->isClosed ? 0 : $most);
    }

    /** An answer was as good as none. */
    public function complain(Unavailable $error): void
    {
        ++$this->statistics->unavailable;
        $this->complaints->unavailable($error, $this->wire->path());
        $this->complaints->write();
    }

    /** Sends what waits, as far as that is possible without waiting. */
    public function sendReports(): void
    {
        if ($this->wire->outbox->reportsWaiting() === 0 || $this->wire->isDown() || !$this->enter()) {
            return;
        }
        try {
            $this->wire->send();
        } catch (Unavailable) {
        } catch (\Throwable $error) {
            // A signal handler has thrown; half a line may have been written.
            $this->wire->interrupted();
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
            $this->isClosed = true;
            $this->wire->close(hrtime(true) + $wait);
        } finally {
            $this->leave();
        }
        $this->queue([]);
    }

    /** The script ends: who uses the socket now, as a call that was cut off by `exit` in a signal handler or by a time limit, never goes on. */
    public function reclaim(): void
    {
        if ($this->isInUse) {
            $this->wire->drop();
            $this->leave();
        }
    }

    /** Leaves the connection to the next script, if that may be; else it goes on. */
    public function pause(): void
    {
        if ($this->enter()) {
            try {
                $this->wire->leaveToNext();
            } finally {
                $this->leave();
            }
        }
    }

    /** Closes this process's copy of the socket, without a word to the daemon: it is another process's connection. */
    public function abandon(): void
    {
        $this->wire->abandon();
    }

    public function reportsWaiting(): int
    {
        return $this->wire->outbox->reportsWaiting();
    }

    // Only one may use the socket at a time

    private function enter(): bool
    {
        if ($this->isInUse) {
            return false;
        }
        $this->isInUse = true;
        Silence::begin();
        return true;
    }

    private function leave(): void
    {
        Silence::end();
        $this->isInUse = false;
        $this->complaints->write();
    }
}
