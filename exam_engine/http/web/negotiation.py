"""Negotiation: what a caller would rather have, and where a page may send somebody next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from fastapi import Request

from exam_engine.http.web.language import choose_language, spoken

HTML, JSON = "text/html", "application/json"


def wants_html(request: Request) -> bool:
    """Whether a caller takes a page at least as gladly as JSON; whoever takes anything gets a page."""
    accepted = request.headers.get("accept") or "*/*"
    return _preference(accepted, HTML) >= _preference(accepted, JSON)


def speaker_for(request: Request) -> Callable[[str], str]:
    """Return what says a sentence in the language that a request asks for; English where it asks for none."""
    language = choose_language(None, None, request.headers.get("accept-language", ""))
    return partial(spoken, language=language)


def safe_path(text: str, default: str = "/") -> str:
    """Return a path on this site, or the default for anything that could lead a browser elsewhere."""
    # Browsers read a backslash as a slash and drop control characters, so "/\host" and "/\t/host" leave the site.
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text


def _preference(accepted: str, media_type: str) -> tuple[float, int]:
    """Weight and exactness of the most exact range that covers a media type (RFC 9110, 12.5.1)."""
    family = media_type.partition("/")[0]
    ranges = {"*/*": 0, f"{family}/*": 1, media_type: 2}
    exactness, weight = -1, 0.0
    for part in accepted.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if ranges.get(name, -1) > exactness:
            exactness, weight = ranges[name], _weight(parameters)
    return weight, exactness


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
