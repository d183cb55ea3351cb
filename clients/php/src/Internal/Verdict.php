<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * What a board decides.
 *
 * @internal
 */
enum Verdict
{
    case Ask;
    case Allow;
    case Deny;
    /** The board may not be decided by. */
    case Gone;
}
