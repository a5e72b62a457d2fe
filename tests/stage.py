"""The stage of every journey: a body with its people, the sample bank, a published scheme and a form; a clock to turn.

The stage is set once per database kind and copied for each test, so every journey starts from the same morning.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from exam_engine.assembly.sample import sample_blueprint, sample_scheme
from exam_engine.demo.stage import MANAGER, PASSWORD, Person, set_the_stage
from exam_engine.http.app import create_app
from exam_engine.installation import Installation, open_installation
from exam_engine.worker import Worker
from kernel.settings import Settings
from question_bank.sample import sample_answers, sample_framework

if TYPE_CHECKING:
    from tests.conftest import PostgresqlTemplate

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
URL = "https://exam.example.org"
JOB_ROLE = "SCPD"
NONE: dict[str, str] = {}


class Clock:
    """The server's time, as the journey tells it."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **ahead: float) -> datetime:
        self.now += timedelta(**ahead)
        return self.now


# Worked out once: it reads and renders the whole bank.
_answers = cache(sample_answers)


class _People(dict[Person, "Caller"]):
    """Callers by person; each signs in when first asked for, because passwords are slow to check by design."""

    def __init__(self, sign_in: Callable[[Person], Caller]) -> None:
        super().__init__()
        self._sign_in = sign_in

    def __missing__(self, person: Person) -> Caller:
        self[person] = self._sign_in(person)
        return self[person]


@dataclass
class Site:
    """The running product, its clock, and one API caller per person."""

    client: TestClient
    clock: Clock
    installation: Installation
    form_id: str

    def __post_init__(self) -> None:
        self.people = _People(self.sign_in)
        self.answers = _answers()
        self.worker = Worker(self.installation)

    def sign_in(self, person: Person) -> Caller:
        return Caller(self.client, self._sign_in(person))

    def work(self) -> int:
        """Let the worker do what is due now."""
        return self.worker.work_once()

    def _sign_in(self, person: Person) -> str:
        reply = self.client.post("/api/v1/session", json={"email": person.email, "password": PASSWORD})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["token"])


@dataclass
class Caller:
    """One person's way to the API."""

    client: TestClient
    token: str | None = None

    def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None, headers: dict[str, str] = NONE
    ) -> Any:
        """Send a request and return the reply, whatever it says."""
        bearer = token or self.token
        known = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.client.request(method, f"/api/v1{path}", json=body, headers={**known, **headers})

    def get(self, path: str) -> Any:
        return _told(self.ask("GET", path))

    def all(self, path: str) -> list[Any]:
        """Read a list to its end, page by page."""
        page = self.get(path)
        rows = list(page["items"])
        while page["next_after"] is not None:
            page = self.get(f"{path}?after={page['next_after']}")
            rows += page["items"]
        return rows

    def post(self, path: str, body: object = None) -> Any:
        return _told(self.ask("POST", path, body))

    def upload(self, content: bytes, **labels: str) -> Any:
        """Add a file to the bank."""
        return _told(self.send("/media", content, **labels))

    def send(self, path: str, content: Any, **labels: str) -> Any:
        """Send a file as the body."""
        known = {"Authorization": f"Bearer {self.token}"}
        return self.client.post(f"/api/v1{path}", content=content, params=labels, headers=known)

    def refused(self, method: str, path: str, body: object = None, *, token: str | None = None) -> dict[str, Any]:
        """Send a request that must be refused, and return the problem document."""
        reply = self.ask(method, path, body, token=token)
        assert reply.status_code >= 400, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = reply.json()
        assert problem["status"] == reply.status_code
        return problem

    def respond(
        self, attempt_id: str, slot: int, base: int, response: dict[str, Any], *, token: str, save_id: str = ""
    ) -> Any:
        """Answer a slot in the shape of its kind."""
        body = {"base_revision": base, "save_id": save_id or f"save-{slot}-{base}-x", "response": response}
        return self.ask("PUT", f"/attempts/{attempt_id}/responses/{slot}", body, token=token)


def _told(reply: Any) -> Any:
    assert reply.status_code < 300, reply.text
    return reply.json()


@pytest.fixture(scope="session")
def staged_folders() -> dict[str, Path]:
    """Where the stage of each database kind stands, once somebody asked for it."""
    return {}


@pytest.fixture
def stage(
    dialect: str,
    staged_folders: dict[str, Path],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str]:
    """The folder and database URL of the set stage; do not change them, copy them."""
    if dialect not in staged_folders:
        folder = tmp_path_factory.mktemp(f"stage-{dialect}")
        (folder / "url").write_text(_fresh_url(dialect, folder, request))
        installation = open_installation(_settings(folder, (folder / "url").read_text()), Clock())
        set_the_stage(installation, MORNING, lambda _done: None)
        with TestClient(create_app(installation, works=False), base_url=URL) as client:
            token = client.post("/api/v1/session", json={"email": MANAGER.email, "password": PASSWORD}).json()["token"]
            (folder / "form").write_text(_make_form(Caller(client, token)))
        installation.close()
        staged_folders[dialect] = folder
    return staged_folders[dialect], (staged_folders[dialect] / "url").read_text()


@pytest.fixture
def installation(
    dialect: str, stage: tuple[Path, str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    """A copy of the stage with a clock of its own."""
    folder, url = stage
    copy = tmp_path / "site"
    shutil.copytree(folder, copy)
    dropped = None
    if dialect == "sqlite":
        fresh = f"sqlite:///{copy / 'exam-engine.db'}"
    else:
        template: PostgresqlTemplate = request.getfixturevalue("postgresql_template")
        dropped = template.copy_of(str(make_url(url).database))
        fresh = template.url(dropped)
    opened = open_installation(_settings(copy, fresh), Clock())
    yield opened
    opened.close()
    if dropped:
        template.drop(dropped)


@pytest.fixture
def site(installation: Installation, stage: tuple[Path, str]) -> Iterator[Site]:
    """The product, running on a copy of the stage; the worker works when the journey says so."""
    clock = installation.clock
    assert isinstance(clock, Clock)
    with TestClient(create_app(installation, works=False), base_url=URL) as client:
        yield Site(client, clock, installation, (stage[0] / "form").read_text())


def _settings(folder: Path, url: str) -> Settings:
    return Settings(data_dir=folder, database_url=url, redis_url="", public_url=URL, session_minutes=24 * 60)


def _fresh_url(dialect: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if dialect == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "exam-engine.db")
        return f"sqlite:///{folder / 'exam-engine.db'}"
    template: PostgresqlTemplate = request.getfixturevalue("postgresql_template")
    return template.url(template.copy())


def _make_form(manager: Caller) -> str:
    scheme = manager.post("/schemes", sample_scheme(sample_framework(), JOB_ROLE))
    manager.post(f"/scheme-versions/{scheme['id']}/publication")
    plan = sample_blueprint(sample_framework(), JOB_ROLE)
    blueprint = manager.post(f"/scheme-versions/{scheme['id']}/blueprints", plan)
    return str(manager.post(f"/blueprints/{blueprint['id']}/forms", {"seed": "journeys"})["id"])
