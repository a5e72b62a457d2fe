"""What tests of the certificates floor may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from certificates.signing import KeyStore


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")
