<?php

declare(strict_types=1);

namespace Breakerd;

/** What all errors of this library are. */
interface BreakerdException extends \Throwable
{
}
