<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * Reads the board, the file on which the daemon publishes its decisions (docs/board.md).
 *
 * PHP cannot map a file, so each look reads it: the word, and only then status and heartbeat, by read(2) at their places and
 * past PHP's buffer. The kernel copies an aligned word of eight bytes at once as far as anybody knows, but does not promise it.
 * So nothing here rests on it. What decides, the state, is one byte, which cannot be torn. A generation or retry time put together of an
 * old and a new one makes one report stale, or one refusal's time wrong, until the next look. Status is one byte as well, and who
 * writes a heartbeat is alive.
 *
 * The place in an open file is shared with forked processes: whoever looks must have opened the file itself.
 *
 * @internal
 */
final class Board
{
    /** Where status and heartbeat are, and how many bytes that is. */
    public const HEAD = 128;
    public const HEAD_LENGTH = 72;
    public const WORD_LENGTH = 8;

    private const HEADER_SIZE = 4096;
    private const SLOT_SIZE = 128;
    private const LONGEST_PROBE = 32;
    private const LONGEST_NAME = 104;
    private const ALIVE = 1;
    /** How long a heartbeat is good for, in nanoseconds, and how far in the future it may lie. */
    private const FRESH = 2_000_000_000;
    private const AHEAD = 50_000_000;
    private const TICK = 10_000_000;
    private const NO_RETRY = 0xFFFFFFFF;
    private const ASK_BIT = 16;
    private const REGULAR = 0o100000;
    private const TYPE = 0o170000;

    /** @var resource */
    public readonly mixed $file;
    private readonly int $slots;
    private readonly string $seed;
    private readonly int $base;

    /**
     * Opens the file at `$path`, which must belong to one of `$owners` or root. `$epoch` is that of the daemon, in hexadecimal digits, if it
     * has said so: a board of another run is none to go by.
     *
     * @param list<int> $owners
     *
     * @throws \UnexpectedValueException if it cannot be opened, or is no board that can be read here
     */
    public function __construct(string $path, array $owners, string $epoch = '')
    {
        [$file, $seen] = Silence::during(static fn (): array => self::openFile($path));
        $status = fstat($file);
        if ($status === false || $status['ino'] !== $seen['ino'] || $status['dev'] !== $seen['dev']) {
            throw new \UnexpectedValueException('it was changed while it was opened');
        }
        if (!in_array($status['uid'], [0, ...$owners], true)) {
            throw new \UnexpectedValueException("it belongs to uid {$status['uid']}");
        }
        $header = (string) fread($file, 64);
        if (strlen($header) < 64) {
            throw new \UnexpectedValueException('too short');
        }
        $field = unpack('a8magic/Vmajor/Vminor/Vheader/Vslot/Pslots/a8seed/a8epoch/Pbase/Psize', $header);
        if ($field['magic'] !== 'BRKBOARD' || [$field['major'], $field['header'], $field['slot']] !== [1, self::HEADER_SIZE, self::SLOT_SIZE]) {
            throw new \UnexpectedValueException('no board of version 1');
        }
        $slots = $field['slots'];
        if ($slots <= 0 || $slots > 1 << 32 || ($slots & ($slots - 1)) !== 0
            || $field['size'] !== self::HEADER_SIZE + self::SLOT_SIZE * $slots || $field['size'] !== $status['size']) {
            throw new \UnexpectedValueException('its sizes do not agree');
        }
        if (preg_match('/\A[0-9A-Fa-f]+\z/', $epoch) === 1
            && ltrim(strtolower($epoch), '0') !== ltrim(bin2hex(strrev($field['epoch'])), '0')) {
            throw new \UnexpectedValueException('it is of another run of the daemon');
        }
        $this->file = $file;
        $this->slots = $slots;
        $this->seed = $field['seed'];
        $this->base = $field['base'];
    }

    /** @return array{resource, array<int|string, int>} the open file, and what `lstat` said of its path before */
    private static function openFile(string $path): array
    {
        // What is no ordinary file is not even opened. PHP cannot refuse to follow a link, so what was opened is compared.
        clearstatcache();
        $seen = lstat($path);
        if ($seen === false || ($seen['mode'] & self::TYPE) !== self::REGULAR) {
            throw new \UnexpectedValueException('no ordinary file');
        }
        // e: closed on exec; n: a pipe put there meanwhile is not waited for.
        $file = fopen($path, 'rne');
        if ($file === false) {
            throw new \UnexpectedValueException('it cannot be opened');
        }
        stream_set_read_buffer($file, 0);
        return [$file, $seen];
    }

    /** Where a name's word is in the file. null: it has no slot, or not yet. */
    public function find(string $name): ?int
    {
        $wanted = self::hash($this->seed, $name);
        for ($step = 0; $step < self::LONGEST_PROBE; $step++) {
            $place = self::HEADER_SIZE + self::SLOT_SIZE * ($wanted + $step & $this->slots - 1);
            $slot = (string) stream_get_contents($this->file, self::SLOT_SIZE, $place);
            if (strlen($slot) < self::SLOT_SIZE) {
                return null;
            }
            ['hash' => $found, 'length' => $length] = unpack('Phash/x8/vlength', $slot);
            if ($found === 0) {
                return null;
            }
            if ($found === $wanted && substr($slot, 24, min($length, self::LONGEST_NAME)) === $name) {
                return $place + 8;
            }
        }
        return null;
    }

    /** Decides by the word at a place that {@see find} gave. */
    public function look(int $place): Look
    {
        $bytes = (string) stream_get_contents($this->file, self::WORD_LENGTH, $place);
        $now = hrtime(true);
        $head = (string) stream_get_contents($this->file, self::HEAD_LENGTH, self::HEAD);
        // Who has cut the file short has made it no board.
        if (strlen($bytes) < self::WORD_LENGTH || strlen($head) < self::HEAD_LENGTH) {
            return new Look(Verdict::Gone, 0, '', '', $now, 0);
        }
        $word = unpack('P', $bytes)[1];
        ['status' => $status, 'heartbeat' => $heartbeat] = unpack('Pstatus/x56/Pheartbeat', $head);
        $age = $now - $heartbeat;
        $isGood = $status === self::ALIVE && $age <= self::FRESH && $age >= -self::AHEAD;
        return $isGood
            ? new Look($this->verdict($word, $now), $word, $bytes, $head, $now, $heartbeat + self::FRESH)
            : new Look(Verdict::Gone, $word, $bytes, $head, $now, 0);
    }

    private function verdict(int $word, int $now): Verdict
    {
        if (($word & self::ASK_BIT) !== 0) {
            return Verdict::Ask;
        }
        return match ($word & 15) {
            1, 5, 6 => Verdict::Allow,
            3, 4 => Verdict::Deny,
            2 => self::ticks($word) === self::NO_RETRY || $now < $this->retryTime($word) ? Verdict::Deny : Verdict::Ask,
            default => Verdict::Ask,
        };
    }

    /** In how many seconds to ask again about what was refused; null: nobody knows. */
    public function retryAfter(Look $look): ?float
    {
        if (self::ticks($look->word) === self::NO_RETRY) {
            return null;
        }
        return max($this->retryTime($look->word) - $look->now, 0) / 1e9;
    }

    /** From how many milliseconds on a call is slow; 0: none is. */
    public function slowMs(int $place): int
    {
        $bytes = (string) stream_get_contents($this->file, 4, $place + 12);
        return strlen($bytes) === 4 ? unpack('V', $bytes)[1] : 0;
    }

    /** The hash of a name on a board whose seed has these eight bytes. */
    public static function hash(string $seed, string $name): int
    {
        return unpack('J', hash('fnv1a64', $seed . $name, true))[1] ?: 1;
    }

    private static function ticks(int $word): int
    {
        return $word >> 32 & 0xFFFFFFFF;
    }

    private function retryTime(int $word): int
    {
        return $this->base + self::ticks($word) * self::TICK;
    }
}
