<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Denied;
use Breakerd\Local;
use Breakerd\OnUnavailable;
use Breakerd\Statistics;
use Breakerd\Unavailable;
use Breakerd\Version;
use Psr\Log\LoggerInterface;

/**
 * What one process does with the daemon: its connection, its board, and what is counted. All breakers of a client share it. Times are
 * in nanoseconds.
 *
 * @internal
 */
final class Session
{
    /** Later than any time. */
    public const NEVER = PHP_INT_MAX;
    /** A board that cannot be used is opened again after so long. */
    private const REOPEN = 1_000_000_000;

    /** The process that this is the session of; a child that finds another one begins anew. */
    public int $process;
    /** How many forks lie between the making of the client and this process. */
    public int $era = 0;
    /** When what was counted is to be told. */
    public int $due = self::NEVER;

    private Memory $memory;
    private Connection $connection;
    private Statistics $statistics;
    /** @var array<int, BreakerState> those that have counted what is not told yet; who began first comes first */
    private array $counting = [];
    /** @var array<int, Admission> calls under way for which the daemon keeps a place */
    private array $permits = [];
    private ?Board $board = null;
    private string $boardPath = '';
    private string $epoch = '';
    /** @var list<int> */
    private array $boardOwners = [];
    private int $reopenAt = 0;
    private bool $isClosed = false;
    private readonly string $hello;

    /** @param LoggerInterface|\Closure(string, string): mixed|null $logger */
    public function __construct(
        private readonly ?string $socketPath,
        private readonly int $deadline,
        public readonly OnUnavailable|Local $onUnavailable,
        string $name,
        private readonly bool $useBoard,
        private readonly int $flushInterval,
        private readonly bool $areScriptsShort,
        private readonly bool $isPersistent,
        private readonly LoggerInterface|\Closure|null $logger,
    ) {
        $word = Protocol::word($name);
        $this->hello = 'hello 1 client=php/' . Version::STRING . ' bound=yes' . ($word === '' ? '' : " name=$word");
        $this->begin();
        ScriptEnd::watch($this);
    }

    private function begin(): void
    {
        $this->process = getmypid();
        $this->statistics = new Statistics();
        $this->due = self::NEVER;
        $this->counting = [];
        $this->permits = [];
        $this->board = null;
        $this->boardPath = '';
        $this->reopenAt = 0;
        $this->memory = new Memory($this->socketPath, $this->areScriptsShort);
        // The connection must not keep the session alive.
        $session = \WeakReference::create($this);
        $complaints = new Complaints($this->logger, $this->onUnavailable, $this->memory);
        $wire = new Wire(
            $this->socketPath,
            $this->hello,
            $this->isPersistent,
            static fn (string $socket, string $board, string $epoch) => $session->get()?->greeted($socket, $board, $epoch),
            $complaints,
            new Backoff($this->memory),
            $this->statistics,
        );
        $this->connection = new Connection($wire, $this->deadline, $complaints, $this->statistics);
        if ($this->isClosed) {
            $this->connection->close(0);
        }
    }

    /** Begins anew if this process is a child of the one that made the session: nothing of its parent's is its own. */
    public function checkProcess(): void
    {
        if (getmypid() !== $this->process) {
            ++$this->era;
            $abandoned = $this->connection;
            $this->begin();
            $abandoned->abandon();
        }
    }

    public function statistics(): Statistics
    {
        $this->checkProcess();
        $copy = clone $this->statistics;
        $copy->reportsWaiting = $this->connection->reportsWaiting();
        return $copy;
    }

    /** Tells what was counted now, without waiting. */
    public function flush(): void
    {
        $this->checkProcess();
        $this->flushDue();
    }

    /** Tells what was counted, gives permits back, and closes the connection; waits until the daemon has read it, `$wait` at most. */
    public function close(?int $wait = null): void
    {
        $this->checkProcess();
        if ($this->isClosed) {
            return;
        }
        $this->board = null;
        $this->isClosed = true;
        // This is the last time, so these are not too many, however many they are.
        $this->connection->queue($this->last(), PHP_INT_MAX);
        $this->connection->close($wait ?? $this->deadline);
    }

    /** The script ends. A connection that outlives it is left to the next one, and nothing is waited for. */
    public function end(): void
    {
        $this->checkProcess();
        $this->connection->reclaim();
        if (!$this->isPersistent) {
            $this->close();
            return;
        }
        if (!$this->isClosed) {
            $this->connection->queue($this->last(), PHP_INT_MAX);
            $this->connection->sendReports();
            $this->connection->pause();
        }
    }

    public function __destruct()
    {
        if ($this->isPersistent) {
            $this->end();
        } else {
            $this->close(0);
        }
    }

    /** @return list<Report> all that was counted, and the permits that are out */
    private function last(): array
    {
        $reports = [];
        foreach ($this->counting as $state) {
            array_push($reports, ...$state->drain());
        }
        foreach ($this->permits as $id => $permit) {
            $reports[] = $permit->givenBack();
            unset($this->permits[$id]);
        }
        return $reports;
    }

    // For the breakers

    /**
     * Asks over the socket; returns the token to report with, or null.
     *
     * @throws Denied
     * @throws Unavailable
     */
    public function ask(string $name, ?float $lease): ?string
    {
        $request = "allow $name";
        if ($lease !== null) {
            $request .= ' lease=' . (int) max($lease * 1_000, 1) . 'ms';
        }
        $answer = $this->connection->ask($request);
        try {
            if ($answer[0] === '+') {
                return Protocol::token(substr($answer, 1), $name);
            }
        } catch (\UnexpectedValueException) {
        }
        $error = new Unavailable('refused', 'breakerd refused: ' . substr($answer, 1));
        $this->connection->complain($error);
        throw $error;
    }

    /** @param list<Report> $reports */
    public function tell(array $reports): void
    {
        $this->connection->queue($reports);
        $this->connection->sendReports();
    }

    /** Whether reports wait, because there is no connection or no room. */
    public function hasBacklog(): bool
    {
        return $this->connection->reportsWaiting() > 0;
    }

    /** Tells what was counted, of any breaker, as far as there is room. What there is no room for stays counted. */
    public function flushDue(): void
    {
        $this->connection->sendReports();
        // Not those of very many breakers in one call; the next one goes on.
        for ($turn = 0; $turn < 16 && $this->counting !== [] && !$this->hasBacklog(); $turn++) {
            foreach (array_slice($this->counting, 0, 64, true) as $state) {
                $this->connection->queue($state->drain());
            }
            $this->connection->sendReports();
        }
    }

    /** It has counted what is not told yet. */
    public function isCounting(BreakerState $state, int $now): void
    {
        if ($this->counting === []) {
            $this->due = $now + $this->flushInterval;
        }
        $this->counting[spl_object_id($state)] = $state;
    }

    /** All that it had counted is queued. */
    public function isTold(BreakerState $state): void
    {
        unset($this->counting[spl_object_id($state)]);
        if ($this->counting === []) {
            $this->due = self::NEVER;
        }
    }

    public function countDenial(): void
    {
        ++$this->statistics->deniedLocally;
    }

    /** The daemon keeps a place for this call. */
    public function hold(Admission $permit): void
    {
        $this->permits[spl_object_id($permit)] = $permit;
    }

    /** The place of this call is about to be given back; false: it is no longer kept. */
    public function release(Admission $permit): bool
    {
        $isOut = isset($this->permits[spl_object_id($permit)]);
        unset($this->permits[spl_object_id($permit)]);
        return $isOut;
    }

    // The board

    /** The board, opened again if that is due. */
    public function board(int $now): ?Board
    {
        if ($this->board === null && $this->boardPath !== '' && $now >= $this->reopenAt && !$this->isClosed) {
            $this->openBoard($now);
        }
        return $this->board;
    }

    /** It may not be decided by any more. */
    public function boardIsGone(Board $board): void
    {
        if ($this->board === $board) {
            $this->board = null;
        }
    }

    private function greeted(string $socket, string $board, string $epoch): void
    {
        $this->boardPath = $this->useBoard && str_starts_with($board, '/') ? $board : '';
        $this->epoch = $epoch;
        $this->board = null;
        if ($this->boardPath !== '') {
            $this->boardOwners = Silence::during(static fn (): array => self::possibleOwners($socket, $board));
            $this->openBoard(hrtime(true));
        }
    }

    /**
     * Who the daemon may run as. Without ext-sockets the peer's user is not told. It owns the socket's file, unless that was made by root
     * for it; then it owns the directory of the board, in which nobody else may put anything.
     *
     * @return list<int>
     */
    private static function possibleOwners(string $socket, string $board): array
    {
        clearstatcache();
        $owners = [fileowner($socket)];
        $directory = stat(dirname($board));
        if ($directory !== false && ($directory['mode'] & 0o022) === 0) {
            $owners[] = $directory['uid'];
        }
        return array_values(array_filter($owners, is_int(...)));
    }

    private function openBoard(int $now): void
    {
        $this->reopenAt = $now + self::REOPEN;
        try {
            $this->board = new Board($this->boardPath, $this->boardOwners, $this->epoch);
            ++$this->statistics->boards;
        } catch (\UnexpectedValueException) {
            // Who may use the socket but not the board misses speed only.
        }
    }
}
