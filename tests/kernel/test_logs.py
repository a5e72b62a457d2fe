"""Logs carry the request's id and no personal data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from kernel.logs import PERSONAL_FIELDS, set_up_logs


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("_restored")
def test_a_line_is_one_json_object_without_persons(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("x").info("thing.done", subject="attempt:1", **dict.fromkeys(PERSONAL_FIELDS, "secret"))
    logging.getLogger("library").warning("from a library")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["event"] == "thing.done"
    assert first["request_id"] == second["request_id"] == "r-1"
    assert "secret" not in json.dumps(first)
    assert second["event"] == "from a library"
