"""Media: the pictures, recordings and documents of a bank, each kept once under the hash of its bytes.

One rule: a medium never changes, so an item that names one by its hash shows the same for ever.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import record
from kernel.db import Base, Owned, add_rows, portions, table_facts
from kernel.errors import Fault, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.documents import DEPTH_MAX
from question_bank.items import Item, ItemVersion
from question_bank.marked_text.dialect import MEDIA
from question_bank.media_types import MEDIA_SUFFIXES
from question_bank.uploads import Upload, read_upload

FILE_NAME_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 1000


class InvalidLabel(Invalid):
    """What is said about a file cannot be kept as it is."""

    code = "invalid_label"


class Action(StrEnum):
    """What is written to the audit log about media."""

    ADDED = "medium.add"


class Medium(Owned, Base):
    """One file of the bank; its bytes are in the storage, under ``sha256``."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sha256"),
        CheckConstraint("byte_size > 0", name="has_bytes"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="has_both_sides"),
        table_facts(pii={"uploaded_by": "link"}, append_only=True),
    )

    sha256: Mapped[str]
    media_type: Mapped[str]
    byte_size: Mapped[int]
    width: Mapped[int | None]
    """Of a picture, in pixels; so is ``height``."""
    height: Mapped[int | None]
    milliseconds: Mapped[int | None]
    """How long a recording lasts."""
    file_name: Mapped[str]
    """As its first sender called it, for people to find it again; it decides nothing."""
    description: Mapped[str]
    """What whoever cannot see or hear it should know, proposed wherever it is used; may be empty."""
    uploaded_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    uploaded_at: Mapped[datetime]


class ItemMedium(Base):
    """An item version names a medium."""

    __tablename__ = "item_media"
    __table_args__ = (
        table_facts(pii={}, unowned="it is part of an item, which carries the organisation", append_only=True),
    )

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    medium_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id"), primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is in the storage and may become a medium; see :class:`Medium` for its members."""

    sha256: str
    media_type: str
    byte_size: int
    width: int | None = None
    height: int | None = None
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One place of an item's content that names a medium.

    Attributes:
        pointer: relative to the content, ``/picture/media``.
        suffix: what the address says it is.
        size: width and height that the content claims for it, where it is drawn upon.
    """

    pointer: str
    sha256: str
    suffix: str
    size: tuple[object, object] | None = None


def store_file(storage: Storage, content: bytes) -> StoredFile:
    """Read a file from outside, and keep what is harmless of it. No transaction should be open: it may take seconds.

    Raises:
        UploadRefused: it cannot be taken.
        StorageAway: it cannot be kept now.
    """
    upload = read_upload(content)
    return facts_of(upload, storage.put(upload.content))


def facts_of(upload: Upload, sha256: str) -> StoredFile:
    """Return what is known of a file that was read, under the hash of its bytes."""
    return StoredFile(
        sha256=sha256,
        media_type=upload.media_type,
        byte_size=len(upload.content),
        width=upload.width,
        height=upload.height,
        milliseconds=upload.milliseconds,
    )


def add_medium(
    tx: Session, stored: StoredFile, *, file_name: str, description: str, actor: Actor, now: datetime
) -> Medium:
    """Add a stored file to the bank. What is there already is found, and keeps the name and description it has.

    Raises:
        InvalidLabel: the name or the description is too long or cannot be printed.
    """
    uploader = actor.person
    label = {
        "file_name": _read_label("file_name", file_name, FILE_NAME_CHARACTERS_MAX),
        "description": _read_label("description", description, DESCRIPTION_CHARACTERS_MAX),
    }
    facts = {name: getattr(stored, name) for name in StoredFile.__dataclass_fields__}
    there = media_named(tx, actor.organisation_id, [stored.sha256])
    if not there:
        medium = Medium(organisation_id=actor.organisation_id, **facts, **label, uploaded_by=uploader, uploaded_at=now)
        try:
            with tx.begin_nested():
                tx.add(medium)
        except IntegrityError:  # the same file came from somebody else in this very moment
            there = media_named(tx, actor.organisation_id, [stored.sha256])
        else:
            record(tx, actor, Action.ADDED, f"medium:{medium.id}", now, **medium_facts(medium))
            return medium
    return there[stored.sha256]


def medium_facts(medium: Medium) -> dict[str, Any]:
    """Return what the audit log says of a medium."""
    return {"sha256": medium.sha256, "media_type": medium.media_type, "byte_size": medium.byte_size}


def medium_for(tx: Session, actor: Actor, sha256: str) -> Medium:
    """Return a medium of the actor's organisation by its hash, for whoever works in the bank; NotFound to strangers."""
    medium = media_named(tx, actor.organisation_id, [sha256]).get(sha256)
    if medium is None:
        raise no_such_medium()
    return medium


def media_page(tx: Session, actor: Actor, *, after: uuid.UUID | None, limit: int, family: str = "") -> list[Medium]:
    """Return media of the actor's organisation, the newest first; of one family (``image``) where it is named."""
    found = select(Medium).where(Medium.organisation_id == actor.organisation_id)
    if family:
        found = found.where(Medium.media_type.startswith(f"{family}/"))
    if after is not None:
        last = tx.scalar(found.where(Medium.id == after))
        if last is None:
            raise no_such_medium()
        found = found.where(tuple_(Medium.uploaded_at, Medium.id) < (last.uploaded_at, last.id))
    return list(tx.scalars(found.order_by(Medium.uploaded_at.desc(), Medium.id.desc()).limit(limit)))


def media_named(tx: Session, organisation_id: uuid.UUID, hashes: Collection[str]) -> dict[str, Medium]:
    """Return the media of an organisation that have one of these hashes, by hash."""
    found: dict[str, Medium] = {}
    for some in portions(sorted(set(hashes))):
        media = tx.scalars(select(Medium).where(Medium.organisation_id == organisation_id, Medium.sha256.in_(some)))
        found |= {medium.sha256: medium for medium in media}
    return found


def address_of(medium: Medium) -> str:
    """Return how texts and pictures of items name a medium."""
    return f"media:{medium.sha256}.{MEDIA_SUFFIXES[medium.media_type]}"


def users_of(tx: Session, media: Collection[Medium]) -> dict[uuid.UUID, list[str]]:
    """Return the codes of the items of which some version names a medium, by the identifier of the medium."""
    named = (
        select(ItemMedium.medium_id, Item.code)
        .join(ItemVersion, ItemVersion.id == ItemMedium.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemMedium.medium_id.in_([medium.id for medium in media]))
        .distinct()
        .order_by(Item.code)
    )
    users: dict[uuid.UUID, list[str]] = {}
    for medium_id, code in tx.execute(named):
        users.setdefault(medium_id, []).append(code)
    return users


def references_in(content: object, pointer: str = "", depth: int = 0) -> Iterator[Reference]:
    """Yield every place of a JSON-like value at which a medium is named, whatever else is wrong with it."""
    if depth > DEPTH_MAX:
        return
    match content:
        case str() if "media:" in content:
            yield from (Reference(pointer, found["sha256"], found["suffix"]) for found in MEDIA.finditer(content))
        case {"media": str() as media, "width": width, "height": height} if named := MEDIA.fullmatch(media):
            yield Reference(f"{pointer}/media", named["sha256"], named["suffix"], (width, height))
        case dict():
            for name, member in content.items():
                yield from references_in(member, f"{pointer}/{name}", depth + 1)
        case list():
            for index, element in enumerate(content):
                yield from references_in(element, f"{pointer}/{index}", depth + 1)


def fault_of(reference: Reference, media: Mapping[str, Medium | StoredFile]) -> str | None:
    """Return what is wrong with naming a medium like this, None where nothing is."""
    medium = media.get(reference.sha256)
    if medium is None:
        return f"there is no medium {reference.sha256[:12]}...; upload it first"
    if reference.suffix != MEDIA_SUFFIXES[medium.media_type]:
        return f"this medium is {medium.media_type}; its address ends with .{MEDIA_SUFFIXES[medium.media_type]}"
    if reference.size is None or reference.size == (medium.width, medium.height):
        return None
    if medium.width is None:
        return f"is drawn upon, but {medium.media_type} is no picture"
    return f"this picture is {medium.width} pixels wide and {medium.height} high; write that down as its size"


def media_faults(tx: Session, organisation_id: uuid.UUID, content: object) -> list[Fault]:
    """Return what is wrong with the media that a content names, by their places in it."""
    named = list(references_in(content))
    media = media_named(tx, organisation_id, {reference.sha256 for reference in named})
    found = ((reference.pointer, fault_of(reference, media)) for reference in named)
    return [Fault(place, message) for place, message in found if message is not None]


def link_media(tx: Session, organisation_id: uuid.UUID, contents: Mapping[uuid.UUID, object]) -> None:
    """Keep which media item versions name, given their contents by the identifiers of the versions."""
    named = {id_: {found.sha256 for found in references_in(content)} for id_, content in contents.items()}
    media = media_named(tx, organisation_id, set().union(*named.values()))
    rows = [
        {"version_id": version_id, "medium_id": media[sha256].id}
        for version_id, hashes in named.items()
        for sha256 in sorted(hashes)
    ]
    add_rows(tx, ItemMedium, rows)


def no_such_medium() -> NotFound:
    """Return the refusal of a medium that is not there, or not for the asker."""
    return NotFound(say("there is no such medium"))


def _read_label(name: str, text: str, characters_max: int) -> str:
    said = text.strip()
    if len(said) > characters_max or not said.replace("\n", " ").isprintable():
        message = say(
            "%(name)s: at most %(most)s printable characters are kept",
            name=name,
            most=characters_max,
        )
        raise InvalidLabel(message)
    return said
