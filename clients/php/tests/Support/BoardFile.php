<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

use Breakerd\Internal\Board;

/** A board, written by hand. */
final class BoardFile
{
    public const CLOSED = 1;
    public const OPEN = 2;
    public const HALF_OPEN = 3;
    public const FORCED_OPEN = 4;
    public const FORCED_CLOSED = 5;
    public const OBSERVE = 6;
    public const NO_RETRY = 0xFFFFFFFF;

    /** @var resource */
    private mixed $file;

    public function __construct(
        string $path, public readonly int $base, private readonly int $slots = 1024, private readonly int $seed = 7, int $epoch = 0xE,
    ) {
        $size = 4096 + 128 * $slots;
        $this->file = fopen("$path.new", 'w+e');
        ftruncate($this->file, $size);
        $this->write(0, pack('a8VVVVPPPPP', 'BRKBOARD', 1, 0, 4096, 128, $slots, $seed, $epoch, $base, $size));
        $this->setStatus(1);
        $this->beat($base);
        rename("$path.new", $path);
    }

    public function setStatus(int $status): void
    {
        $this->write(128, pack('P', $status));
    }

    public function beat(int $now): void
    {
        $this->write(192, pack('P', $now));
    }

    /** Publishes a word; `$retry` is in ticks since base. Returns where it is. */
    public function put(
        string $name, int $state, int $generation = 77, bool $ask = false, int $retry = self::NO_RETRY, int $slowMs = 0,
    ): int {
        $place = $this->slot($name);
        $word = $retry << 32 | ($generation & 0xFFFFFF) << 8 | (int) $ask << 4 | $state;
        $this->write($place + 8, pack('PvvVa104', $word, strlen($name), 0, $slowMs, $name));
        $this->write($place, pack('P', Board::hash(pack('P', $this->seed), $name)));
        return $place + 8;
    }

    public function write(int $place, string $bytes): void
    {
        fseek($this->file, $place);
        fwrite($this->file, $bytes);
        fflush($this->file);
    }

    private function slot(string $name): int
    {
        $hash = Board::hash(pack('P', $this->seed), $name);
        for ($step = 0; $step < $this->slots; $step++) {
            $place = 4096 + 128 * ($hash + $step & $this->slots - 1);
            fseek($this->file, $place);
            $slot = fread($this->file, 128);
            if (str_starts_with($slot, str_repeat("\0", 8)) || rtrim(substr($slot, 24), "\0") === $name) {
                return $place;
            }
        }
        throw new \LogicException('the board is full');
    }
}
