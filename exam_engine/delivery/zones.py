"""Zones: how the time zone of a venue may be called.

One rule: by the current IANA name of a place, as ``zone.tab`` lists it, or UTC. Old names (``Europe/Kiev``) convert the
same moments today, but systems drop them one by one, and then nobody could read when the sitting was.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path

from kernel.errors import Fault
from kernel.sentences import say

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_faults(name: str, place: str) -> list[Fault]:
    """Return what is wrong with the name of a zone, given at a place of the input."""
    if name in venue_zones():
        return []
    if current := _current_names().get(name):
        return [
            Fault(
                place, say("%(name)s is an old name of this time zone; write %(current)s", name=name, current=current)
            )
        ]
    return [Fault(place, say("%(name)r is no IANA time zone of a place; write for example Europe/Sofia", name=name))]


@cache
def venue_zones() -> frozenset[str]:
    """Return the names a venue's zone may have, as far as this system can convert them.

    Where the system has no table of places, old names cannot be told from current ones and are taken as well.
    """
    known = zoneinfo.available_timezones()
    current = {line.split("\t")[2] for line in _lines("zone.tab") if not line.startswith("#")}
    places = known & current if current else {name for name in known if name.partition("/")[0] in _REGIONS}
    return frozenset({"UTC", *places})


@cache
def _current_names() -> Mapping[str, str]:
    """Old names and what they are called now."""
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {old: current for _, current, old in links if current in venue_zones()}


def _lines(table: str) -> Iterator[str]:
    """Yield the lines of a table that comes with the zones themselves; nothing where there is none."""
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder, table)).is_file():
            yield from path.read_text(encoding="utf-8").splitlines()
            return
    with suppress(ModuleNotFoundError, FileNotFoundError):  # a system without zones of its own has this package
        yield from resources.files("tzdata.zoneinfo").joinpath(table).read_text(encoding="utf-8").splitlines()
