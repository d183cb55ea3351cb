<?php

declare(strict_types=1);

namespace Breakerd\Tests\Support;

/** A php-fpm of one worker, so that each script runs where the one before it has run. */
final class Fpm
{
    private readonly string $socket;
    public readonly string $log;
    /** @var resource */
    private mixed $process;

    public function __construct(private readonly TestCase $test)
    {
        exec('command -v ' . escapeshellarg(self::program()), $_, $status);
        if ($status !== 0) {
            $test->markTestSkipped('there is no ' . self::program());
        }
        $this->socket = $test->path('fpm.sock');
        $this->log = $test->path('scripts.log');
        mkdir($test->path('tmp'), 0o700);
        $user = posix_getpwuid(posix_geteuid())['name'];
        $group = posix_getgrgid(posix_getegid())['name'];
        file_put_contents($test->path('fpm.conf'), <<<END
            [global]
            error_log = {$test->path('fpm.log')}
            daemonize = no
            [www]
            user = $user
            group = $group
            listen = $this->socket
            pm = static
            pm.max_children = 1
            catch_workers_output = yes
            php_admin_value[error_log] = $this->log
            php_admin_value[sys_temp_dir] = {$test->path('tmp')}
            php_admin_value[display_errors] = 0
            php_admin_value[log_errors] = 1
            END);
        $command = [self::program(), '-n', '-F', '-R', '-y', $test->path('fpm.conf')];
        $output = ['file', $test->path('fpm.out'), 'a'];
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], $output, $output], $pipes);
        $test->atEnd(function (): void {
            posix_kill(proc_get_status($this->process)['pid'], SIGTERM);
            proc_close($this->process);
        });
        // The socket's file is there before php-fpm listens.
        $listens = TestCase::eventually(fn (): bool => @stream_socket_client("unix://$this->socket") !== false);
        $test->assertTrue($listens, 'php-fpm did not start: ' . file_get_contents($test->path('fpm.out')));
    }

    private static function program(): string
    {
        return (string) getenv('PHP_FPM') ?: 'php-fpm' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
    }

    /** What a script prints, as JSON; null: it is no JSON. */
    public function run(string $script): mixed
    {
        $file = $this->test->path('script-' . bin2hex(random_bytes(4)) . '.php');
        file_put_contents($file, '<?php require ' . var_export(\Breakerd\Tests\AUTOLOAD, true) . ";\n$script\n");
        return json_decode(explode("\r\n\r\n", $this->request($file), 2)[1] ?? '', true);
    }

    /** Asks for a script by FastCGI, and returns what came. */
    private function request(string $script): string
    {
        $parameters = '';
        foreach (['SCRIPT_FILENAME' => $script, 'REQUEST_METHOD' => 'GET'] as $name => $value) {
            $parameters .= pack('CN', strlen($name), strlen($value) | 1 << 31) . $name . $value;
        }
        $connection = stream_socket_client("unix://$this->socket");
        stream_set_timeout($connection, 30);
        [$begin, $parameterType, $input, $output, $end] = [1, 4, 5, 6, 3];
        fwrite($connection, self::record($begin, pack('nCx5', 1, 0)) . self::record($parameterType, $parameters)
            . self::record($parameterType, '') . self::record($input, ''));
        $answer = '';
        while (strlen($header = (string) stream_get_contents($connection, 8)) === 8) {
            ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack('x/Ctype/x2/nlength/Cpadding', $header);
            $content = $length + $padding === 0 ? '' : substr((string) stream_get_contents($connection, $length + $padding), 0, $length);
            $answer .= $type === $output ? $content : '';
            if ($type === $end) {
                break;
            }
        }
        return $answer;
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
    }
}
