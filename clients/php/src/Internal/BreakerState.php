<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Denied;
use Breakerd\Local;
use Breakerd\OnUnavailable;
use Breakerd\Unavailable;

/**
 * What a client knows of one breaker, shared by all handles of that name.
 *
 * @internal
 */
final class BreakerState
{
    private const MILLISECOND = 1_000_000;
    /**
     * For so long after a generation was first seen each outcome is told at once: a fresh window must not be filled by failures
     * alone.
     */
    private const UNBATCHED = 1_000_000_000;
    /** A name that a board lacks is looked for again after so long. */
    private const LOOK_AGAIN = 1_000_000_000;

    /**
     * The generation whose successes are being counted, and nothing else has to be looked at for a call of it than {@see quick} does;
     * null: a call has to be looked at closely.
     */
    public ?Generation $batch = null;
    /** Until when a call may begin by it: then the heartbeat is still good, and a call of less than a millisecond ends before the batch is due. */
    private int $until = 0;
    /** The process that looks, the board's file, the place of the word, and what there must be. */
    private int $process = 0;
    private mixed $file = null;
    private string $word = '';
    private string $head = '';

    private int $era = -1;
    private ?Board $board;
    private ?int $place;
    private int $lookAt;
    private ?Generation $current;
    private int $denials;
    private ?int $failedAt;
    private ?LocalBreaker $local;

    public function __construct(public readonly string $name, private readonly Session $session)
    {
        $this->reset();
    }

    /** Forgets all, as in a process that has just been forked. */
    private function reset(): void
    {
        $this->era = $this->session->era;
        $this->batch = $this->board = $this->place = $this->current = $this->failedAt = $this->file = null;
        $this->lookAt = $this->denials = 0;
        $rule = $this->session->onUnavailable;
        $this->local = $rule instanceof Local ? new LocalBreaker($rule) : null;
    }

    private function checkProcess(): void
    {
        $this->session->checkProcess();
        if ($this->era !== $this->session->era) {
            $this->reset();
        }
    }

    // Whether a call may be made

    /** When a call that nothing speaks against began; 0: ask {@see admit}. {@see $batch} is its generation. */
    public function quick(): int
    {
        if ($this->batch === null || getmypid() !== $this->process
            || stream_get_contents($this->file, Board::WORD_LENGTH, $this->place) !== $this->word) {
            return 0;
        }
        $now = hrtime(true);
        return $now < $this->until && stream_get_contents($this->file, Board::HEAD_LENGTH, Board::HEAD) === $this->head ? $now : 0;
    }

    /**
     * Decides, by the board if that is possible, else by asking.
     *
     * @throws Denied
     */
    public function admit(?float $lease = null): Admission
    {
        $this->checkProcess();
        $now = hrtime(true);
        if ($now >= $this->session->due) {
            $this->session->flushDue();
        }
        $board = $this->session->board($now);
        $look = $board === null ? null : $this->look($board, $now);
        switch ($look?->verdict) {
            case Verdict::Allow:
                return $this->pass($look);
            case Verdict::Deny:
                $this->session->countDenial();
                ++$this->denials;
                $this->session->isCounting($this, $look->now);
                throw new Denied($look->reason(), $board->retryAfter($look), $this->name);
            case Verdict::Gone:
                $this->session->boardIsGone($board);
                break;
            case Verdict::Ask:
            case null:
        }
        return $this->ask($lease);
    }

    private function look(Board $board, int $now): ?Look
    {
        if ($this->board !== $board || ($this->place === null && $now >= $this->lookAt)) {
            // A name that is not there yet gets its slot when it is asked about.
            $this->lookAt = $this->board === $board ? $now + self::LOOK_AGAIN : $now;
            $this->board = $board;
            $this->place = $board->find($this->name);
        }
        return $this->place === null ? null : $board->look($this->place);
    }

    private function pass(Look $look): Admission
    {
        $generation = $this->see($look->generation(), $look->now);
        // With a batch under way and all else as it should be, the next calls need not come here.
        if ($this->batch === $generation) {
            $this->process = $this->session->process;
            $this->file = $this->board?->file;
            $this->word = $look->bytes;
            $this->head = $look->head;
            $this->until = min($this->session->due - self::MILLISECOND, $look->goodUntil);
        }
        return new Admission($this->name, $look->now, $generation->era, $generation);
    }

    private function ask(?float $lease): Admission
    {
        try {
            $token = $this->session->ask($this->name, $lease);
        } catch (Unavailable $error) {
            return $this->admitWithout($error);
        }
        $now = hrtime(true);
        if ($token !== null) {
            $this->see((int) explode('.', $token)[0], $now);
        }
        $admission = new Admission($this->name, $now, $this->session->era, null, $token);
        if ($admission->holdsPermit()) {
            $this->session->hold($admission);
        }
        return $admission;
    }

    /** Decides without the daemon. */
    private function admitWithout(Unavailable $error): Admission
    {
        $now = hrtime(true);
        if ($this->session->onUnavailable === OnUnavailable::Deny) {
            throw new Denied('unavailable', null, $this->name, $error);
        }
        $wait = $this->local?->wait($now);
        if ($wait !== null) {
            throw new Denied('local', $wait / 1e9, $this->name, $error);
        }
        // With the last generation known the end can still be told, and is known for stale if the breaker has moved.
        $token = $this->current === null ? null : (string) $this->current->number;
        return new Admission($this->name, $now, $this->session->era, null, $token);
    }

    private function see(int $number, int $now): Generation
    {
        $current = $this->current;
        if ($current === null || $current->number !== $number) {
            $reports = $this->drain();
            $this->current = $current = new Generation($number, $now, $this->session->era);
            $this->session->tell($reports);
        }
        return $current;
    }

    // How it ended

    public function succeeded(Admission $admission): void
    {
        if ($admission->generation !== null) {
            $this->passed($admission->generation, $admission->started);
        } else {
            $this->end($admission, 'ok');
        }
    }

    /** A call that the board let pass has succeeded. */
    public function passed(Generation $generation, int $started): void
    {
        $this->checkProcess();
        if ($generation->era !== $this->era) {
            return;
        }
        $now = hrtime(true);
        if ($this->mustBeTold($generation, $started, $now)) {
            $this->tell('ok', (string) $generation->number, $started, '');
            return;
        }
        ++$generation->successes;
        $generation->newest = $now;
        $this->local?->succeeded();
        $this->session->isCounting($this, $now);
        if ($this->batch === null && $now - $generation->since >= self::UNBATCHED) {
            $this->batch = $generation;
            $this->until = 0;
        }
        if ($now >= $this->session->due) {
            $this->session->flushDue();
        }
    }

    private function mustBeTold(Generation $generation, int $started, int $now): bool
    {
        if ($generation !== $this->current) {
            return true;
        }
        $took = intdiv($now - $started, self::MILLISECOND);
        if ($took > 0 && $this->place !== null) {
            $slow = $this->board->slowMs($this->place);
            if ($slow > 0 && $took >= $slow) {
                return true;
            }
        }
        // While reports wait, one more for each success would only push others out.
        return $now - $generation->since < self::UNBATCHED && !$this->session->hasBacklog();
    }

    public function failed(Admission $admission, string $errorClass): void
    {
        $this->end($admission, 'fail', $errorClass);
    }

    public function ignored(Admission $admission): void
    {
        $this->checkProcess();
        if ($admission->era !== $this->era) {
            return;
        }
        if ($this->session->release($admission)) {
            $this->session->tell([$admission->givenBack()]);
        }
        if (hrtime(true) >= $this->session->due) {
            $this->session->flushDue();
        }
    }

    private function end(Admission $admission, string $outcome, string $errorClass = ''): void
    {
        $this->checkProcess();
        if ($admission->era !== $this->era || ($admission->holdsPermit() && !$this->session->release($admission))) {
            return;
        }
        $token = $admission->generation === null ? $admission->token : (string) $admission->generation->number;
        $this->tell($outcome, $token, $admission->started, $errorClass);
    }

    private function tell(string $outcome, ?string $token, int $started, string $errorClass): void
    {
        $now = hrtime(true);
        $isFailure = $outcome === 'fail';
        if ($isFailure) {
            $this->local?->failed($now);
        } else {
            $this->local?->succeeded();
        }
        $failedAt = $this->failedAt;
        if ($token !== null) {
            $text = "report $this->name $outcome $token ms=" . intdiv($now - $started, self::MILLISECOND)
                . ($errorClass === '' ? '' : " err=$errorClass");
            $reports = $this->drain();
            $reports[] = new Report($text, $now, after: $isFailure ? null : $failedAt);
        }
        if ($isFailure) {
            $this->failedAt = $now;
        }
        if ($token !== null) {
            $this->session->tell($reports);
        }
        // What other breakers have counted.
        if ($now >= $this->session->due) {
            $this->session->flushDue();
        }
    }

    /**
     * Takes all that was counted.
     *
     * @return list<Report>
     */
    public function drain(): array
    {
        $this->batch = null;
        $this->session->isTold($this);
        $reports = [];
        $generation = $this->current;
        while ($generation !== null && $generation->successes > 0) {
            $count = min($generation->successes, Protocol::LARGEST_COUNT);
            $generation->successes -= $count;
            $reports[] = new Report("report $this->name ok $generation->number n=$count", $generation->newest, true, $this->failedAt);
        }
        while ($this->denials > 0) {
            $count = min($this->denials, Protocol::LARGEST_COUNT);
            $this->denials -= $count;
            $reports[] = new Report("denied $this->name n=$count");
        }
        return $reports;
    }
}
