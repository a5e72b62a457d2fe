"""The sample: a framework and its item bank, ready to be loaded, marked as a sample in every document it leads to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from kernel.permissions import Actor
from kernel.storage import Storage
from question_bank.authoring import Verdict, release_all, review_all, submit_all
from question_bank.competences import Framework
from question_bank.intake import versions_named
from question_bank.interchange.completion import Supplied
from question_bank.interchange.framework_json import import_framework
from question_bank.interchange.importing import import_items
from question_bank.item_kinds import MARKED_BY_PEOPLE
from question_bank.items import ItemVersion
from question_bank.marked_text import Shape, shown
from question_bank.media import StoredFile, add_medium, store_file
from question_bank.media_types import MEDIA_SUFFIXES
from question_bank.sample.answers import right_response

REVIEW_REASON = "Sample bank, reviewed as a whole before it was published with the product."
LANGUAGE = "de"
"""The second language, in which one examination is complete: that of the demo."""
_FOLDER = files(__name__)
_FRAMEWORK = _FOLDER.joinpath("framework.json")


def _say_nothing(_line: str) -> None: ...


def load_sample(
    tx: Session,
    organisation_id: uuid.UUID,
    *,
    storage: Storage,
    author: Actor,
    reviewer: Actor,
    manager: Actor,
    now: datetime,
    progress: Callable[[str], None] = _say_nothing,
) -> Framework:
    """Import the sample framework, its pictures, its bank and translations; a second person reviews, a third releases.

    What is loaded already stays as it is, so loading twice changes nothing.

    Args:
        storage: where the pictures are kept. They are few and small, so the open transaction hardly waits for them.
        progress: called with one line of text after each document.
    """

    def release(versions: Sequence[ItemVersion]) -> int:
        if versions:
            submit_all(tx, versions, actor=author, now=now)
            review_all(tx, versions, verdict=Verdict.APPROVED, reason=REVIEW_REASON, actor=reviewer, now=now)
            release_all(tx, versions, actor=manager, now=now)
        return len(versions)

    def take_in(document: Traversable, name: str) -> list[ItemVersion]:
        made = import_items(
            tx,
            framework,
            BytesIO(document.read_bytes()),
            file=name,
            format_name="bank",
            supplied=Supplied(),
            agreement=None,
            storage=storage,
            actor=author,
            now=now,
        )
        return versions_named(tx, made)

    document = _FRAMEWORK.read_bytes()
    framework = import_framework(tx, organisation_id, document, file=_FRAMEWORK.name, actor=manager, now=now)
    progress(f"{_FRAMEWORK.name}: {framework.title}")
    _add_pictures(tx, storage, actor=author, now=now)
    for bank in _banks():
        live = release(take_in(bank, bank.name))
        progress(f"{bank.name}: {live} items live")
    for words in _translations():
        name = f"{words.name.removesuffix('.json')}.{LANGUAGE}.json"
        live = release(take_in(words, name))
        progress(f"{name}: {live} translations live")
    return framework


def sample_framework() -> dict[str, Any]:
    """Return the sample framework as the document it is imported from (``docs/formats.md``)."""
    document: dict[str, Any] = json.loads(_FRAMEWORK.read_bytes())
    return document


def sample_pictures() -> list[Traversable]:
    """Return the pictures that items of the sample show."""
    return _in_order(_FOLDER.joinpath("media"))


def sample_answers() -> dict[str, dict[str, Any]]:
    """Return by stem, as it is shown, the response that is worth everything, for whoever plays a candidate who has studied.

    What is translated is there in both languages. What people mark has no such response.
    """
    originals = {item["code"]: item for item in _items(_banks()) if item["kind"] not in MARKED_BY_PEOPLE}
    translated = [originals[item["code"]] | item for item in _items(_translations())]
    return {
        shown(item["stem"], Shape.BLOCKS): right_response(item["kind"], item)
        for item in [*originals.values(), *translated]
    }


def _add_pictures(tx: Session, storage: Storage, *, actor: Actor, now: datetime) -> None:
    """Add the pictures to the bank, each with what its item says to whoever cannot see it."""
    shown_by_items = [item["picture"] for item in _items(_banks()) if "picture" in item]
    described = {picture["media"]: picture["description"] for picture in shown_by_items}
    for file in sample_pictures():
        stored = _keep(storage, file.read_bytes())
        words = described[f"media:{stored.sha256}.{MEDIA_SUFFIXES[stored.media_type]}"]
        add_medium(tx, stored, file_name=file.name, description=words, actor=actor, now=now)


def _keep(storage: Storage, picture: bytes) -> StoredFile:
    """Keep a picture byte for byte, which is how items name it, however this installation would code it anew."""
    return replace(store_file(storage, picture), sha256=storage.put(picture), byte_size=len(picture))


def _banks() -> list[Traversable]:
    return _in_order(_FOLDER.joinpath("items"))


def _translations() -> list[Traversable]:
    return _in_order(_FOLDER.joinpath("translations", LANGUAGE))


def _items(documents: Sequence[Traversable]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield from json.loads(document.read_bytes())["items"]


def _in_order(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda entry: entry.name)
