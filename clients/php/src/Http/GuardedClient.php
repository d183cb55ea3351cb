<?php

declare(strict_types=1);

namespace Breakerd\Http;

use Breakerd\Client;
use Breakerd\Denied;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/** Guards the requests of any PSR-18 client. */
final readonly class GuardedClient implements ClientInterface
{
    private \Closure $name;
    private \Closure $isFailure;

    /**
     * @param ?\Closure(RequestInterface): ?string $name the name of a request's breaker, null for a request that is not guarded; unless
     *     said, its host ({@see Names::byHost})
     * @param ?\Closure(ResponseInterface|\Exception): bool $isFailure whether the end of a request speaks against the dependency; unless
     *     said, 5xx and all exceptions do ({@see Outcomes::isFailure})
     */
    public function __construct(
        private ClientInterface $inner,
        private Client $client,
        ?\Closure $name = null,
        ?\Closure $isFailure = null,
    ) {
        $this->name = $name ?? Names::byHost(...);
        $this->isFailure = $isFailure ?? Outcomes::isFailure(...);
    }

    /** @throws DeniedRequest if it was not sent */
    public function sendRequest(RequestInterface $request): ResponseInterface
    {
        $name = ($this->name)($request);
        if ($name === null) {
            return $this->inner->sendRequest($request);
        }
        try {
            $permit = $this->client->breaker($name)->permit();
        } catch (Denied $denied) {
            throw new DeniedRequest($denied->reason, $denied->retryAfter, $denied->name, $denied);
        }
        try {
            $response = $this->inner->sendRequest($request);
        } catch (\Exception $error) {
            Outcomes::tell($permit, $error, $this->isFailure);
            throw $error;
        }
        Outcomes::tell($permit, $response, $this->isFailure);
        return $response;
    }
}
