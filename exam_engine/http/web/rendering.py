"""Rendering: from a template and facts to a page in the visitor's language.

One rule: templates are strict. A fact that a page names and nobody gave is an error, never an empty place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, lists, numbers, units
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from certificates.codes import grouped
from exam_engine.assembly.rules import percent_text
from exam_engine.http.web.assets import asset_url
from exam_engine.http.web.frame import Frame, frame_of
from exam_engine.http.web.language import locale_of, messages, spoken
from exam_engine.languages import LANGUAGES, SOURCE
from kernel.canonical import iso
from kernel.errors import DomainError
from kernel.sentences import Sentence
from question_bank.marked_text import Shape, plain

TEMPLATES = Path(__file__).parent / "templates"
DECIMALS_MAX = 2
EXCERPT_CHARACTERS = 120
KILOBYTE, MEGABYTE = 1000, 1_000_000


def page(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    **facts: Any,  # noqa: ANN401 - whatever the template names
) -> HTMLResponse:
    """Answer a request with a page in its visitor's frame."""
    return page_in(frame_of(request), template, status=status, **facts)


def page_in(
    frame: Frame,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **facts: Any,  # noqa: ANN401
) -> HTMLResponse:
    """Answer with a page in a frame that is known already."""
    content = environment(frame.language).get_template(template).render(frame=frame, languages=LANGUAGES, **facts)
    return HTMLResponse(
        content, status_code=int(status), headers={"Content-Language": frame.language, **(headers or {})}
    )


def redirect(path: str) -> Response:
    """Lead to another page of ours; after a form, so that going back never sends it twice."""
    return RedirectResponse(path, status_code=int(HTTPStatus.SEE_OTHER))


@cache
def environment(language: str) -> Environment:
    """Return the templates of one language."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    jinja.install_gettext_translations(messages(language), newstyle=True)  # type: ignore[attr-defined]
    jinja.globals["asset"] = asset_url
    jinja.filters["spoken"] = partial(_spoken, language)
    jinja.filters["fault_at"] = partial(_fault_at, language)
    jinja.filters["excerpt"] = _excerpt
    jinja.filters.update(_Spelling(language).filters())
    return jinja


def _spoken(language: str, text: str) -> Markup:
    """Return what a room says in the page's language; what it says in English alone is marked as English."""
    if isinstance(text, Sentence) or language == SOURCE or not text:
        return escape(spoken(text, language))
    return Markup('<span lang="en">{}</span>').format(text)


def _fault_at(language: str, refusal: DomainError | None, place: str) -> Markup:
    """Return what is wrong with one field of a refused form."""
    faults = refusal.faults if refusal else ()
    return Markup("; ").join(_spoken(language, fault.message) for fault in faults if fault.place == place)


def _excerpt(text: str) -> str:
    """Return the first words of a marked text, without its marks."""
    words = " ".join(plain(text, Shape.BLOCKS).split())
    return words if len(words) <= EXCERPT_CHARACTERS else f"{words[: EXCERPT_CHARACTERS - 1].rpartition(' ')[0]} …"


class _Spelling:
    """How one language writes moments, numbers and shares."""

    def __init__(self, language: str) -> None:
        self._locale = locale_of(language)

    def filters(self) -> dict[str, Any]:
        """Return the filters by the names templates call them."""
        return {
            "day": self.day,
            "moment": self.moment,
            "clock": self.clock,
            "instant": iso,
            "duration": self.duration,
            "whole": self.whole,
            "percent": self.percent,
            "points": self.points,
            "signed": self.signed,
            "coefficient": self.coefficient,
            "seconds": self.seconds,
            "grouped": grouped,
            "bytes": self.bytes,
        }

    def day(self, day: date, zone: str = "UTC") -> str:
        """Write a day, of a moment the day it is in its zone: ``22 November 2026``."""
        local = day.astimezone(ZoneInfo(zone)) if isinstance(day, datetime) else day
        return dates.format_date(local, "long", locale=self._locale)

    def moment(self, moment: datetime, zone: str = "UTC") -> str:
        """Write a moment with its zone: ``22 November 2026, 11:00 EET``."""
        zoned = moment.astimezone(ZoneInfo(zone))
        name = dates.get_timezone_name(zoned, width="short", locale=self._locale)
        return f"{self.day(zoned, zone)}, {self.clock(moment, zone)} {name}"

    def clock(self, moment: datetime, zone: str = "UTC") -> str:
        """Write the time of day: ``11:00``."""
        return dates.format_time(moment, "HH:mm", tzinfo=ZoneInfo(zone), locale=self._locale)

    def duration(self, seconds: int) -> str:
        """Write a length of time in hours and minutes: ``2 hours and 30 minutes``; what is shorter, in seconds."""
        hours, minutes = divmod(round(seconds / 60), 60)
        parts = [
            units.format_unit(count, unit, locale=self._locale)
            for count, unit in ((hours, "hour"), (minutes, "minute"))
            if count
        ]
        return lists.format_list(
            parts or [units.format_unit(seconds, "second", locale=self._locale)], locale=self._locale
        )

    def whole(self, count: int) -> str:
        """Write a whole number: ``1,250``."""
        return numbers.format_decimal(count, locale=self._locale)

    def bytes(self, count: int) -> str:
        """Write the size of a file: ``340 kB``, ``1.2 MB``."""
        if count >= MEGABYTE:
            return units.format_unit(round(count / MEGABYTE, 1), "megabyte", length="short", locale=self._locale)
        return units.format_unit(max(1, round(count / KILOBYTE)), "kilobyte", length="short", locale=self._locale)

    def percent(self, share: Fraction, *beside: Fraction) -> str:
        """Write a share of one in percent, honestly beside the lines it is compared with."""
        symbol = numbers.get_decimal_symbol(self._locale)
        return percent_text(share, *beside).replace(".", symbol)

    def signed(self, difference: Fraction) -> str:
        """Write the difference of two shares in whole percent, always with its sign: ``+12%``."""
        return numbers.format_percent(float(difference), format="+#,##0%;-#,##0%", locale=self._locale)

    def coefficient(self, value: Decimal) -> str:
        """Write a correlation with two decimals: ``-0.31``."""
        return numbers.format_decimal(value, format="0.00", locale=self._locale)

    def seconds(self, seconds: int) -> str:
        """Write a short time in seconds: ``75 secs``."""
        return units.format_unit(seconds, "second", length="short", locale=self._locale)

    def points(self, points: Fraction | str) -> str:
        """Write points exactly: ``1.5`` where a short decimal is exact, ``1 2/3`` where it is not."""
        exact = Fraction(points)
        scaled = exact * 10**DECIMALS_MAX
        if scaled.denominator == 1:
            return numbers.format_decimal(scaled.numerator / 10**DECIMALS_MAX, locale=self._locale)
        whole, rest = divmod(exact, 1)
        return f"{whole} {rest}" if whole else str(rest)
