"""An exam in another language: its items translated and reviewed, its form published, a candidate who sits it in it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import select

from exam_engine.assembly.sample import sample_blueprint, sample_scheme
from exam_engine.demo.stage import AUTHOR, CANDIDATE, MANAGER, REVIEWER, SIMULATED
from exam_engine.demo.story import JOB_ROLE, SEED
from exam_engine.records import RECORDED
from kernel.accounts import account_by_email, grant_roles
from kernel.organisations import Organisation
from kernel.permissions import AccountRole
from kernel.reconciliation import reconcile
from question_bank.item_words import WORDS
from question_bank.sample import sample_framework
from tests.builders.samples import SAMPLES
from tests.journeys.acts import (
    KEYED_CONTENTS,
    Seat,
    admit,
    answer_all,
    arrive,
    ask_every_kind,
    book,
    close_and_score,
    hand_in,
    rightly,
    start,
)
from tests.stage import Site

LANGUAGE = "de"


def in_german(content: Any, word: str) -> Any:
    """The same with other words, which name where they stand."""
    match content:
        case dict():
            return {name: _member(name, member, word) for name, member in content.items()}
        case list():
            return [in_german(member, f"{word} {index}") for index, member in enumerate(content)]
        case _:
            return content


def _member(name: str, member: Any, word: str) -> Any:
    if name == "accepted":
        return [f"{word} {index}" for index, _ in enumerate(member)]
    if name == "passage":
        return f"Nun: {member}"
    return f"{word} {name}" if name in WORDS else in_german(member, f"{word} {name}")


def translated(site: Site) -> dict[str, str]:
    """Translate every item of the form, review and release it: the translations by kind."""
    author, reviewer, manager = (site.people[person] for person in (AUTHOR, REVIEWER, MANAGER))
    found = {}
    for row in [row for row in manager.all("/items") if row["code"].startswith("K-")]:
        content = in_german(author.get(f"/item-versions/{row['version_id']}")["content"], f"Wort {row['kind']}")
        order = {"language": LANGUAGE, "content": copy.deepcopy(content)}
        version = author.post(f"/item-versions/{row['version_id']}/translations", order)["version_id"]
        author.post(f"/item-versions/{version}/submission")
        reviewer.post(f"/item-versions/{version}/reviews", {"verdict": "approved", "reason": "Reads well."})
        manager.post(f"/item-versions/{version}/release")
        found[row["kind"]] = version
    return found


@pytest.fixture
def german(site: Site) -> Site:
    """A form of every kind that a key marks, published in German."""
    ask_every_kind(site, KEYED_CONTENTS)
    manager = site.people[MANAGER]
    refused = manager.ask("POST", f"/forms/{site.form_id}/editions", {"language": LANGUAGE})
    assert refused.status_code == 409
    assert {fault["message"] for fault in refused.json()["faults"]} == {"was never translated into this language"}
    assert len(refused.json()["faults"]) == len(KEYED_CONTENTS)
    translated(site)
    assert manager.get(f"/forms/{site.form_id}/editions/{LANGUAGE}/readiness")["lacks"] == {}
    edition = manager.post(f"/forms/{site.form_id}/editions", {"language": LANGUAGE})
    assert manager.post(f"/forms/{site.form_id}/editions", {"language": LANGUAGE}) == edition
    assert [row["language"] for row in manager.get(f"/forms/{site.form_id}/editions")["items"]] == ["en", LANGUAGE]
    return site


def seated_in(site: Site, language: str) -> Seat:
    seat = book(site, CANDIDATE, language=language)
    return start(admit(arrive(seat)))


def test_a_candidate_sits_the_form_in_another_language(german: Site) -> None:
    seat = seated_in(german, LANGUAGE)
    assert seat.caller.all("/bookings")[0]["language"] == LANGUAGE
    slots = seat.paper()
    assert sorted(slot["kind"] for slot in slots) == sorted(KEYED_CONTENTS)
    assert {slot["stem"] for slot in slots} == {f"<p>Wort {kind} stem</p>" for kind in KEYED_CONTENTS}
    typed = {
        "short_text": {"text": "Wort short_text 1"},
        "gap_text": {"filled": {"1": "Wort gap_text gaps 0 0", "2": "Wort gap_text gaps 1 0"}},
    }
    for slot in slots:
        response = typed.get(slot["kind"], SAMPLES[slot["kind"]].right)
        assert seat.respond(slot["slot"], 0, response).status_code == 200
    hand_in(seat)
    result = close_and_score(seat)
    assert (result["score"], result["passed"]) == ("1", True)
    with german.installation.database.transaction() as tx:
        report = reconcile(tx, tx.scalars(select(Organisation.id)).one(), RECORDED)
        assert report.agrees, report


def test_words_of_the_other_language_are_wrong_there(german: Site) -> None:
    seat = seated_in(german, LANGUAGE)
    slot = next(slot for slot in seat.paper() if slot["kind"] == "short_text")
    seat.respond(slot["slot"], 0, SAMPLES["short_text"].right)
    hand_in(seat)
    assert close_and_score(seat)["score"] == "0"


def test_a_form_is_booked_only_in_a_language_it_is_published_in(german: Site) -> None:
    manager = german.people[MANAGER]
    seat = book(german, CANDIDATE)
    order = {"email": CANDIDATE.email, "candidate_name": CANDIDATE.name, "language": "bg"}
    refused = manager.ask("POST", f"/sittings/{seat.sitting_id}/bookings", order)
    assert refused.status_code == 404
    assert refused.json()["faults"][0]["place"] == "language"
    assert manager.all(f"/sittings/{seat.sitting_id}/bookings")[0]["language"] == "en"


def test_an_edition_stays_what_it_was_when_a_translation_is_mended(german: Site) -> None:
    manager, author, reviewer = (german.people[person] for person in (MANAGER, AUTHOR, REVIEWER))
    row = next(row for row in manager.all("/items") if row["code"].startswith("K-") and row["kind"] == "numeric")
    content = in_german(author.get(f"/item-versions/{row['version_id']}")["content"], "Besser")
    order = {"language": LANGUAGE, "content": content}
    version = author.post(f"/item-versions/{row['version_id']}/translations", order)["version_id"]
    author.post(f"/item-versions/{version}/submission")
    reviewer.post(f"/item-versions/{version}/reviews", {"verdict": "approved", "reason": "Reads better."})
    manager.post(f"/item-versions/{version}/release")
    states = author.get(f"/item-versions/{row['version_id']}/translations")["items"]
    assert [(found["number"], found["state"]) for found in states] == [(3, "live"), (2, "resting")]
    slots = seated_in(german, LANGUAGE).paper()
    assert "<p>Wort numeric stem</p>" in {slot["stem"] for slot in slots}


def test_who_translated_an_item_cannot_sit_it(german: Site) -> None:
    with german.installation.database.transaction() as tx:
        author = account_by_email(tx, AUTHOR.email)
        assert author
        organisation_id = tx.scalars(select(Organisation.id)).one()
        grant_roles(tx, author, organisation_id, [AccountRole.CANDIDATE], now=german.clock())
    seat = book(german, AUTHOR, language=LANGUAGE)
    booking = next(row for row in seat.caller.all("/bookings") if row["sitting_state"] == "open")
    refused = seat.caller.ask("POST", f"/bookings/{booking['id']}/arrival")
    assert refused.status_code == 409
    assert "cannot sit it" in refused.json()["detail"]


def demo_form(site: Site) -> str:
    """Assemble the form of the demo, as its story does."""
    manager = site.people[MANAGER]
    scheme = manager.post("/schemes", sample_scheme(sample_framework(), JOB_ROLE) | {"code": "again"})
    manager.post(f"/scheme-versions/{scheme['id']}/publication")
    plan = sample_blueprint(sample_framework(), JOB_ROLE)
    blueprint = manager.post(f"/scheme-versions/{scheme['id']}/blueprints", plan)
    return str(manager.post(f"/blueprints/{blueprint['id']}/forms", {"seed": SEED})["id"])


def test_the_form_of_the_demo_is_complete_in_german_and_sat_in_it(site: Site) -> None:
    site.form_id = demo_form(site)
    manager = site.people[MANAGER]
    assert manager.get(f"/forms/{site.form_id}/editions/{LANGUAGE}/readiness")["lacks"] == {}
    manager.post(f"/forms/{site.form_id}/editions", {"language": LANGUAGE})
    in_english = {slot["stem"] for slot in start(admit(arrive(book(site, SIMULATED)))).paper()}
    seat = seated_in(site, LANGUAGE)
    assert in_english.isdisjoint(slot["stem"] for slot in seat.paper())
    about_one_scenario = [slot for slot in seat.paper() if "stimulus" in slot]
    assert len(about_one_scenario) > 1
    assert {slot["stimulus"]["title"] for slot in about_one_scenario} == {"Ein halbes Jahr neue Straßenleuchten"}
    assert answer_all(seat, rightly(site)) == len(in_english)
    hand_in(seat)
    result = close_and_score(seat)
    assert (result["score"], result["passed"]) == ("1", True)
