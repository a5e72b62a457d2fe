"""Exporting: items of the bank as a document of some format, with a report on what the format cannot say.

One rule: the newest version of each item is written as it stands; what was exported and is imported again is nothing new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.permissions import Actor
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.competences import Framework
from question_bank.interchange.choosing import Choice, Chosen, enemies_of, refuse_more
from question_bank.interchange.entries import Item as Draft
from question_bank.interchange.entries import MediumOf, Target, no_medium
from question_bank.interchange.formats import format_named
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.previewing import refuse_strangers
from question_bank.item_kinds.stimulus import MEMBER
from question_bank.items import Item, ItemState, ItemVersion, Standing
from question_bank.marked_text.dialect import MEDIA
from question_bank.media import address_of, media_named
from question_bank.translations import OUT_OF_USE

_ROWS_AT_ONCE = 500
_Lose = Callable[[LossKind, str, str], None]
"""Notes what becomes of an item by its code, and why."""


@dataclass(frozen=True)
class Exported:
    """A document that is written as it is taken: piece by piece, once, or joined.

    Attributes:
        pieces: its bytes; they read the bank, so they are taken within the transaction.
        losses: what the format could not say, as far as the document is written.
    """

    pieces: Iterator[bytes]
    media_type: str
    file: str
    losses: LossReport

    @cached_property
    def document(self) -> bytes:
        """The pieces that nobody has taken yet, joined."""
        return b"".join(self.pieces)

    @property
    def report(self) -> LossReport:
        """What the format could not say of the whole document, which is written first."""
        _ = self.document
        return self.losses


def export_items(
    tx: Session,
    framework: Framework,
    *,
    format_name: str,
    chosen: Chosen,
    storage: Storage,
    actor: Actor,
    items_max: int | None = None,
) -> Exported:
    """Write the chosen items of a framework version in a format; what was chosen and is not written is told.

    Args:
        storage: holds the media that the items show.
        items_max: how many may be chosen by somebody who waits.

    Raises:
        UnknownFormat: items are not exchanged in this format.
        NotFound: the framework is another organisation's.
        Invalid: more items than may be chosen.
    """
    form = format_named(format_name)
    refuse_strangers(framework, actor)
    choice = Choice(framework, chosen, originals=form.has_translations)
    refuse_more(tx, choice, items_max)
    report, file = LossReport(), f"{framework.code}.{form.suffix}"

    def lose(kind: LossKind, code: str, message: str) -> None:
        report.lose(kind, file, "", code, message)

    tell_unwritten(tx, choice, lose)
    enemies = _enemies(tx, choice, lose, has_sets=form.has_sets)
    here = choice.newest()
    is_other = ItemVersion.language != choice.language
    others = here.where(is_other).order_by(None).order_by(ItemVersion.language, Item.code)
    target = Target(
        file=file,
        language=choice.language,
        report=report,
        medium=_media_in(storage),
        framework=framework,
        others=_drafts(tx, choice, others, enemies, lose) if form.has_translations else (),
        translations=_translations(tx, choice, lose) if form.has_translations else (),
        labels=lambda addresses: _labels(tx, framework, addresses),
    )
    items = (item for _, item in _drafts(tx, choice, here.where(~is_other), enemies, lose))
    pieces = form.write(items if form.has_sets else _standing_alone(items, target), target)
    return Exported(pieces, form.media_type, file, report)


def template(format_name: str) -> Exported:
    """Return an empty document of a format, to be filled in: of a table, its head.

    Raises:
        UnknownFormat: items are not exchanged in this format.
    """
    form = format_named(format_name)
    target = Target(f"items.{form.suffix}", "", LossReport())
    return Exported(form.write([], target), form.media_type, target.file, target.report)


def tell_unwritten(tx: Session, choice: Choice, lose: _Lose) -> None:
    """Tell of the items of the framework that were meant and that this document cannot have."""
    for code, framework, version in tx.execute(choice.elsewhere(), execution_options={"yield_per": _ROWS_AT_ONCE}):
        where = "the framework" if framework == choice.framework.code else f"the framework {framework!r}"
        lose(
            LossKind.REFUSED,
            code,
            say("stands on version %(version)s of %(where)s; it is exported with that", version=version, where=where),
        )
    if choice.originals or choice.chosen.language:
        return
    for code, language in tx.execute(choice.unsaid(), execution_options={"yield_per": _ROWS_AT_ONCE}):
        told = say(
            "is written in %(language)r and says nothing in %(wished)r; it is not written",
            language=language,
            wished=choice.language,
        )
        lose(LossKind.REFUSED, code, told)


def _drafts(
    tx: Session,
    choice: Choice,
    found: Select[ItemVersion, str, str],
    enemies: Mapping[str, list[str]],
    lose: _Lose,
) -> Iterator[tuple[str, Draft]]:
    """Yield items in the shape of the bank file with their languages, and tell of states that no document keeps."""
    rows = found.add_columns(Standing.state, choice.live_before())
    for version, code, competence, state, live in tx.execute(rows, execution_options={"yield_per": _ROWS_AT_ONCE}):
        if state in OUT_OF_USE:
            lose(LossKind.CHANGED, code, say("is %(state)s here; elsewhere it begins as a draft", state=say(state)))
        if live is not None:
            lose(LossKind.CHANGED, code, say("version %(live)s is live here and is not written", live=live))
        yield version.language, _draft(version, code, competence, enemies.get(code, []))


def _translations(tx: Session, choice: Choice, lose: _Lose) -> Iterator[tuple[str, Draft]]:
    """Yield what the chosen items say in other languages, by language; what is not written of it is told."""
    columns = (ItemVersion.id, ItemVersion.item_id, ItemVersion.language)
    newest = choice.newest().with_only_columns(*columns).order_by(None).subquery()
    is_current = (ItemVersion.original_id == newest.c.id).label("is_current")
    found = (
        select(Item.code, ItemVersion.language, ItemVersion.content, ItemVersion.number, Standing.state, is_current)
        .join(newest, newest.c.item_id == ItemVersion.item_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .where(ItemVersion.original_id.is_not(None), ItemVersion.language != newest.c.language)
        .order_by(ItemVersion.language, Item.code, ItemVersion.number.desc())
    )
    rows = tx.execute(found, execution_options={"yield_per": _ROWS_AT_ONCE})
    for (language, code), some in groupby(rows, key=lambda row: (row.language, row.code)):
        there = list(some)
        usable = [row for row in there if row.state not in OUT_OF_USE]
        said = next((row for row in usable if row.is_current), None)
        if said is not None:
            yield language, {"code": code, **said.content}
        elif usable:
            told = say(
                "what it says in %(language)r translates an earlier version; it is not written", language=language
            )
            lose(LossKind.CHANGED, code, told)
        else:
            lose(
                LossKind.CHANGED,
                code,
                say(
                    "what it says in %(language)r is %(state)s here; it is not written",
                    language=language,
                    state=say(there[0].state),
                ),
            )
        for row in usable:
            if said is not None and row is not said and row.state == ItemState.LIVE:
                lose(
                    LossKind.CHANGED,
                    code,
                    say(
                        "version %(number)s, in %(language)r, is live here and is not written",
                        number=row.number,
                        language=language,
                    ),
                )


def _labels(tx: Session, framework: Framework, addresses: Iterable[str]) -> dict[str, dict[str, str]]:
    named = [found["sha256"] for address in addresses if (found := MEDIA.fullmatch(address))]
    media = media_named(tx, framework.organisation_id, named).values()
    return {address_of(medium): {"file_name": medium.file_name, "description": medium.description} for medium in media}


def _media_in(storage: Storage) -> MediumOf:
    def medium(address: str) -> bytes:
        named = MEDIA.fullmatch(address)
        return storage.get(named["sha256"]) if named else no_medium(address)

    return medium


def _standing_alone(items: Iterable[Draft], target: Target) -> Iterator[Draft]:
    """Yield items of no set; the others say nothing without their stimulus, which these formats cannot keep."""
    for item in items:
        if MEMBER in item:
            message = say(
                "belongs to the set %(code)s, whose stimulus cannot be kept with it; it is not written",
                code=item[MEMBER]["code"],
            )
            target.lose(LossKind.REFUSED, item["code"], message)
        else:
            yield item


def _enemies(tx: Session, choice: Choice, lose: _Lose, *, has_sets: bool) -> Mapping[str, list[str]]:
    """Return the enemies of each item that stand in the same document, and tell of the others."""
    enemies: defaultdict[str, list[str]] = defaultdict(list)
    for code, enemy, is_chosen in enemies_of(tx, choice, has_sets=has_sets):
        if is_chosen:
            enemies[code].append(enemy)
        else:
            lose(
                LossKind.CHANGED,
                code,
                say("its enemy %(enemy)s is not in this document, which does not name it", enemy=enemy),
            )
    return enemies


def _draft(version: ItemVersion, code: str, competence: str, enemies: list[str]) -> Draft:
    return {
        "code": code,
        "kind": version.kind,
        "competence": competence,
        "level": version.level,
        "cognitive": version.cognitive,
        "expected_difficulty": str(version.expected_difficulty),
        "expected_seconds": version.expected_seconds,
        "enemies": sorted(enemies),
        **version.content,
    }
