"""What rooms say is read in the language of the page, wherever it was put together."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from exam_engine.assembly.schemes import SchemeState
from exam_engine.delivery.lifecycle import AttemptState
from exam_engine.delivery.sittings import SittingState
from exam_engine.demo.stage import AUTHOR, CANDIDATE, Person
from exam_engine.http.web.language import spoken
from exam_engine.http.web.rendering import environment
from exam_engine.http.web.words import SAID
from exam_engine.scoring.scripts import ScriptState
from kernel.sentences import say, together
from question_bank.batches import Obstacle
from question_bank.framework_drafts import DraftState
from question_bank.interchange.completion import NEEDED
from question_bank.items import ItemState
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import SUPPLIED
from tests.journeys.acts import arrive, book
from tests.stage import URL, Site

STATES: list[type[StrEnum]] = [SchemeState, AttemptState, SittingState, ScriptState, DraftState, ItemState, Obstacle]
ADAPTIVE = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="Q1" title="Lanes"
adaptive="true" xml:lang="en"><qti-item-body/></qti-assessment-item>"""
LOSSY = "// [id:Q-1]\n::Q::What <u>is</u> it? {=yes#because ~no}\n\n::Q2::Which? {~no ~never}\n"


def german(site: Site, person: Person) -> Visitor:
    visitor = Visitor.at(site, person)
    visitor.led("/language/de?next=/")
    return visitor


@pytest.mark.parametrize("states", STATES)
def test_words_that_sentences_name_by_code_are_known(states: type[StrEnum]) -> None:
    assert {state.value for state in states} <= SAID


def test_what_questions_need_is_known_by_its_name() -> None:
    assert set(NEEDED) - {"cognitive", "expected_difficulty", "expected_seconds"} <= SAID


def test_sentences_within_sentences_are_spoken() -> None:
    told = say("the sitting is %(state)s; candidates enter while it is open", state=say("closed"))
    assert (
        spoken(told, "de") == "Der Zustand des Termins ist „geschlossen“; Prüflinge kommen hinein, solange er offen ist"
    )
    assert spoken(told, "en") == told
    faults = together((say("is missing"), "/stem", say("is empty")), "; ")
    assert spoken(faults, "es") == "falta; /stem; está vacío"


def test_what_is_said_in_english_alone_is_marked_as_english() -> None:
    speak: Any = environment("de").filters["spoken"]
    assert speak("a <b>") == '<span lang="en">a &lt;b&gt;</span>'
    assert speak(say("is %(translation)s; the original has %(original)s", translation="<b>", original=1)) == (
        "ist &lt;b&gt;; das Original hat 1"
    )
    assert environment("en").filters["spoken"]("a <b>") == "a &lt;b&gt;"


def test_a_candidate_reads_why_in_the_language_of_the_page(site: Site) -> None:
    seat = arrive(book(site))
    page = german(site, CANDIDATE).submit(f"/my/attempts/{seat.attempt_id}/start")
    assert (page.status, page.heading) == (409, "Jetzt nicht möglich")
    assert "Zuerst muss die Aufsicht Ihre Identität prüfen" in page.text
    assert [element.text for element in page.all("span", lang="en")] == []


def test_a_problem_speaks_the_language_that_is_asked_for(site: Site) -> None:
    client = Visitor.at(site, CANDIDATE).client
    nowhere = "/api/v1/attempts/00000000-0000-0000-0000-000000000000"
    assert client.get(nowhere, headers={"Accept-Language": "de"}).json()["detail"] == "Diese Prüfung gibt es nicht"
    assert client.get(nowhere).json()["detail"] == "there is no such attempt"


def test_faults_of_an_item_are_told_in_the_language_of_the_form(site: Site) -> None:
    visitor = german(site, AUTHOR)
    facts = {"framework": "smart-city-sample", "language": "en", "/kind": "short_text", "/stem": ""}
    told = visitor.client.post("/bank/writing/copy", data=facts, headers={"Origin": URL}).json()
    assert told["faults"]["/stem"] in {"ist leer", "fehlt"}


def test_losses_of_an_import_are_told_in_the_language_of_the_page(site: Site) -> None:
    visitor = german(site, AUTHOR)
    files = {"file": ("quiz.gift", LOSSY.encode())}
    report = Page(visitor.client.post("/bank/import", files=files, headers={"Origin": URL}))
    report = visitor.get(f"{report.reply.url.path}?{SUPPLIED}")
    assert "hat keine richtige Option" in report.text
    assert "has no right option" not in report.text
    unsaid = visitor.get(str(report.reply.url.path)).text
    assert "quiz.gift das Dokument" in unsaid
    assert "the document" not in unsaid


def test_what_qti_says_that_is_not_taken_is_told_in_the_language_of_the_page(site: Site) -> None:
    visitor = german(site, AUTHOR)
    files = {"file": ("q.xml", ADAPTIVE.encode())}
    report = Page(visitor.client.post("/bank/import", files=files, headers={"Origin": URL}))
    report = visitor.get(f"{report.reply.url.path}?{SUPPLIED}&format=qti3")
    assert "ist adaptiv: sie wird in mehreren Schritten beantwortet" in report.text
    assert "is adaptive" not in report.text
