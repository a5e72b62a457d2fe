"""The sample: a framework and its item bank, ready to be loaded, marked as a sample in every document it leads to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy.orm import Session

from kernel.permissions import Actor
from question_bank.authoring import Verdict, release_all, review_all, submit_all
from question_bank.competences import Framework
from question_bank.interchange.bank_json import import_bank
from question_bank.interchange.framework_json import import_framework

REVIEW_REASON = "Sample bank, reviewed as a whole before it was published with the product."
_FOLDER = files(__name__)
_FRAMEWORK = _FOLDER.joinpath("framework.json")


def _say_nothing(_line: str) -> None: ...


def load_sample(
    tx: Session,
    organisation_id: uuid.UUID,
    *,
    author: Actor,
    reviewer: Actor,
    manager: Actor,
    now: datetime,
    progress: Callable[[str], None] = _say_nothing,
) -> Framework:
    """Import the sample framework and its bank, review every item by a second person and release them.

    What is loaded already stays as it is, so loading twice changes nothing.

    Args:
        progress: called with one line of text after each document.
    """
    document = _FRAMEWORK.read_bytes()
    framework = import_framework(tx, organisation_id, document, file=_FRAMEWORK.name, actor=manager, now=now)
    progress(f"{_FRAMEWORK.name}: {framework.title}")
    for bank in _banks():
        drafts = import_bank(tx, framework, bank.read_bytes(), file=bank.name, actor=author, now=now)
        if drafts:
            submit_all(tx, drafts, actor=author, now=now)
            review_all(tx, drafts, verdict=Verdict.APPROVED, reason=REVIEW_REASON, actor=reviewer, now=now)
            release_all(tx, drafts, actor=manager, now=now)
        progress(f"{bank.name}: {len(drafts)} items live")
    return framework


def sample_framework() -> dict[str, Any]:
    """Return the sample framework as the document it is imported from (``docs/formats.md``)."""
    document: dict[str, Any] = json.loads(_FRAMEWORK.read_bytes())
    return document


def sample_keys() -> dict[str, frozenset[str]]:
    """Return the texts of the right options by stem, for whoever plays a candidate who has studied."""
    items = [item for bank in _banks() for item in json.loads(bank.read_bytes())["items"]]
    return {
        item["stem"]: frozenset(option["text"] for option in item["options"] if option["id"] in item["key"])
        for item in items
    }


def _banks() -> list[Traversable]:
    return sorted(_FOLDER.joinpath("items").iterdir(), key=lambda entry: entry.name)
