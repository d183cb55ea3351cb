<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * What is to be told to the daemon, until it is told: a quiet request, but for its tag.
 *
 * @internal
 */
final readonly class Report
{
    /** The most reports that wait to be sent. */
    public const MAXIMUM = 1_000;

    private const MILLISECOND = 1_000_000;
    /** How much later a daemon may take a failure up, as a rule. */
    private const LAG = 10_000_000;

    /**
     * @param string $text verb, name, outcome and options
     * @param ?int $ended when what it tells of has ended, in nanoseconds; null: it has no age
     * @param bool $isBatch whether it tells of several ends, the newest of which is `$ended`: then its age is never rounded to
     *     nothing
     * @param ?int $after when the same breaker last failed in this process. A success that came after it must not seem to come
     *     before it, by rounding or because a busy daemon took the failure up a little later: it ends the run of failures
     */
    public function __construct(
        private string $text,
        private ?int $ended = null,
        private bool $isBatch = false,
        private ?int $after = null,
    ) {
    }

    /** The line that tells it at `$now`. */
    public function line(string $tag, int $now): string
    {
        $age = 0;
        if ($this->ended !== null && ($this->isBatch || $now - $this->ended >= self::MILLISECOND)) {
            $age = intdiv($now - $this->ended + self::MILLISECOND - 1, self::MILLISECOND);
            if ($this->after !== null) {
                $age = min($age, intdiv($now - $this->after - self::LAG, self::MILLISECOND));
            }
        }
        return "@$tag $this->text" . ($age > 0 ? " age=$age" : '') . " quiet\n";
    }
}
