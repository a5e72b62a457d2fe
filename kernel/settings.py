"""Settings: one frozen object, read from the environment once, by the doors.

Every name is prefixed ``EXAM_ENGINE_``; ``.env.example`` lists them all with their meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What may differ between two installations of the same code."""

    model_config = SettingsConfigDict(env_prefix="EXAM_ENGINE_", frozen=True, extra="ignore")

    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    storage_url: str = ""
    public_url: str = Field(default="http://127.0.0.1:8000", max_length=100)
    token_keys: SecretStr = SecretStr("")
    """``kid:base64url,kid:base64url``; the first one signs, all verify. Empty: a key file in ``data_dir``."""
    session_minutes: int = Field(default=480, ge=5, le=24 * 60)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    trusted_proxies: str = ""
    """Comma-separated addresses whose ``X-Forwarded-*`` headers are believed; empty means none."""
    worker_seconds: float = Field(default=1.0, gt=0, le=60)
    account_writes_per_second: int = Field(default=30, ge=1, le=10_000)
    """Of one account over some seconds; more is refused. Saving responses and signing in have limits of their own."""
    web_processes: int = Field(default=1, ge=1, le=64)

    @field_validator("public_url")
    @classmethod
    def _public_url_has_no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The database URL with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'exam-engine.db'}"

    @property
    def storage(self) -> str:
        """The storage URL with the embedded default filled in: a folder below ``data_dir``."""
        return self.storage_url or (self.data_dir / "storage").absolute().as_uri()
