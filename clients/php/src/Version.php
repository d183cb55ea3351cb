<?php

declare(strict_types=1);

namespace Breakerd;

final class Version
{
    /** The version of this library, as it is told to the daemon. */
    public const STRING = '0.1.0';
}
