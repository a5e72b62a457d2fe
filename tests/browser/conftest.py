"""Browser tests drive the real pages of a real server in Debian's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from exam_engine.demo.stage import PASSWORD, Person
from exam_engine.http.app import create_app
from exam_engine.http.serving import listen_on_loopback, served
from exam_engine.installation import open_installation
from kernel.settings import Settings
from tests.stage import Clock, Site

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 760}
# What the network says when a test cuts it is no fault of a page.
_EXPECTED = ("Failed to load resource", "net::ERR_")


class RunningClock(Clock):
    """A clock that runs from the morning of the stage on, and can be turned forward."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=monotonic() - self._begun)


@pytest.fixture
def dialect() -> str:
    """Pages are the same on both databases; the tests of their routes run on both."""
    return "sqlite"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser's tests together: one process starts Chromium, and is itself again when they are over."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is missing: install Debian's package with `apt-get install chromium`"
        if os.environ.get("EXAM_ENGINE_TEST_REQUIRE_SERVERS"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def live(stage: tuple[Path, str], tmp_path: Path) -> Iterator[Site]:
    """The product on a loopback port, its clock running; the worker works when the test says so."""
    folder = tmp_path / "live"
    shutil.copytree(stage[0], folder)
    listener = listen_on_loopback(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{folder / 'exam-engine.db'}", redis_url="", public_url=url
    )
    clock = RunningClock()
    installation = open_installation(settings, clock)
    with served(create_app(installation, works=False), listener), httpx2.Client(base_url=url, timeout=30) as client:
        yield Site(client, clock, installation, (folder / "form").read_text())  # type: ignore[arg-type]
    installation.close()


Open = Callable[..., BrowserContext]
SignIn = Callable[..., Page]


@pytest.fixture
def open_browser(chromium: Browser, live: Site) -> Iterator[Open]:
    """Open a browser of one's own; at the end, none of its pages may have complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(sign in message.text for sign in _EXPECTED):
            complaints.append(f"{message.location.get('url')}: {message.text}")

    def open_one(**options: Any) -> BrowserContext:
        url = str(live.client.base_url)
        context = chromium.new_context(**{"base_url": url, "viewport": DESK, "locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        context.on("console", heard)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(open_browser: Open) -> SignIn:
    """Sign somebody in and return the page they land on."""

    def signed_in(person: Person, path: str = "/", **options: Any) -> Page:
        page = open_browser(**options).new_page()
        page.goto(f"/sign-in?next={path}")
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return signed_in
