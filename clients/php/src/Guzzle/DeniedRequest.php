<?php

declare(strict_types=1);

namespace Breakerd\Guzzle;

use Breakerd\Denied;
use GuzzleHttp\Exception\GuzzleException;

/** A request was refused, and not sent: a {@see Denied} that Guzzle knows as well. Its previous exception is the original. */
final class DeniedRequest extends Denied implements GuzzleException
{
}
