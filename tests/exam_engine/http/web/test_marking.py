"""A marker's pages: what waits, one answer beside its rubric, and marks that come back when they do not fit."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from exam_engine.demo.stage import CANDIDATE, MANAGER, MARKER
from exam_engine.scoring.scripts import Script
from kernel.organisations import Organisation
from kernel.permissions import AccountRole
from tests.builders.kernel import make_actor
from tests.builders.samples import SAMPLES
from tests.builders.scripts import BEST, BETTER, WORST, add_pairs
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.journeys.acts import SAMPLE_CONTENTS, ask_every_kind, close, hand_in, seated
from tests.stage import Site

TEXT = SAMPLES["essay"].right["text"]


@pytest.fixture
def script(site: Site) -> str:
    """The address of an essay that waits for its first marks."""
    seat = seated(ask_every_kind(site, {"essay": SAMPLE_CONTENTS["essay"], "numeric": SAMPLE_CONTENTS["numeric"]}))
    for slot in seat.paper():
        if slot["kind"] == "essay":
            seat.respond(slot["slot"], 0, {"text": f"{TEXT}\n<b>Bold</b> & more."})
    hand_in(seat)
    close(seat)
    (waiting,) = site.people[MARKER].all("/scripts")
    return f"/marking/{waiting['id']}"


def fields(levels: dict[str, str], state: str = "waiting", **comments: str) -> dict[str, str]:
    chosen = {f"level:{id_}": level for id_, level in levels.items()}
    return {"state": state, **chosen, **{f"comment:{id_}": text for id_, text in comments.items()}}


def actions(page: Page) -> set[str]:
    return {form.attributes["action"] for form in page.all("form")}


def chosen_in(page: Page) -> set[str]:
    radios = page.all("input", type="radio")
    return {radio.attributes["value"] for radio in radios if "checked" in radio.attributes}


def test_an_answer_stands_beside_its_rubric_without_its_writer(site: Site, script: str) -> None:
    visitor = Visitor.at(site, MARKER)
    waiting = visitor.get("/marking")
    assert f"{script}/hold" in actions(waiting)
    assert re.search(r"waiting since [^:]*2026(?!,? *\d)", waiting.text), "a day, and no moment"
    assert "wait for people to mark them: 1." in Visitor.at(site, MANAGER).get("/manage/results").text
    page = visitor.get(script)
    assert page.one("p", **{"class": "script-text"}).text == f"{TEXT}\n<b>Bold</b> & more."
    assert "asked for at least 5" in page.text
    assert {"SECRET criterion", "SECRET other criterion"} <= {span.text for span in page.all("span", lang="en")}
    assert "SECRET guidance" in page.text
    assert [secret for secret in ("SECRET rationale", CANDIDATE.name) if secret in page.reply.text] == []
    assert len(page.all("input", type="radio")) == 5


def test_marks_that_lack_a_criterion_come_back_with_all_that_was_given(site: Site, script: str) -> None:
    visitor = Visitor.at(site, MARKER)
    page = visitor.submit(script, **fields({"facts": "all"}, facts="All of it."))
    assert page.status == 422
    assert chosen_in(page) == {"all"}
    assert page.one("textarea", name="comment:facts").text == "All of it."
    assert "has no level yet" in page.text
    kept = visitor.submit(script, **fields(BEST, facts="All of it."))
    assert kept.reply.url.path == "/marking"
    assert "Your marks are kept." in kept.text
    assert f"{script}/hold" not in actions(kept)
    assert visitor.submit(script, **fields(WORST)).status == 409


def test_whoever_knows_the_writer_leaves_it_with_one_button(site: Site, script: str) -> None:
    visitor = Visitor.at(site, MARKER)
    assert f"{script}/hold" not in actions(visitor.submit(script, **fields({}), do="decline"))
    assert visitor.get(script).status == 403


def test_an_answer_is_taken_in_hand_and_what_comes_too_late_is_not_lost(site: Site, script: str) -> None:
    from tests.journeys.test_an_essay_is_marked import more_markers

    one, other = more_markers(site)
    holds = script.replace("/marking/", "/scripts/") + "/holds"
    visitor = Visitor.at(site, MARKER)
    assert "This answer is not in your hands." in visitor.get(script).text
    taken = visitor.submit("/marking/next")
    assert taken.reply.url.path == script
    assert "In your hands until" in taken.text
    assert script in visitor.get("/marking").hrefs()
    assert f"{script}/hold" in actions(visitor.submit(f"{script}/release"))
    for marker in (one, other):
        assert marker.post(holds)["script_id"] in script
    assert visitor.submit("/marking/next").reply.url.path == "/marking"
    assert "Nothing is waiting for you." in visitor.get("/marking").text
    late = visitor.submit(script, **fields(BEST, facts="All of it."))
    assert (late.status, chosen_in(late)) == (409, {"all", "good"})
    assert late.one("textarea", name="comment:facts").text == "All of it."
    assert "Others have this answer in hand" in visitor.get(script).text
    assert one.ask("DELETE", holds).status_code == 204
    assert visitor.submit(script, **fields(BEST)).reply.url.path == "/marking"


def test_a_head_examiner_sees_how_alike_people_marked_and_markers_do_not(site: Site, script: str) -> None:
    visitor = Visitor.at(site, MANAGER)
    assert "No answer has been marked by two people yet." in visitor.get("/marking/agreement").text
    names = let_people_mark(site)
    page = visitor.get("/marking/agreement")
    assert "Answers with two marks: 33, of which 30 stand behind these figures." in page.text
    assert all(name in page.text for name in names)
    assert page.text.count("Too few to compare") == 1
    assert "+0%, +0%, -50%" in page.text
    (detail,) = {href for href in page.hrefs() if href.startswith("/marking/agreement/")}
    by_criterion = visitor.get(detail)
    assert "SECRET criterion" in by_criterion.text
    assert "ICC(2,1): the same two people marked all of it" in by_criterion.text
    report = site.people[MANAGER].get("/marker-agreement")
    assert (report["answers"], report["compared"], report["whole"]["exact"]) == (33, 30, "2/3")
    assert [marker["mean_difference"] and marker["mean_difference"]["value"] for marker in report["markers"]] == [
        "-0.1667",
        None,
        "0.1667",
    ]
    shown = site.people[MANAGER].get(f"/marker-agreement/{detail.rsplit('/')[-1]}")
    assert [one["id"] for one in shown["criteria"]] == ["facts", "style"]
    assert shown["intraclass_form"] == "ICC(2,1)"
    assert Visitor.at(site, MARKER).get("/marking/agreement").status == 403
    assert site.people[MARKER].refused("GET", "/marker-agreement")["code"] == "forbidden"


def let_people_mark(site: Site) -> list[str]:
    """Two people mark thirty answers, one of whom grows stricter at the end; another one marks three."""
    with site.installation.database.transaction() as tx:
        waiting = tx.scalars(select(Script)).one()
        organisation = tx.get_one(Organisation, waiting.organisation_id)
        names = ["Drifting", "Newcomer", "Steady"]
        drifting, new, steady = (make_actor(tx, organisation, AccountRole.MARKER, name=name) for name in names)
        pairs = [(drifting, BEST, steady, BEST)] * 20 + [(drifting, BETTER, steady, BEST)] * 10
        add_pairs(tx, waiting.attempt, waiting.version, [*pairs, *[(new, WORST, steady, BEST)] * 3])
        return names


def test_nobody_settles_a_difference_they_have_not_seen(site: Site, script: str) -> None:
    from tests.journeys.test_an_essay_is_marked import more_markers

    one, other = more_markers(site)
    path = script.replace("/marking/", "/scripts/")
    one.post(f"{path}/markings", {"levels": WORST})
    other.post(f"{path}/markings", {"levels": BEST, "comments": {"style": "Reads well."}})
    visitor = Visitor.at(site, MARKER)
    late = visitor.submit(script, **fields(BEST))
    assert late.status == 412
    assert chosen_in(late) == {"all", "good"}
    assert "Two people differ" in late.text
    assert "Reads well." in late.text
    assert late.one("input", name="state").attributes["value"] == "disputed"
    assert visitor.submit(script, **fields(BEST, "disputed")).status == 200
