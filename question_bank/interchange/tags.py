"""Tags: what an item says besides its question, as ``name=value`` where a format has words for nothing else.

One rule: our own export writes all that its format cannot say, so that reading it again gives the same item.
"""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import Final

from kernel.sentences import say
from question_bank.interchange.entries import Entry, Item, kept_tags
from question_bank.interchange.naming import plainly_named, properly_named

OURS: Final = "exam-engine"
"""The tag of our own exports: what such an item does not say in its tags, it does not say."""
_ABOUT: Final = ("competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "source")
_OF_KIND: Final = MappingProxyType(
    {
        "multiple_choice": ("scoring",),
        "matrix": ("credit",),
        "matching": ("credit", "use"),
        "ordering": ("counted",),
        "gap_select": ("credit",),
        "gap_text": ("credit", "case", "accents"),
        "short_text": ("case", "accents"),
        "numeric": ("answer", "within", "units"),
        "essay": ("words", "rubric", "guidance", "model_answer"),
    }
)
_AS_JSON: Final = frozenset({"within", "units", "words", "rubric", "guidance", "model_answer"})
"""Structured, or of several lines, which no tag has."""
_KNOWN: Final = frozenset(
    {OURS, "kind", "names", "enemies", "id", *_ABOUT, *(name for names in _OF_KIND.values() for name in names)}
)
_NUMBER = re.compile(r"[0-9]{1,4}")


def tagged(item: Item) -> tuple[Item, dict[str, str]]:
    """Return an item under plain ids, and the tags from which it comes back whole."""
    plain, names = plainly_named(item)
    tags = {OURS: "1", "kind": item["kind"]}
    tags |= {name: str(item[name]) for name in _ABOUT if name in item}
    if item.get("enemies"):
        tags["enemies"] = ",".join(item["enemies"])
    for name in _OF_KIND.get(item["kind"], ()):
        if name in item:
            tags[name] = json.dumps(item[name], separators=(",", ":")) if name in _AS_JSON else item[name]
    return plain, tags | ({"names": names} if names else {})


def with_tags(entry: Entry, item: Item) -> Item:
    """Return what a document says natively, completed and overruled by its tags."""
    tags = entry.tags
    kept_tags(entry, dict.fromkeys(_KNOWN))
    item = item | {name: tags[name] for name in _ABOUT if name in tags}
    for name in ("level", "expected_seconds"):
        if name in tags:
            if not _NUMBER.fullmatch(tags[name]):
                entry.refuse(
                    say("has the tag %(name)s=%(written)r, which is no number", name=name, written=tags[name][:40])
                )
            item[name] = int(tags[name])
    if "enemies" in tags:
        item["enemies"] = tags["enemies"].split(",")
    return _as_ours(entry, item) if OURS in tags else item


def _as_ours(entry: Entry, item: Item) -> Item:
    tags = entry.tags
    kind: str = tags.get("kind") or item["kind"]
    try:
        item = _of_kind(item, kind)
        for name in _OF_KIND.get(kind, ()):
            item.pop(name, None)
            if name in tags:
                item[name] = json.loads(tags[name]) if name in _AS_JSON else tags[name]
        return properly_named(item, tags["names"]) if "names" in tags else item
    except (ValueError, KeyError, TypeError, RecursionError):
        entry.refuse(say("its tags do not fit what it asks; take the tag exam-engine away to import it as it stands"))


def _of_kind(item: Item, kind: str) -> Item:
    """Return an item as one of another kind that formats write alike."""
    if item["kind"] == kind:
        return item
    if (item["kind"], kind) == ("matching", "matrix"):
        other = {name: value for name, value in item.items() if name not in {"premises", "counterparts", "use"}}
        return other | {"kind": kind, "rows": item["premises"], "columns": item["counterparts"]}
    if {item["kind"], kind} == {"single_choice", "multiple_choice"}:
        return item | {"kind": kind}
    message = f"a {item['kind']} is no {kind}"
    raise ValueError(message)
