"""The server dies in the middle of an exam: what it acknowledged is there, and the exam goes on."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import Response
from exam_engine.http.serving import listen_on_loopback
from kernel.clock import read_clock
from kernel.db import Database
from kernel.tokens import KeyRing, Purpose, issue_token
from tests.builders.delivery import Candidate, make_candidate, make_house, make_running_attempt

PROGRAM = Path(sys.executable).with_name("exam-engine")
PEOPLE, SLOTS = 8, 10
ENOUGH = 40
"""Acknowledged saves of every candidate before the server is killed."""
KEY = secrets.token_bytes(32)
RING = KeyRing({"test": KEY})


@dataclass
class Sitter:
    """A candidate's browser: it saves, and remembers what it was told."""

    candidate: Candidate
    attempt: Attempt
    port: int
    acknowledged: dict[tuple[int, int], str] = field(default_factory=dict)
    enough: Event = field(default_factory=Event)

    def token(self, purpose: Purpose) -> str:
        facts = {"attempt": str(self.attempt.id), "organisation": str(self.attempt.organisation_id), "session": "s1"}
        return issue_token(
            RING,
            purpose=purpose,
            audience=f"http://127.0.0.1:{self.port}",
            subject=self.candidate.account.id,
            now=read_clock(),
            lifetime=timedelta(hours=1),
            facts=facts,
        )

    def save_until_the_server_dies(self) -> None:
        connection, headers = self._connection(), self._headers(Purpose.WORK)
        for base in range(900):
            for slot in self.attempt.paper:
                try:
                    status, told = self._save(connection, headers, slot, base)
                except (OSError, http.client.HTTPException):
                    connection.close()
                    return
                assert status == 200, told
                self.acknowledged[slot["slot"], told["revision"]] = told["sha256"]
                if len(self.acknowledged) >= ENOUGH:
                    self.enough.set()

    def go_on(self, standing: dict[int, int]) -> dict[str, Any]:
        """Save every slot once more, on what the database holds, and hand in."""
        connection, headers = self._connection(), self._headers(Purpose.WORK)
        for slot in self.attempt.paper:
            status, told = self._save(connection, headers, slot, standing.get(slot["slot"], 0))
            assert status == 200, told
            self.acknowledged[slot["slot"], told["revision"]] = told["sha256"]
        connection.request(
            "POST", f"/api/v1/attempts/{self.attempt.id}/submission", headers=self._headers(Purpose.SESSION)
        )
        reply = connection.getresponse()
        receipt: dict[str, Any] = json.loads(reply.read())
        assert reply.status == 200, receipt
        connection.close()
        return receipt

    def _save(
        self, connection: http.client.HTTPConnection, headers: dict[str, str], slot: dict[str, Any], base: int
    ) -> tuple[int, dict[str, Any]]:
        wish = {"base_revision": base, "save_id": f"{slot['slot']:04}-{base:04}"}
        options = slot["arrangement"]["options"]
        body = json.dumps(wish | {"response": {"chosen": [options[base % len(options)]]}})
        path = f"/api/v1/attempts/{self.attempt.id}/responses/{slot['slot']}"
        connection.request("PUT", path, body, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def _headers(self, purpose: Purpose) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(purpose)}", "Content-Type": "application/json"}


@contextmanager
def serving(database_url: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `exam-engine serve` as a process of its own until it is killed or the block ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAM_ENGINE_")}
    settings = {
        "EXAM_ENGINE_DATA_DIR": str(folder),
        "EXAM_ENGINE_DATABASE_URL": database_url,
        "EXAM_ENGINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "EXAM_ENGINE_TOKEN_KEYS": "test:" + base64.urlsafe_b64encode(KEY).decode(),
        "EXAM_ENGINE_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([PROGRAM, "serve", "--port", str(port)], env=kept | settings)
    try:
        for _ in range(600):
            if ready(port):
                break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        assert ready(port), "the server did not start"
        yield process
    finally:
        process.terminate()
        process.wait(30)


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def sit_down(database_url: str, port: int) -> list[Sitter]:
    now = read_clock()
    database = Database(database_url)
    with database.transaction() as tx:
        house = make_house(tx, now=now, slots=SLOTS)
        people = [make_candidate(tx, house, now=now) for _ in range(PEOPLE)]
        sitters = [Sitter(person, make_running_attempt(tx, house, person, now=now), port) for person in people]
    database.close()
    return sitters


def kept(database_url: str, attempt_id: uuid.UUID) -> dict[tuple[int, int], Response]:
    database = Database(database_url)
    with database.reading() as tx:
        rows = tx.scalars(select(Response).where(Response.attempt_id == attempt_id)).all()
    database.close()
    return {(row.slot, row.revision): row for row in rows}


def test_nothing_that_was_acknowledged_is_lost(database_url: str, tmp_path: Path) -> None:
    listener = listen_on_loopback(0)
    port = listener.getsockname()[1]
    listener.close()
    sitters = sit_down(database_url, port)

    with serving(database_url, tmp_path / "site", port) as server:
        threads = [Thread(target=sitter.save_until_the_server_dies) for sitter in sitters]
        for thread in threads:
            thread.start()
        assert all(sitter.enough.wait(60) for sitter in sitters)
        server.kill()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()

    standing: dict[uuid.UUID, dict[int, int]] = {}
    for sitter in sitters:
        assert len(sitter.acknowledged) >= ENOUGH
        rows = kept(database_url, sitter.attempt.id)
        for place, sha256 in sitter.acknowledged.items():
            value = json.dumps(rows[place].value, separators=(",", ":")).encode()
            assert rows[place].value_hash == sha256 == hashlib.sha256(value).hexdigest()
        # One save may have been under way when the server died: written, but nobody was told.
        assert len(rows) - len(sitter.acknowledged) in {0, 1}
        standing[sitter.attempt.id] = dict(sorted(rows))

    with serving(database_url, tmp_path / "site", port):
        for sitter in sitters:
            receipt = sitter.go_on(standing[sitter.attempt.id])
            receipted = {row["slot"]: (row["revision"], row["sha256"]) for row in receipt["responses"]}
            newest = dict(sorted(sitter.acknowledged))
            assert receipted == {slot: (number, sitter.acknowledged[slot, number]) for slot, number in newest.items()}
            assert (receipt["ending"], receipt["answered_count"]) == ("submitted", SLOTS)

    database = Database(database_url)
    with database.reading() as tx:
        assert len(tx.scalars(select(Receipt)).all()) == PEOPLE
    database.close()
