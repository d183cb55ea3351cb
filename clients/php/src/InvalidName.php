<?php

declare(strict_types=1);

namespace Breakerd;

/** No breaker can have this name: 1 to 100 of `A-Z a-z 0-9 . _ : / @ -`, the first a letter, a digit or `_`. */
final class InvalidName extends \InvalidArgumentException implements BreakerdException
{
    public function __construct(public readonly string $name)
    {
        $shown = json_encode($name, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        parent::__construct("$shown cannot be the name of a breaker: 1 to 100 of A-Z a-z 0-9 . _ : / @ -, "
            . 'the first a letter, a digit or _');
    }
}
