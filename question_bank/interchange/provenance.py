"""Provenance: where each field of a framework comes from, proposed or sourced.

One rule: what says it is sourced names its source.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kernel.sentences import say
from question_bank.documents import Place

SOURCED = "sourced"
PROVENANCES = (SOURCED, "proposed")


def read_provenance(place: Place, sources: Collection[str], *, of_their_own: str = "") -> dict[str, Any]:
    """Read the provenance of every field of an object: ``{field: {"provenance": ..., "sources": [...]}}``.

    Args:
        of_their_own: a member whose elements say themselves where they come from.
    """
    fields = [name for name in place.named() if name not in ("provenance", "sources", of_their_own)]
    stated, named = place.member("provenance"), place.member("sources")
    stated.shape(*fields)
    if named.is_given:
        named.shape(*fields)
    found = {}
    for name in fields:
        origin = named.member(name) if named.is_given else named
        # A basis names its sources entry by entry.
        needs_source = name != "basis"
        found[name] = read_origin(stated.member(name), origin, sources, needs_source=needs_source)
    return found


def read_origin(
    provenance: Place, named: Place, sources: Collection[str], *, needs_source: bool = True
) -> dict[str, Any]:
    """Read where one thing comes from; what is sourced names its sources, unless something else names them."""
    status = provenance.one_of(PROVENANCES, say("provenance"))
    places = named.elements() if named.is_given else []
    for source in places:
        source.one_of(sources, say("source of this document"))
    if status == SOURCED and needs_source and not places:
        provenance.refuse(say("says it is sourced; name its source under sources"))
    return {"provenance": status, "sources": [source.value for source in places]}
