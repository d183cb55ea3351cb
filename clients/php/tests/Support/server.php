<?php

declare(strict_types=1);

/**
 * A server that does as it is told, in a process of its own: `server.php SOCKET`. Commands and answers are lines of JSON on standard input
 * and output.
 */

[, $path] = $argv;
$listening = stream_socket_server("unix://$path");
$answer = '+TAG allow closed 77';
$hello = '';
$lines = [];
$connections = 0;
/** @var array<int, array{resource, string}> $open */
$open = [];
fwrite(STDOUT, "ready\n");

$serve = static function (int $id, string $line) use (&$answer, &$hello, &$lines, &$open): void {
    $lines[] = $line;
    if (str_ends_with($line, ' quiet')) {
        return;
    }
    [$tag, $request] = [...explode(' ', $line, 2), ''];
    $reply = str_starts_with($request, 'hello ') ? $hello : $answer;
    if ($reply === '') {
        fclose($open[$id][0]);
        unset($open[$id]);
    } elseif ($reply === 'FLOOD') {
        // Until the other side has enough.
        stream_set_blocking($open[$id][0], true);
        while (@fwrite($open[$id][0], str_repeat("~FULL no room\n", 5_000)) !== false) {
        }
    } elseif ($reply !== null) {
        @fwrite($open[$id][0], str_replace('TAG', $tag, $reply) . (str_contains($reply, "\n") ? '' : "\n"));
    }
};
$obey = static function (array $command) use (&$answer, &$hello, &$lines, &$open, &$connections, &$listening, $path): mixed {
    switch ($command[0]) {
        case 'answer':
            $answer = $command[1];
            return null;
        case 'hello':
            $hello = $command[1];
            return null;
        case 'take':
            [$taken, $lines] = [$lines, []];
            return $taken;
        case 'lines':
            return $lines;
        case 'connections':
            return $connections;
        case 'send':
            return fwrite(end($open)[0], $command[1]);
        case 'drop':
            foreach ($open as [$connection]) {
                stream_socket_shutdown($connection, STREAM_SHUT_RDWR);
                fclose($connection);
            }
            $open = [];
            return null;
        case 'stop':
            fclose($listening);
            $listening = null;
            return null;
        case 'start':
            @unlink($path);
            $listening = stream_socket_server("unix://$path");
            return null;
    }
    return 'what?';
};
while (true) {
    $reading = array_filter([STDIN, $listening, ...array_column($open, 0)]);
    $writing = $other = null;
    if (stream_select($reading, $writing, $other, 60) === false) {
        continue;
    }
    if ($listening !== null && in_array($listening, $reading, true)) {
        $new = stream_socket_accept($listening, 0);
        stream_set_blocking($new, false);
        $open[(int) $new] = [$new, ''];
        ++$connections;
    }
    foreach ($open as $id => [$connection]) {
        if (!in_array($connection, $reading, true)) {
            continue;
        }
        $data = (string) @fread($connection, 65_536);
        if ($data === '' && feof($connection)) {
            fclose($connection);
            unset($open[$id]);
            continue;
        }
        $parts = explode("\n", $open[$id][1] . $data);
        $open[$id][1] = array_pop($parts);
        foreach ($parts as $line) {
            if (isset($open[$id])) {
                $serve($id, $line);
            }
        }
    }
    if (in_array(STDIN, $reading, true)) {
        $line = fgets(STDIN);
        if ($line === false && feof(STDIN)) {
            exit;
        }
        if ($line !== false) {
            fwrite(STDOUT, json_encode($obey(json_decode($line, true))) . "\n");
        }
    }
}
