"""A TCP proxy on 127.0.0.1 that lets so many bytes pass and then drops, delays, trickles, truncates or resets."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit


class Toward(StrEnum):
    """Which way bytes go."""

    SERVER = "to the server"
    CLIENT = "from the server"


class Kind(StrEnum):
    """What happens to a connection."""

    DROP = "dropped"  # nothing passes any more, in either direction, and nobody is told
    DELAY = "delayed"  # once
    TRICKLE = "trickled"  # byte by byte from then on
    TRUNCATE = "truncated"  # closed as if all had been said
    RESET = "reset"


@dataclass(frozen=True)
class Fault:
    """It strikes when the byte after the first `after` ones of a direction is to pass, counted over all connections.

    `seconds`: of the delay, or between two bytes that trickle.
    """

    kind: Kind
    toward: Toward = Toward.CLIENT
    after: int = 0
    seconds: float = 0


@dataclass
class _Pair:
    """A client and the server on its behalf."""

    sockets: dict[Toward, socket.socket]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    dropped: bool = False


class Proxy:
    """In front of a port of 127.0.0.1; a context manager. `arm` says what goes wrong from then on.

    `chunks`: what passed since it was armed, in order: which way, and how many bytes. `struck`: the fault has happened.
    """

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._pairs: list[_Pair] = []
        self._fault: Fault | None = None
        self._passed = dict.fromkeys(Toward, 0)
        self.chunks: list[tuple[Toward, int]] = []
        self.struck = False

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._accept(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

        self.arm(None)
        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._listener.close()
        self._loop.close()

    def arm(self, fault: Fault | None) -> None:
        """Ends all connections and begins anew; None lets everything pass."""

        async def anew() -> None:
            for pair in self._pairs:
                await self._end(pair)
            self._pairs.clear()
            self._fault, self.struck = fault, False
            self._passed = dict.fromkeys(Toward, 0)
            self.chunks = []

        asyncio.run_coroutine_threadsafe(anew(), self._loop).result(10)

    def open(self) -> int:
        """How many connections have not ended."""
        return sum(pair.sockets[Toward.CLIENT].fileno() >= 0 for pair in self._pairs)

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            server = socket.socket()
            for one in (client, server):
                one.setblocking(False)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(server, ("127.0.0.1", self._upstream))
            pair = _Pair({Toward.CLIENT: client, Toward.SERVER: server})
            self._pairs.append(pair)
            pair.tasks = [self._loop.create_task(self._pump(pair, toward)) for toward in Toward]

    async def _pump(self, pair: _Pair, toward: Toward) -> None:
        (source,) = (one for way, one in pair.sockets.items() if way is not toward)
        with suppress(OSError):
            while data := await self._loop.sock_recv(source, 65536):
                await self._pass(pair, toward, data)
        if not pair.dropped:
            await self._end(pair)

    async def _pass(self, pair: _Pair, toward: Toward, data: bytes) -> None:
        if pair.dropped:
            return
        fault = self._fault
        room = len(data)
        if fault is not None and fault.toward is toward:
            room = max(0, min(room, fault.after - self._passed[toward]))
        self._passed[toward] += len(data)
        self.chunks.append((toward, len(data)))
        sink = pair.sockets[toward]
        if room:
            await self._loop.sock_sendall(sink, data[:room])
        if room < len(data) and fault is not None:
            await self._strike(fault, pair, sink, data[room:])

    async def _strike(self, fault: Fault, pair: _Pair, sink: socket.socket, rest: bytes) -> None:
        first, self.struck = not self.struck, True
        match fault.kind:
            case Kind.DROP:
                pair.dropped = True
            case Kind.DELAY:
                await asyncio.sleep(fault.seconds if first else 0)
                await self._loop.sock_sendall(sink, rest)
            case Kind.TRICKLE:
                for number in range(len(rest)):
                    await asyncio.sleep(fault.seconds)
                    await self._loop.sock_sendall(sink, rest[number : number + 1])
            case Kind.TRUNCATE:
                await self._end(pair)
            case Kind.RESET:
                for one in pair.sockets.values():
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                await self._end(pair)

    async def _end(self, pair: _Pair) -> None:
        """Closes both ends; a pump that waits on a closed socket would never hear of it."""
        ours = asyncio.current_task()
        for task in pair.tasks:
            if task is not ours:
                task.cancel()
        await asyncio.sleep(0)  # the cancelled pumps take their sockets back from the loop
        for one in pair.sockets.values():
            one.close()


@contextmanager
def silent(greeting: bytes = b"") -> Iterator[int]:
    """A port that accepts connections, says `greeting` and nothing more; its number."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.sendall(greeting)
                    kept.append(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in kept:
            connection.close()


Point = tuple[Toward, int]


def points(chunks: list[tuple[Toward, int]]) -> list[Point]:
    """Where to strike: before, within, and at the last byte of everything that one side says before the other one speaks."""
    said: list[tuple[Toward, int]] = []
    for toward, size in chunks:
        before = said.pop()[1] if said and said[-1][0] is toward else 0
        said.append((toward, before + size))
    found: list[Point] = []
    passed = dict.fromkeys(Toward, 0)
    for toward, size in said:
        found += [(toward, passed[toward] + offset) for offset in (0, size // 2, size - 1)]
        passed[toward] += size
    return list(dict.fromkeys(found))


def via(url: str, port: int) -> str:
    """The URL, through a proxy."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()
