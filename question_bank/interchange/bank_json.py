"""Our own documents as JSON: items of a bank, or what items say in another language; each gives an entry.

The shapes are described in ``docs/formats.md``. One rule: sample items never enter a framework that is no sample.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from kernel.sentences import say, together
from question_bank.competences import FrameworkStatus
from question_bank.documents import Place, is_code, opened, quoted, read_object
from question_bank.interchange.entries import Entry, Item, Source, Target, taking

ITEMS: Final = "exam-engine-item-bank"
TRANSLATIONS: Final = "exam-engine-item-translations"
FORMAT_VERSION: Final = 1
ITEMS_MAX: Final = 100_000
"""Of one document: more of them would not fit into its bytes, if they said anything."""


def read_json(
    source: Source, document: bytes, file: str, forms: tuple[str, ...] = (ITEMS, TRANSLATIONS)
) -> Iterator[Entry]:
    """Yield the items, or translations of items, of one document.

    Args:
        file: as it is told; the source's own, or one within it.
        forms: that it may have.

    Raises:
        DocumentRefused: no JSON, another shape, or a header with faults; an item with faults refuses itself alone.
        TooLarge: more than 20 MiB.
    """
    written = read_object(document, file=file)
    items = Place(written, "", {}).member("items").value
    written.pop("items", None)  # each is looked at by itself
    root = opened(written, f"{file}#")
    form = root.member("format").one_of(forms, say("format known here"))
    root.settle()  # of another shape, nothing else is worth telling
    version = root.member("format_version")
    if version.whole(range(100)) != FORMAT_VERSION:
        version.refuse(
            say(
                "%(value)s is not known here; it must be %(expected)s",
                value=quoted(version.value),
                expected=FORMAT_VERSION,
            )
        )
    root.shape("format", "format_version", "bank")
    language = _read_header(root.member("bank"), source)
    places = Place(items, f"{root.pointer}/items", root.faults).elements(at_least=1, at_most=ITEMS_MAX)
    root.settle()
    where = file.removeprefix(source.file)
    found = (
        Entry(source, f"{where}#/items/{number}", _subject(place.value, number), language=language)
        for number, place in enumerate(places)
    )
    for entry, place in zip(found, places, strict=True):
        yield _read(entry, place.value, translates=form == TRANSLATIONS)


def written_json(form: str, items: Sequence[Item], target: Target, language: str) -> bytes:
    """Return a document of items, or of translations into a language; see :data:`ITEMS` and :data:`TRANSLATIONS`."""
    framework = target.framework
    header = {
        "code": f"{framework.code}-items"[:64] if framework else "items",
        "framework": framework.code if framework else "items",
        "language": language,
        "status": framework.status if framework else FrameworkStatus.SAMPLE,
        "notice": framework.notice if framework else "Items of no framework.",
    }
    document = {"format": form, "format_version": FORMAT_VERSION, "bank": header, "items": items}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _read_header(bank: Place, source: Source) -> str:
    """Check what the document says about itself and return its language."""
    bank.shape("code", "framework", "language", "status", "notice")
    bank.member("code").code()
    bank.member("notice").text()
    named, status = bank.member("framework"), bank.member("status")
    is_sample = status.one_of(tuple(FrameworkStatus), say("status")) == FrameworkStatus.SAMPLE
    framework = source.framework
    if named.text() and framework is not None and named.value != framework.code:
        named.refuse(
            say(
                "%(value)s is not the framework imported into, %(code)s",
                value=quoted(named.value),
                code=quoted(framework.code),
            )
        )
    if is_sample and framework is not None and framework.status != FrameworkStatus.SAMPLE:
        status.refuse(
            say(
                "sample items cannot enter framework %(code)s, which is %(status)s",
                code=quoted(framework.code),
                status=framework.status,
            )
        )
    return bank.member("language").language()


def _subject(item: Any, number: int) -> str:  # noqa: ANN401 - whatever stands in the document
    code = item.get("code") if isinstance(item, dict) else None
    return code if isinstance(code, str) and is_code(code) else f"item {number + 1}"


def _read(entry: Entry, item: Any, *, translates: bool) -> Entry:  # noqa: ANN401
    """Take an item as it is written; what its kind thinks of it is judged later, with those of all formats."""
    entry.translates = translates
    with taking(entry):
        place = opened(item, "")
        members = place.named()
        if not members and not place.faults:
            place.refuse(say("says nothing"))
        if "code" in members or translates:
            place.member("code").code()
        if place.faults:
            entry.refuse(
                together((together(filter(None, (below, why)), " ") for below, why in place.faults.items()), "; ")
            )
        entry.item = item
    return entry
