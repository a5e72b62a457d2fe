"""A load generator that is not the bottleneck: raw sockets, requests built beforehand, one epoll loop.

Each connection sends its next request when its last one was answered (a closed loop, as candidates do).
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

READ_BYTES = 16384


class UnexpectedReply(Exception):
    """A request was not acknowledged; a rate of refusals measures nothing."""


class Stream:
    """The requests of one connection, in an order that must hold; built ahead of a round, not during it."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._ahead: deque[bytes] = deque()

    def build(self, count: int) -> None:
        while len(self._ahead) < count:
            self._ahead.append(next(self._requests))

    def take(self) -> bytes:
        return self._ahead.popleft() if self._ahead else next(self._requests)


@dataclass
class Round:
    """What one round saw."""

    replies: int
    seconds: float
    latencies: list[float] = field(repr=False)
    own_cpu_share: float
    """Part of the round that the generator itself computed; near 1 it measures itself."""

    @property
    def rate(self) -> float:
        return self.replies / self.seconds

    def latency(self, share: float) -> float:
        """The latency in seconds below which this share of the replies stayed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run_round(host: str, port: int, streams: Sequence[Stream], seconds: float, *, ahead: int) -> Round:
    """Send each stream over a connection of its own until the time is over; what is in flight is still awaited.

    Args:
        ahead: requests to build for each connection before the clock runs.
    """
    connections: dict[int, tuple[socket.socket, Stream]] = {}
    for stream in streams:
        stream.build(ahead)
        opened = socket.create_connection((host, port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[opened.fileno()] = (opened, stream)
    latencies, elapsed, cpu = _drive(connections, seconds)
    for opened, _ in connections.values():
        opened.close()
    return Round(len(latencies), elapsed, latencies, cpu / elapsed)


def _drive(connections: dict[int, tuple[socket.socket, Stream]], seconds: float) -> tuple[list[float], float, float]:
    clock = time.perf_counter
    latencies: list[float] = []
    begun, cpu_begun = clock(), time.process_time()
    end = begun + seconds
    sent = dict.fromkeys(connections, begun)
    partial: dict[int, bytes] = {}
    with select.epoll() as poll:
        for number, (opened, stream) in connections.items():
            poll.register(number, select.EPOLLIN)
            opened.send(stream.take())
        in_flight = len(connections)
        while in_flight:
            for number, _ in poll.poll():
                opened, stream = connections[number]
                reply = opened.recv(READ_BYTES)
                if number in partial:
                    reply = partial.pop(number) + reply
                if not reply.startswith(b"HTTP/1.1 200"):
                    raise UnexpectedReply(reply.decode(errors="replace") or "the server closed the connection")
                # All servers answer with one flat JSON object, so the reply is whole when that closes.
                if not reply.endswith(b"}"):
                    partial[number] = reply
                    continue
                now = clock()
                latencies.append(now - sent[number])
                if now < end:
                    sent[number] = now
                    opened.send(stream.take())
                else:
                    in_flight -= 1
    return latencies, clock() - begun, time.process_time() - cpu_begun
