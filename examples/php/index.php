<?php

// A page under PHP-FPM. Nothing in a worker survives a request, but its connection to breakerd.

declare(strict_types=1);

require getenv('BREAKERD_AUTOLOAD');

$client = new Breakerd\Client(name: 'php');
header('Content-Type: text/plain');
try {
    $data = $client->breaker('upstream')->call(function (): string {
        $body = @file_get_contents((string) getenv('UPSTREAM'), context: stream_context_create(['http' => ['timeout' => 2]]));
        return $body !== false ? $body : throw new RuntimeException('upstream failed');
    });
    echo "php has $data";
} catch (Breakerd\Denied $denied) {
    http_response_code(503);
    header('Retry-After: ' . max(1, (int) round($denied->retryAfter ?? 1)));
    echo "php: not now, {$denied->reason}\n";
} catch (RuntimeException $error) {
    http_response_code(502);
    echo "php: {$error->getMessage()}\n";
}
