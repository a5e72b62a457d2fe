from __future__ import annotations

import pytest

from exam_engine.demo.stage import CANDIDATE
from exam_engine.http.web.language import choose_language, locale_of, messages
from exam_engine.languages import LANGUAGES
from tests.exam_engine.http.web.visitor import Visitor
from tests.stage import Site


@pytest.mark.parametrize(
    ("chosen", "account", "accepted", "language"),
    [
        (None, None, "", "en"),
        (None, None, "fr, nl;q=0.8", "en"),
        (None, None, "de-AT,de;q=0.9,en;q=0.8", "de"),
        (None, None, "en;q=0.1, bg;q=0.9", "bg"),
        (None, None, "el;q=0, ro;q=0.2", "ro"),
        (None, None, "es;q=broken, ro;q=0.2", "ro"),
        (None, "es", "de", "es"),
        ("el", "es", "de", "el"),
        ("xx", "es", "de", "es"),
        (None, "tlh", "ro-RO", "ro"),
    ],
)
def test_whose_wish_counts(chosen: str | None, account: str | None, accepted: str, language: str) -> None:
    assert choose_language(chosen, account, accepted) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_messages_and_its_conventions(language: str) -> None:
    assert locale_of(language).language == language
    translated = messages(language).gettext("My exams")
    assert (translated == "My exams") == (language == "en")


def test_a_page_says_which_language_it_is_in(site: Site) -> None:
    page = Visitor.at(site, **{"Accept-Language": "bg-BG,bg;q=0.9"}).get("/sign-in")
    assert page.one("html").attributes["lang"] == "bg"
    assert page.reply.headers["content-language"] == "bg"


def test_an_account_is_read_to_in_its_language_until_somebody_chooses_another(site: Site) -> None:
    visitor = Visitor.at(site, CANDIDATE, **{"Accept-Language": "bg"})
    assert visitor.get("/my").one("html").attributes["lang"] == "en"
    reply = visitor.led("/language/ro?next=/my")
    assert (reply.status_code, reply.headers["location"]) == (303, "/my")
    assert "HttpOnly" in reply.headers["set-cookie"]
    assert visitor.get("/my").one("html").attributes["lang"] == "ro"


def test_choosing_a_language_never_leads_elsewhere(site: Site) -> None:
    visitor = Visitor.at(site)
    assert visitor.led("/language/de?next=//evil.example").headers["location"] == "/"
    assert visitor.led("/language/xx").status_code == 404
