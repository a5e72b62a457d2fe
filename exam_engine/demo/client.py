"""A caller of the public HTTP API: standard library only, because the demo uses nothing a stranger could not."""

from __future__ import annotations

import http.client
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from kernel.errors import DomainError

JSON = "application/json"


class ApiRefused(DomainError):
    """The API answered with a problem document."""

    code = "api_refused"


class Caller:
    """One person's way to the API; ``token`` is theirs."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=30)
        self.base_url = base_url
        self.token = token

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @classmethod
    def signed_in(cls, base_url: str, email: str, password: str) -> Caller:
        """Open a session and return its caller."""
        caller = cls(base_url)
        caller.token = caller.post("/api/v1/session", {"email": email, "password": password})["token"]
        return caller

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON the API documents
        """Return a JSON document."""
        return json.loads(self.read("GET", path))

    def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401
        """Create or move something and return what the API says about it."""
        return json.loads(self.read("POST", path, body))

    def put(self, path: str, body: object, *, token: str) -> Any:  # noqa: ANN401
        """Save something with a narrower token."""
        return json.loads(self.read("PUT", path, body, token=token))

    def read(self, method: str, path: str, body: object = None, *, token: str | None = None) -> bytes:
        """Send one request and return the reply's bytes.

        Raises:
            ApiRefused: with the problem document's own words.
        """
        headers = {"Accept": JSON, "Content-Type": JSON}
        bearer = token or self.token
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        payload = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, body=payload, headers=headers)
        reply = self._connection.getresponse()
        content = reply.read()
        # The next request opens it anew: on a busy machine a server may have given up one that waited for its turn.
        self._connection.close()
        if reply.status >= http.HTTPStatus.BAD_REQUEST:
            raise ApiRefused(_words(method, path, reply.status, content))
        return content


def _words(method: str, path: str, status: int, content: bytes) -> str:
    try:
        problem = json.loads(content)
        faults = "".join(f"\n  {fault['place']}: {fault['message']}" for fault in problem.get("faults", ()))
        said = f"{problem['detail']}{faults}"
    except (ValueError, KeyError):
        said = content.decode("utf-8", "replace")[:500]
    return f"{method} {path} answered {status}: {said}"
