"""What stands between clients and the daemon, sees what they say, and spoils what they hear."""

import array
import asyncio
import contextlib
import fcntl
import socket
import termios
import threading
from collections import deque


class Relay:
    """Listens at ``path``, and passes all lines on to the daemon at ``daemon``. A thread of its own does it; the methods are for
    others."""

    def __init__(self, path, daemon):
        self._daemon = daemon
        self._links = set()
        self._rules = deque()
        self._sent = []
        self._greetings = []
        self._first_tags = []
        self._tries = []
        self._released = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_unix_server(self._serve, path))
        #: Whether clients get what they get byte by byte.
        self.is_crumbling = False

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def rule(self, kind, verb, argument):
        """What is to become of the next reply to a verb: another one, none, half of one, one with a wrong tag, or one that
        is held back, and all behind it, until :meth:`release`."""
        self._rules.append((kind, verb, argument))

    def release(self):
        """Lets what is held back go."""
        self._loop.call_soon_threadsafe(self._released.set)

    def say(self, text):
        """Says a line to every client."""
        self._run(self._say(text.encode() + b"\n"))

    def stall(self, stalls):
        """Reads nothing from clients any more, or does again."""
        self._loop.call_soon_threadsafe(self._flows.clear if stalls else self._flows.set)

    def close_links(self):
        """Loses all connections."""
        self._run(self._close_links())

    def sent(self):
        """What clients have sent since the last time, without tags and greetings."""
        return self._run(self._take(self._sent))

    def greetings(self):
        """The greetings among it."""
        return self._run(self._take(self._greetings))

    def first_tags(self):
        """The tags of these greetings."""
        return self._run(self._take(self._first_tags))

    def tries(self):
        """When connections have come since the last time, in seconds."""
        return self._run(self._take(self._tries))

    def close(self):
        """Ends all of it."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self):
        self._server.close()
        await self._close_links()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _say(self, data):
        for link in self._links:
            link.client.write(data)

    async def _close_links(self):
        links = list(self._links)
        for link in links:
            link.lose()
        # Until then their clients may write, and be heard.
        if links:
            await asyncio.wait([asyncio.create_task(link.closed()) for link in links], timeout=10)

    async def _take(self, lines):
        # What a client had written before it answered its driver lies in the socket at least.
        while self._flows.is_set() and any(link.has_unread for link in self._links):
            await asyncio.sleep(0.001)
        # What was read is in the tasks' hands after a turn or two.
        for _ in range(4):
            await asyncio.sleep(0)
        taken = list(lines)
        lines.clear()
        return taken

    async def _serve(self, reader, writer):
        self._tries.append(self._loop.time())
        try:
            from_daemon, to_daemon = await asyncio.open_unix_connection(self._daemon)
        except OSError:
            # As if nobody had listened.
            writer.close()
            return
        link = _Link(writer, to_daemon)
        self._links.add(link)
        tasks = [asyncio.create_task(self._requests(link, reader)), asyncio.create_task(self._replies(link, from_daemon))]
        try:
            await asyncio.gather(*tasks)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for task in tasks:
                task.cancel()
            self._links.discard(link)
            link.close()

    async def _requests(self, link, reader):
        while line := await reader.readline():
            await self._flows.wait()
            words = line.decode().split()
            tag = words.pop(0) if words[0].startswith("@") else ""
            if words[0] == "hello":
                self._first_tags.append(tag)
            (self._greetings if words[0] == "hello" else self._sent).append(" ".join(words))
            if words[-1] != "quiet":
                link.awaited.append(words[0])
            link.daemon.write(line)
        link.daemon.write_eof()

    async def _replies(self, link, reader):
        while line := await reader.readline():
            if line[:1] in b"+-" and (rule := self._take_rule(link.awaited.popleft())):
                kind, _, argument = rule
                if kind == "hold":
                    await self._released.wait()
                    self._released.clear()
                elif kind == "mistag":
                    tag, blank, text = line.partition(b" ")
                    line = tag[:-1] + (b"1" if tag.endswith(b"0") else b"0") + blank + text
                elif kind == "reply":
                    tag = line.split(b" ")[0][1:] if line[1:2] == b"@" else b""
                    text = argument.encode()
                    line = text[:1] + (tag + b" " if tag else b"") + text[1:] + b"\n"
                elif kind == "cut":
                    link.client.write(line[: len(line) // 2])
                    break
                elif kind == "drop":
                    continue
            for piece in (line[i : i + 1] for i in range(len(line))) if self.is_crumbling else [line]:
                link.client.write(piece)
                await link.client.drain()
        raise ConnectionResetError

    def _take_rule(self, verb):
        rule = next((rule for rule in self._rules if rule[1] == verb), None)
        if rule:
            self._rules.remove(rule)
        return rule


class _Link:
    """One connection of a client, and ours to the daemon for it."""

    def __init__(self, client, daemon):
        self.client = client
        self.daemon = daemon
        #: The verbs that the daemon has not answered yet.
        self.awaited = deque()

    @property
    def has_unread(self):
        """Whether the client has sent what was not read yet."""
        count = array.array("i", [0])
        try:
            fcntl.ioctl(self.client.get_extra_info("socket").fileno(), termios.FIONREAD, count)
        except OSError:
            return False
        return count[0] > 0

    def close(self):
        self.client.close()
        self.daemon.close()

    def lose(self):
        """Closes it though there is more to say, to whoever does not listen; also for a process that is just being started, and
        has copies of all files until it is another program."""
        for writer in (self.client, self.daemon):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            writer.transport.abort()

    async def closed(self):
        """Waits until both are closed."""
        await asyncio.gather(self.client.wait_closed(), self.daemon.wait_closed(), return_exceptions=True)
