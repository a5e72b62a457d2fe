"""Settings come from the environment, with an embedded default that needs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from kernel.settings import Settings


def test_the_default_is_an_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATA_DIR", "REDIS_URL"):
        monkeypatch.delenv(f"EXAM_ENGINE_{name}", raising=False)
    assert Settings().database == "sqlite:///var/exam-engine.db"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_ENGINE_DATABASE_URL", "postgresql://db/exams")
    monkeypatch.setenv("EXAM_ENGINE_PUBLIC_URL", "https://exams.example.org/")
    settings = Settings()
    assert settings.database == "postgresql://db/exams"
    assert settings.public_url == "https://exams.example.org"


def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_ENGINE_SESSION_MINUTES", "0")
    with pytest.raises(ValidationError, match="session_minutes"):
        Settings()


def test_an_address_too_long_to_print_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_ENGINE_PUBLIC_URL", f"https://{'m' * 93}")
    with pytest.raises(ValidationError, match="public_url"):
        Settings()


def test_every_setting_is_documented() -> None:
    example = (Path(__file__).resolve().parents[2] / ".env.example").read_text()
    assert [name for name in Settings.model_fields if f"EXAM_ENGINE_{name.upper()}=" not in example] == []
