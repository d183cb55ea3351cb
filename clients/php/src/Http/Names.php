<?php

declare(strict_types=1);

namespace Breakerd\Http;

use Psr\Http\Message\RequestInterface;

/** What the breaker of a request is called, if nobody says. */
final class Names
{
    private const LONGEST = 100;

    /** The host, and its port where that is not the scheme's own; bytes that no name has become `_`. null: there is no host. */
    public static function byHost(RequestInterface $request): ?string
    {
        $uri = $request->getUri();
        if ($uri->getHost() === '') {
            return null;
        }
        $host = strtolower($uri->getHost()) . ($uri->getPort() === null ? '' : ':' . $uri->getPort());
        $name = substr((string) preg_replace('/[^a-z0-9._:-]/', '_', $host), 0, self::LONGEST);
        return (string) preg_replace('/\A[^a-z0-9_]/', '_', $name);
    }
}
