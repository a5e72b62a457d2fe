from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from exam_engine.http.web.rendering import environment
from exam_engine.languages import LANGUAGES

MOMENT = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


def spelt(name: str, value: object, *others: object, language: str = "en") -> str:
    written: Any = environment(language).filters[name](value, *others)
    return str(written)


def test_a_moment_is_written_in_the_time_of_its_place() -> None:
    assert spelt("moment", MOMENT) == "22 November 2026, 22:30 UTC"
    assert spelt("moment", MOMENT, "Europe/Sofia") == "23 November 2026, 00:30 EET"
    assert spelt("day", MOMENT, "Europe/Sofia") == "23 November 2026"
    assert spelt("clock", MOMENT, "Europe/Madrid") == "23:30"
    assert spelt("day", date(2026, 1, 5)) == "5 January 2026"
    assert spelt("instant", MOMENT) == "2026-11-22T22:30:00.000000Z"


@pytest.mark.parametrize(
    ("language", "day", "length"),
    [
        ("bg", "22 ноември 2026\u202fг.", "2 часа и 30 минути"),  # noqa: RUF001 - Bulgarian
        ("ro", "22 noiembrie 2026", "2 ore și 30 de minute"),
        ("es", "22 de noviembre de 2026", "2 horas y 30 minutos"),
        ("el", "22 Νοεμβρίου 2026", "2 ώρες και 30 λεπτά"),
        ("de", "22. November 2026", "2 Stunden und 30 Minuten"),
    ],
)
def test_every_language_has_its_own_way(language: str, day: str, length: str) -> None:
    assert spelt("day", date(2026, 11, 22), language=language) == day
    assert spelt("duration", 9000, language=language) == length


@pytest.mark.parametrize(
    ("seconds", "words"), [(60, "1 minute"), (3600, "1 hour"), (5400, "1 hour and 30 minutes"), (7200, "2 hours")]
)
def test_a_length_of_time_is_written_without_empty_parts(seconds: int, words: str) -> None:
    assert spelt("duration", seconds) == words


def test_a_share_never_looks_like_the_other_side_of_its_line() -> None:
    below, line = Fraction(6666, 10000), Fraction(2, 3)
    assert spelt("percent", below, line) != spelt("percent", line, below)
    assert spelt("percent", Fraction(53, 80)) == "66.25%"
    assert spelt("percent", Fraction(53, 80), language="de") == "66,25%"


@pytest.mark.parametrize(
    ("points", "written"),
    [("0", "0"), ("80", "80"), ("3/2", "1.5"), ("33/4", "8.25"), ("2/3", "2/3"), ("179/3", "59 2/3")],
)
def test_points_are_written_exactly(points: str, written: str) -> None:
    assert spelt("points", points) == written


@given(st.fractions(min_value=0, max_value=100, max_denominator=60))
def test_points_read_back_as_what_they_were(points: Fraction) -> None:
    whole, _, rest = spelt("points", points).rpartition(" ")
    assert Fraction(whole or 0) + Fraction(rest) == points


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_that_nobody_gave_is_an_error(language: str) -> None:
    with pytest.raises(UndefinedError):
        environment(language).from_string("{{ nobody_gave_this }}").render()


def test_whatever_people_wrote_is_text() -> None:
    assert environment("en").from_string("{{ name }}").render(name="<b>&") == "&lt;b&gt;&amp;"


def test_a_choice_that_is_data_is_never_taken_for_a_message() -> None:
    source = (
        """{% import "parts.html" as parts %}{{ parts.select("a", "A", [("1", "100% of %(all)s")], is_data=true) }}"""
    )
    assert ">100% of %(all)s</option>" in environment("de").from_string(source).render()


def test_figures_are_written_as_a_language_writes_them() -> None:
    assert [spelt("signed", Fraction(share)) for share in ("1/8", "-1/3", "0")] == ["+12%", "-33%", "+0%"]
    assert spelt("coefficient", Decimal("-0.3149")) == "-0.31"
    assert spelt("coefficient", Decimal("0.5"), language="de") == "0,50"
    assert spelt("seconds", 75) == "75 secs"
