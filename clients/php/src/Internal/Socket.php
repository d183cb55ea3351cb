<?php

declare(strict_types=1);

namespace Breakerd\Internal;

/**
 * A stream socket that never waits unless it is told to. Errors are values here; what PHP would warn of is kept quiet by the
 * {@see Connection}.
 *
 * A persistent one outlives the script, and is found again by the next one in the same process. Two marks tell of its past, both
 * kept by PHP with the socket: its chunk size is ours if a script has used it before, and it is in blocking mode only if that
 * script has left it with nothing under way.
 *
 * @internal
 */
final class Socket
{
    private const CHUNK = 65_536;

    /** @var array<string, true> the paths whose persistent socket is in use in this process */
    private static array $claimed = [];

    /** @param resource $stream */
    private function __construct(
        private mixed $stream,
        private readonly string $path,
        public readonly bool $isPersistent,
        public readonly bool $isReused,
    ) {
        stream_set_blocking($stream, false);
        stream_set_chunk_size($stream, self::CHUNK);
    }

    /**
     * Connects, or finds what an earlier script has left. Not even a full queue of connections is waited for.
     *
     * @param int $number the system's number of the error, if it fails
     * @param string $text the same in words
     */
    public static function connect(string $path, bool $isPersistent, ?int &$number, ?string &$text): ?self
    {
        // A socket of which two in one script made use would mix their lines.
        $isPersistent = $isPersistent && !isset(self::$claimed[$path]);
        $flags = STREAM_CLIENT_CONNECT | ($isPersistent ? STREAM_CLIENT_PERSISTENT : 0);
        $stream = stream_socket_client("unix://$path", $number, $text, 1, $flags);
        $isReused = $stream !== false && $isPersistent && stream_set_chunk_size($stream, self::CHUNK) === self::CHUNK;
        if ($isReused && !stream_get_meta_data($stream)['blocked']) {
            // Its script was ended in the midst of something: a line may be cut, a permit out.
            stream_socket_shutdown($stream, STREAM_SHUT_RDWR);
            fclose($stream);
            $isReused = false;
            $stream = stream_socket_client("unix://$path", $number, $text, 1, $flags);
        }
        if ($stream === false) {
            return null;
        }
        if ($isPersistent) {
            self::$claimed[$path] = true;
        }
        return new self($stream, $path, $isPersistent, $isReused);
    }

    /** Writes what there is room for, and says how many bytes that was; null: the connection is lost. */
    public function write(string $data): ?int
    {
        $count = fwrite($this->stream, $data);
        return $count === false ? null : $count;
    }

    /** What has come; null: the connection is lost. */
    public function read(): ?string
    {
        $data = fread($this->stream, self::CHUNK);
        return $data === false || ($data === '' && feof($this->stream)) ? null : $data;
    }

    /** Waits for something to read, or for room if that is wanted too, for so many nanoseconds. A signal may end it early. */
    public function wait(bool $forRoom, int $span): void
    {
        $reading = [$this->stream];
        $writing = $forRoom ? [$this->stream] : null;
        $other = null;
        $microseconds = intdiv($span, 1_000) + 1;
        if (stream_select($reading, $writing, $other, intdiv($microseconds, 1_000_000), $microseconds % 1_000_000) === false) {
            // A signal; or a descriptor beyond what select takes, which is then looked at from time to time.
            usleep(min($microseconds, 500));
        }
    }

    /** Tells the other side that nothing more will come. */
    public function finish(): void
    {
        stream_socket_shutdown($this->stream, STREAM_SHUT_WR);
    }

    /** Ends the connection, also for programs that were started from here and inherited a descriptor of it. */
    public function close(): void
    {
        stream_socket_shutdown($this->stream, STREAM_SHUT_RDWR);
        $this->abandon();
    }

    /** Closes this process's copy only: it is another process's connection. */
    public function abandon(): void
    {
        fclose($this->stream);
        $this->forget();
    }

    /** Leaves a persistent connection, with nothing under way on it, to the next script. */
    public function leave(): void
    {
        stream_set_blocking($this->stream, true);
        $this->forget();
    }

    private function forget(): void
    {
        $this->stream = null;
        if ($this->isPersistent) {
            unset(self::$claimed[$this->path]);
        }
    }
}
