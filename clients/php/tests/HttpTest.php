<?php

declare(strict_types=1);

namespace Breakerd\Tests;

use Breakerd\Client;
use Breakerd\Denied;
use Breakerd\Guzzle;
use Breakerd\Guzzle\Middleware;
use Breakerd\Http;
use Breakerd\Http\GuardedClient;
use Breakerd\Http\Names;
use Breakerd\Tests\Support\Daemon;
use Breakerd\Tests\Support\TestCase;
use Breakerd\Tests\Support\WebServer;
use GuzzleHttp\Exception\ConnectException;
use GuzzleHttp\Exception\GuzzleException;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Promise\Utils;
use Nyholm\Psr7\Request;
use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/** Guarded requests, of Guzzle and of PSR-18 clients, to a real web server. */
final class HttpTest extends TestCase
{
    private Daemon $daemon;
    private WebServer $web;
    private Client $client;

    protected function setUp(): void
    {
        foreach ([\GuzzleHttp\Client::class, Request::class] as $class) {
            if (!class_exists($class)) {
                $this->markTestSkipped("there is no $class");
            }
        }
        parent::setUp();
        $this->daemon = new Daemon($this, '--default', 'trip.consecutive_failures=3');
        $this->web = new WebServer($this);
        $this->client = $this->denying($this->daemon->socket);
    }

    private function guzzle(?Middleware $middleware = null, bool $isOutermost = false): \GuzzleHttp\Client
    {
        $stack = HandlerStack::create();
        $middleware ??= new Middleware($this->client);
        $isOutermost ? $stack->unshift($middleware) : $stack->push($middleware);
        return new \GuzzleHttp\Client(['handler' => $stack, 'base_uri' => $this->web->url, 'proxy' => '', 'timeout' => 20]);
    }

    public function testResponsesAreJudgedByTheirStatus(): void
    {
        foreach ([false, true] as $isOutermost) {
            $name = $isOutermost ? 'outermost' : 'innermost';
            $guzzle = $this->guzzle(new Middleware($this->client, name: static fn (): string => $name), $isOutermost);
            $this->assertSame('hello', (string) $guzzle->get('/200')->getBody());
            foreach ([404 => 'ClientException', 503 => 'ServerException'] as $status => $class) {
                $error = $this->assertThrows(RequestException::class, fn () => $guzzle->get("/$status"));
                $this->assertStringEndsWith($class, $error::class);
            }
            $this->assertTrue($this->daemon->shows($name, ok: 2, failed: 1));
            $this->assertStringContainsString('err=http-503', $this->daemon->ask("why $name"));
        }
    }

    public function testThreeFailuresRefuseTheFourth(): void
    {
        $guzzle = $this->guzzle();
        for ($number = 0; $number < 3; $number++) {
            $this->assertSame(500, $guzzle->get('/500', ['http_errors' => false])->getStatusCode());
        }
        $this->assertTrue(self::eventually(fn (): bool => str_starts_with($this->daemon->ask("state {$this->web->host}"), '+ok open')));
        $denied = $this->assertThrows(Guzzle\DeniedRequest::class, fn () => $guzzle->get('/200'));
        $this->assertInstanceOf(GuzzleException::class, $denied);
        $this->assertInstanceOf(Denied::class, $denied->getPrevious());
        $this->assertSame(['open', $this->web->host], [$denied->reason, $denied->name]);
        $this->assertGreaterThan(0, $denied->retryAfter);
        $this->assertSame(['/500', '/500', '/500'], $this->web->asked());
    }

    public function testRequestsThatRunAtOnceAreToldWhenTheyEnd(): void
    {
        $guzzle = $this->guzzle();
        $promises = [$guzzle->getAsync('/slow'), $guzzle->getAsync('/503'), $guzzle->getAsync('/200')];
        $this->assertSame(['ok' => '0', 'failed' => '0'],
            array_intersect_key($this->daemon->show($this->web->host), ['ok' => 0, 'failed' => 0]) + ['ok' => '0', 'failed' => '0']);
        $results = Utils::settle($promises)->wait();
        $this->assertSame(['fulfilled', 'rejected', 'fulfilled'], array_column($results, 'state'));
        $this->assertTrue($this->daemon->shows($this->web->host, ok: 2, failed: 1));
        $this->daemon->ask("force {$this->web->host} open");
        $promise = $guzzle->getAsync('/200');
        $this->assertSame('rejected', Utils::settle([$promise])->wait()[0]['state']);
        $this->assertInstanceOf(Denied::class, Utils::settle([$promise])->wait()[0]['reason']);
    }

    public function testARequestThatIsCancelledSaysNothing(): void
    {
        $this->daemon->ask("force {$this->web->host} open");
        $this->daemon->ask("release {$this->web->host}");
        $promise = $this->guzzle()->getAsync('/slow');
        $this->assertTrue($this->daemon->shows($this->web->host, permits_out: 1));
        $promise->cancel();
        Utils::queue()->run();
        $this->assertTrue($this->daemon->shows($this->web->host, permits_out: 0, ignored: 1, failed: 0));
    }

    public function testWhoCannotBeConnectedToFails(): void
    {
        $guzzle = $this->guzzle(new Middleware($this->client, name: static fn (): string => 'gone'));
        $this->assertThrows(ConnectException::class, fn () => $guzzle->get('http://127.0.0.1:1/'));
        $this->assertTrue($this->daemon->shows('gone', failed: 1));
        $this->assertStringContainsString('err=ConnectException', $this->daemon->ask('why gone'));
    }

    public function testAProgramMayJudgeAndNameByItself(): void
    {
        $guzzle = $this->guzzle(new Middleware(
            $this->client,
            name: static fn (RequestInterface $request): ?string => $request->getUri()->getPath() === '/404' ? 'missing' : null,
            isFailure: static fn (ResponseInterface|\Exception $outcome): bool => true));
        $guzzle->get('/200');
        $guzzle->get('/404', ['http_errors' => false]);
        $this->assertTrue($this->daemon->shows('missing', failed: 1));
        $this->assertStringNotContainsString($this->web->host, $this->daemon->ask('list'));
    }

    public function testAPsr18ClientIsGuarded(): void
    {
        $guarded = new GuardedClient(new \GuzzleHttp\Client(['proxy' => '']), $this->client);
        $this->assertSame(404, $guarded->sendRequest(new Request('GET', "{$this->web->url}/404"))->getStatusCode());
        for ($number = 0; $number < 3; $number++) {
            $this->assertSame(502, $guarded->sendRequest(new Request('GET', "{$this->web->url}/502"))->getStatusCode());
        }
        $this->assertTrue($this->daemon->shows($this->web->host, ok: 1, failed: 3, opened: 1));
        $denied = $this->assertThrows(
            ClientExceptionInterface::class, fn () => $guarded->sendRequest(new Request('GET', "{$this->web->url}/200")));
        $this->assertInstanceOf(Http\DeniedRequest::class, $denied);
        $this->assertInstanceOf(Denied::class, $denied);
        $this->assertSame('open', $denied->reason);
        $other = new GuardedClient(new \GuzzleHttp\Client(['proxy' => '']), $this->client, name: static fn (): string => 'gone');
        $this->assertThrows(ConnectException::class, fn () => $other->sendRequest(new Request('GET', 'http://127.0.0.1:1/')));
        $this->assertTrue($this->daemon->shows('gone', failed: 1));
    }

    public function testNamesAreMadeOfHosts(): void
    {
        $rows = [
            'https://API.example.com/v1' => 'api.example.com', 'http://127.0.0.1:8080/' => '127.0.0.1:8080', 'http://h:80/' => 'h',
            'http://[::1]:8080/' => '_::1_:8080', 'http://-h/' => '_h', '/relative' => null,
            'http://' . str_repeat('a', 120) . '/' => str_repeat('a', 100),
        ];
        foreach ($rows as $url => $name) {
            $this->assertSame($name, Names::byHost(new Request('GET', $url)), $url);
            if ($name !== null) {
                $this->assertSame($name, $this->client->breaker($name)->name());
            }
        }
    }

    public function testAPsr3LoggerIsTold(): void
    {
        $logger = new class () extends \Psr\Log\AbstractLogger {
            public array $lines = [];

            public function log($level, $message, array $context = []): void
            {
                $this->lines[] = [$level, $message];
            }
        };
        $this->client($this->path('none'), logger: $logger)->breaker('api')->permit();
        $this->assertSame('warning', $logger->lines[0][0]);
        $this->assertStringStartsWith('breakerd cannot be asked', $logger->lines[0][1]);
    }
}
