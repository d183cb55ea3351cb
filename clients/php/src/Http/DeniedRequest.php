<?php

declare(strict_types=1);

namespace Breakerd\Http;

use Breakerd\Denied;
use Psr\Http\Client\ClientExceptionInterface;

/** A request was refused, and not sent: a {@see Denied} that PSR-18 knows as well. Its previous exception is the original. */
final class DeniedRequest extends Denied implements ClientExceptionInterface
{
}
