"""Opening the installation for one command, with its logs set up and everything closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError

from exam_engine.installation import Installation, NotReady, open_installation, refuse_outdated_tables
from kernel.errors import Fault
from kernel.logs import set_up_logs
from kernel.settings import Settings


@contextmanager
def opened(*, migrated: bool = True) -> Iterator[Installation]:
    """Yield the installation of the environment.

    Args:
        migrated: the command needs tables that match the code; only few do not.

    Raises:
        NotReady: a setting is wrong, or the tables are not those of this code.
    """
    settings = _settings_of_the_environment()
    set_up_logs(settings.log_level, settings.log_format)
    installation = _opened_installation(settings)
    try:
        if migrated:
            refuse_outdated_tables(installation)
        yield installation
    finally:
        installation.close()


def _opened_installation(settings: Settings) -> Installation:
    try:
        return open_installation(settings)
    except ArgumentError:
        message = "EXAM_ENGINE_DATABASE_URL: this names no database; write e.g. postgresql://user@host/exams"
        raise NotReady(message) from None
    except ValueError as refused:
        raise NotReady(str(refused)) from None


def _settings_of_the_environment() -> Settings:
    try:
        return Settings()
    except ValidationError as refused:
        message = "the settings do not hold (.env.example lists them)"
        # The value is not repeated: it may be a secret.
        faults = [Fault("EXAM_ENGINE_" + "_".join(map(str, e["loc"])).upper(), e["msg"]) for e in refused.errors()]
        raise NotReady(message, faults=faults) from None
