<?php

declare(strict_types=1);

namespace Breakerd\Guzzle;

use Breakerd\Client;
use Breakerd\Denied;
use Breakerd\Http\Names;
use Breakerd\Http\Outcomes;
use Breakerd\Permit;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\Promise\CancellationException;
use GuzzleHttp\Promise\Create;
use GuzzleHttp\Promise\PromiseInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/**
 * Guards the requests of a Guzzle client, also asynchronous ones: `$stack->push(new Middleware($client))`. A refused one is rejected with
 * a {@see DeniedRequest}.
 */
final readonly class Middleware
{
    private \Closure $name;
    private \Closure $isFailure;

    /**
     * @param ?\Closure(RequestInterface): ?string $name the name of a request's breaker, null for a request that is not guarded; unless
     *     said, its host ({@see Names::byHost})
     * @param ?\Closure(ResponseInterface|\Exception): bool $isFailure whether the end of a request speaks against the dependency; unless
     *     said, 5xx and all exceptions without a response do ({@see Outcomes::isFailure})
     */
    public function __construct(private Client $client, ?\Closure $name = null, ?\Closure $isFailure = null)
    {
        $this->name = $name ?? Names::byHost(...);
        $this->isFailure = $isFailure ?? Outcomes::isFailure(...);
    }

    /** @param callable(RequestInterface, array): PromiseInterface $handler */
    public function __invoke(callable $handler): \Closure
    {
        return function (RequestInterface $request, array $options) use ($handler): PromiseInterface {
            $name = ($this->name)($request);
            if ($name === null) {
                return $handler($request, $options);
            }
            try {
                $permit = $this->client->breaker($name)->permit();
            } catch (Denied $denied) {
                return Create::rejectionFor(
                    new DeniedRequest($denied->reason, $denied->retryAfter, $denied->name, $denied));
            }
            try {
                $promise = $handler($request, $options);
            } catch (\Exception $error) {
                $this->rejected($permit, $error);
                throw $error;
            }
            return $promise->then(
                function (ResponseInterface $response) use ($permit): ResponseInterface {
                    Outcomes::tell($permit, $response, $this->isFailure);
                    return $response;
                },
                function (mixed $reason) use ($permit): PromiseInterface {
                    $this->rejected($permit, $reason);
                    return Create::rejectionFor($reason);
                },
            );
        };
    }

    private function rejected(Permit $permit, mixed $reason): void
    {
        // Of a middleware further in, that makes exceptions of responses.
        $response = $reason instanceof RequestException ? $reason->getResponse() : null;
        match (true) {
            $response !== null => Outcomes::tell($permit, $response, $this->isFailure),
            $reason instanceof CancellationException => $permit->ignore(),
            $reason instanceof \Exception => Outcomes::tell($permit, $reason, $this->isFailure),
            default => $permit->ignore(),
        };
    }
}
