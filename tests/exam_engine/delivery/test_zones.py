"""Zones of venues: current names of places, on whatever system."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exam_engine.delivery import zones
from exam_engine.delivery.zones import venue_zones, zone_faults

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def other_system(tmp_path: Path) -> Iterator[Path]:
    """A system whose zones lie in a folder of the test's own."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    _forget()
    yield tmp_path
    zoneinfo.reset_tzpath(before)
    _forget()


def _forget() -> None:
    zones.venue_zones.cache_clear()
    zones._current_names.cache_clear()


@pytest.mark.parametrize(
    "zone",
    [
        *("UTC", "Europe/Sofia", "Europe/Kyiv", "Europe/Amsterdam", "America/Argentina/Ushuaia", "Asia/Kolkata"),
        *("Indian/Maldives", "Antarctica/McMurdo", "Arctic/Longyearbyen"),
    ],
)
def test_places_and_utc_are_zones(zone: str) -> None:
    assert zone_faults(zone, "time_zone") == []


@pytest.mark.parametrize("zone", sorted(venue_zones()))
def test_every_zone_converts(zone: str) -> None:
    assert SUMMER.astimezone(ZoneInfo(zone)) == SUMMER


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("US/Eastern", "America/New_York"),
        ("Eire", "Europe/Dublin"),
    ],
)
def test_an_old_name_is_refused_with_the_current_one(old: str, current: str) -> None:
    (fault,) = zone_faults(old, "time_zone")
    assert (fault.place, fault.message) == ("time_zone", f"{old} is an old name of this time zone; write {current}")


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Factory", "posixrules", "localtime", "right/Europe/Sofia", "posix/Europe/Sofia", "EST5EDT", "CET"),
        *("Etc/GMT+3", "Europe/Nowhere", "europe/sofia", "Europe", "../etc/passwd", "/etc/passwd", "Europe/../UTC"),
        *("UTC\0", "+02:00", "Etc/UTC", "GMT"),
    ],
)
def test_what_is_no_place_is_no_zone(zone: str) -> None:
    assert [fault.place for fault in zone_faults(zone, "time_zone")] == ["time_zone"]


def test_a_system_without_the_table_takes_what_it_knows_of_places(other_system: Path) -> None:
    for name in ("Europe/Kiev", "US/Eastern"):
        (other_system / name).parent.mkdir()
        (other_system / name).write_bytes(b"TZif")
    assert venue_zones() == {"UTC", "Europe/Kiev"}
    assert "is no IANA time zone" in zone_faults("Asia/Calcutta", "time_zone")[0].message
