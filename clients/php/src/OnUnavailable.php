<?php

declare(strict_types=1);

namespace Breakerd;

/** What a call does when the daemon cannot be asked. {@see Local} is the third choice. */
enum OnUnavailable: string
{
    /** It is made. */
    case Allow = 'allow';
    /** It is refused: {@see Denied} with the reason `unavailable`. */
    case Deny = 'deny';
}
