"""The demo: the main job on an embedded database, told step by step, and then a site to click through."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exam_engine.demo.stage import set_the_stage
from exam_engine.demo.story import Ending, Story
from exam_engine.http.app import create_app
from exam_engine.http.serving import listen_on_loopback, served
from exam_engine.installation import open_installation
from exam_engine.migrate import migrate
from kernel.errors import Conflict
from kernel.settings import Settings

MARK = ".demo"
"""Only a folder that carries this file is ever emptied."""


class NotADemoFolder(Conflict):
    """The folder holds something that no demo wrote."""

    code = "not_a_demo_folder"


@contextmanager
def played_demo(folder: Path, port: int, tell: Callable[[str, str], None]) -> Iterator[tuple[str, Ending]]:
    """Play the story in a fresh folder and yield the site's URL and the ending while the site is served.

    Raises:
        NotADemoFolder: the folder is not empty and was not made by a demo.
    """
    begun = time.monotonic()
    _empty(folder)
    listener = listen_on_loopback(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'exam-engine.db'}",
        redis_url="",
        public_url=url,
        web_processes=1,
        worker_seconds=0.2,
    )
    installation = open_installation(settings)
    migrate(installation.database.engine)
    tell("Database created", str(folder / "exam-engine.db"))
    set_the_stage(installation, installation.clock(), lambda done: tell("Item bank", done))
    with served(create_app(installation), listener):
        yield url, Story(url, folder, tell).play(installation.clock(), begun)
    installation.close()


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            message = f"{folder} is not empty and was not made by a demo; choose another with --folder"
            raise NotADemoFolder(message)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
