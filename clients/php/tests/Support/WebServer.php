<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

/** A web server on the loopback: `/503` answers with that status, `/slow` after half a second; it keeps what it was asked for. */
final class WebServer
{
    public readonly string $url;
    public readonly string $host;
    private readonly string $log;

    public function __construct(TestCase $test)
    {
        $this->log = $test->path('web.log');
        file_put_contents($test->path('web.php'), '<?php file_put_contents(' . var_export($this->log, true)
            . ', $_SERVER["REQUEST_URI"] . "\n", FILE_APPEND); if (str_contains($_SERVER["REQUEST_URI"], "slow")) { usleep(500_000); } '
            . 'http_response_code((int) substr($_SERVER["REQUEST_URI"], 1) ?: 200); echo "hello";');
        $free = stream_socket_server('tcp://127.0.0.1:0');
        $this->host = stream_socket_get_name($free, false);
        fclose($free);
        $this->url = "http://$this->host";
        $output = ['file', $test->path('web.out'), 'a'];
        $process = proc_open([PHP_BINARY, '-n', '-S', $this->host, $test->path('web.php')], [['file', '/dev/null', 'r'], $output, $output],
            $pipes);
        $test->atEnd(static function () use ($process): void {
            posix_kill(proc_get_status($process)['pid'], SIGINT);
            proc_close($process);
        });
        $answers = TestCase::eventually(fn (): bool => @stream_socket_client("tcp://$this->host") !== false);
        $test->assertTrue($answers, 'the web server did not start');
    }

    /** @return list<string> the paths that it was asked for */
    public function asked(): array
    {
        return file_exists($this->log) ? file($this->log, FILE_IGNORE_NEW_LINES) : [];
    }
}
