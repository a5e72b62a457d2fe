"""The demo's caller, against a server of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from exam_engine.demo.client import ApiRefused, Caller


class Impatient(BaseHTTPRequestHandler):
    """It gives a connection up after each reply, without having said so, as a server does with one that idles."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"detail": "no such thing"}' if self.path == "/none" else b'{"said": "yes"}'
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_told: object) -> None:
        """Say nothing on the screen of the tests."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Impatient) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_connection_that_was_given_up_is_not_used_again(url: str) -> None:
    with Caller(url) as caller:
        assert [caller.get("/a"), caller.post("/b", {"x": 1}), caller.get("/c")] == [{"said": "yes"}] * 3


def test_a_refusal_is_told_in_its_own_words(url: str) -> None:
    with Caller(url) as caller, pytest.raises(ApiRefused, match="GET /none answered 404: no such thing"):
        caller.get("/none")
