"""Opening the installation for one command, with its logs set up and everything closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exam_engine.installation import Installation, open_installation
from kernel.logs import set_up_logs
from kernel.settings import Settings


@contextmanager
def opened() -> Iterator[Installation]:
    """Yield the installation of the environment."""
    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    installation = open_installation(settings)
    try:
        yield installation
    finally:
        installation.close()
