<?php

declare(strict_types=1);

namespace Breakerd;

/** A call was refused, and not made. Where the daemon could not be asked, the previous exception is the {@see Unavailable}. */
class Denied extends \RuntimeException implements BreakerdException
{
    private const TEXTS = [
        'open' => 'is open',
        'half-open' => 'is half-open and is being probed',
        'forced-open' => 'was forced open by an admin',
        'saturated' => 'has as many calls under way as it allows',
        'ramp' => 'has just closed and lets only some calls pass',
        'unavailable' => 'cannot be asked',
        'local' => 'is open in this process, and breakerd cannot be asked',
    ];

    /**
     * @param string $reason `open`, `half-open`, `forced-open`, `saturated` or `ramp` (a later daemon may know more), or, where the
     *     daemon could not be asked, `unavailable` or `local`
     * @param ?float $retryAfter in how many seconds to ask again; null: not known, or nothing changes until an admin acts
     * @param string $name the breaker's
     */
    final public function __construct(
        public readonly string $reason,
        public readonly ?float $retryAfter = null,
        public readonly string $name = '',
        ?\Throwable $previous = null,
    ) {
        $text = "breaker $name " . (self::TEXTS[$reason] ?? "refuses: $reason");
        parent::__construct($retryAfter === null ? $text : sprintf('%s, retry in %.3g s', $text, $retryAfter), 0, $previous);
    }
}
