"""Serving: uvicorn with this product's settings, in the foreground or in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import uvicorn
from starlette.types import ASGIApp

GRACEFUL_SECONDS = 20
START_SECONDS = 30
LOOPBACK = "127.0.0.1"


def serving_config(
    app: ASGIApp, *, proxies: str = "", host: str | None = None, port: int | None = None
) -> uvicorn.Config:
    """Return uvicorn's configuration: our own logs, no server banner, forwarded headers from named proxies only."""
    return uvicorn.Config(
        app,
        host=host or LOOPBACK,
        port=port or 0,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def listen_on_loopback(port: int, tries: int = 20) -> socket.socket:
    """Bind the first free loopback port from ``port`` on; 0 lets the system choose.

    Raises:
        OSError: none of them is free.
    """
    last: OSError | None = None
    for candidate in [0] if port == 0 else range(port, port + tries):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
        except OSError as error:
            listener.close()
            last = error
        else:
            return listener
    raise last or OSError(port)


@contextmanager
def served(app: ASGIApp, listener: socket.socket) -> Iterator[threading.Thread]:
    """Serve an app on a bound socket in a thread; the block runs once it answers, and leaving it stops the server.

    Raises:
        RuntimeError: the app did not start.
    """
    server = uvicorn.Server(serving_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server", daemon=True)
    thread.start()
    pause = Event()
    for _ in range(START_SECONDS * 50):
        if server.started or not thread.is_alive():
            break
        pause.wait(0.02)
    if not server.started:
        message = "the server did not start; its log says why"
        raise RuntimeError(message)
    try:
        yield thread
    finally:
        server.should_exit = True
        thread.join(GRACEFUL_SECONDS + 5)
