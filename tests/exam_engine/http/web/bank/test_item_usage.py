"""How an item has measured, as its author reads it: on its page, beside the form of its next version, and in lists."""

from __future__ import annotations

import re
import uuid

from exam_engine.demo.stage import AUTHOR, MANAGER
from question_bank.items import ItemVersion
from question_bank.usage import keep_showings
from tests.builders.usage import showing
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.exam_engine.http.web.world import MEASURED, let_measure
from tests.stage import Site

UNMET = "A1.1-5-02"
NEGATIVE = "Whoever did better on the rest did worse here."
STRONG = "Whoever took this wrong answer did better on the rest"
NOBODY = "Nobody was misled by this wrong answer."
WITHHELD = "They appear from ten papers on."


def part(page: Page, name: str) -> str:
    return " ".join(page.one("section", id=name).text.split())


def options(version: ItemVersion) -> tuple[str, list[str]]:
    """The texts of the right option, and of the wrong ones."""
    texts = {option["id"]: option["text"] for option in version.content["options"]}
    return texts.pop(version.content["key"][0]), list(texts.values())


def test_an_items_page_shows_figures_and_asks(site: Site) -> None:
    version = let_measure(site, MEASURED)
    right, (strong, weak, *rest) = options(version)
    use = part(Visitor.at(site, AUTHOR).get(f"/bank/items/{MEASURED}"), "use")
    assert "47, of this version 47, the last one on 23 November 2026" in use
    assert re.search(r"in [01] of 1 forms and 0 of 0 sittings, in any version", use)
    assert "scored 47 47 55.31…%" in use
    assert f"{right} right 26" in use
    assert f"{strong} wrong 9" in use
    assert f"{strong} {STRONG}" in use
    assert f"{weak} {NOBODY}" not in use
    assert all(f"{text} {NOBODY}" in use for text in rest)
    assert NEGATIVE not in use


def test_an_item_nobody_met_says_so(site: Site) -> None:
    use = part(Visitor.at(site, AUTHOR).get(f"/bank/items/{UNMET}"), "use")
    assert "No candidate has met it yet" in use
    assert "Discrimination" not in use


def test_single_people_are_not_told_of(site: Site) -> None:
    version = let_measure(site, UNMET)
    with site.installation.database.transaction() as tx:
        key = version.content["key"][0]
        keep_showings(
            tx, uuid.uuid4(), [showing(version, (key, 3, 9), scored=False)], form_id=uuid.uuid4(), now=site.clock()
        )
    use = part(Visitor.at(site, AUTHOR).get(f"/bank/items/{UNMET}"), "use")
    assert f"on trial 9 On so few papers figures would tell how single people answered. {WITHHELD}" in use
    assert "scored 47 47" in use


def test_whoever_writes_the_next_version_sees_how_the_last_one_measured(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    assert not visitor.get(f"/bank/items/{MEASURED}/edit").all("h2", id="measured")
    let_measure(site, MEASURED)
    page = visitor.get(f"/bank/items/{MEASURED}/edit")
    assert page.one("h2", id="measured").text == "How version 1 has measured"
    assert STRONG in page.text
    assert f"/bank/items/{MEASURED}?version=1#use" in page.hrefs()


def test_a_new_version_leads_to_the_one_that_was_met(site: Site) -> None:
    let_measure(site, MEASURED)
    version = site.people[MANAGER].get(f"/items?q={MEASURED}")["items"][0]
    detail = site.people[MANAGER].get(f"/item-versions/{version['version_id']}")
    item = {
        **{
            name: detail[name]
            for name in ("code", "kind", "competence", "level", "expected_difficulty", "expected_seconds")
        },
        **detail["content"],
        "cognitive": "apply",
        "stem": "What else?",
        "enemies": [],
    }
    body = {"language": "en", "item": item, "based_on": 1}
    site.people[MANAGER].post("/frameworks/smart-city-sample/drafts", body)
    page = Visitor.at(site, AUTHOR).get(f"/bank/items/{MEASURED}")
    assert "This version has not been marked yet." in part(page, "use")
    assert f"/bank/items/{MEASURED}?version=1#use" in page.hrefs()


def test_lists_are_narrowed_by_what_figures_say(site: Site) -> None:
    let_measure(site, MEASURED)
    visitor = Visitor.at(site, AUTHOR)
    for asked in ("exposure=some", "facility=medium", "discrimination=sound", "flagged=true"):
        page = visitor.get(f"/bank/items?{asked}")
        assert [box.attributes["value"] for box in page.all("input", name="item")] == [MEASURED], asked
        (row,) = site.people[AUTHOR].get(f"/items?{asked}")["items"]
        assert row["code"] == MEASURED
    assert MEASURED not in visitor.get("/bank/items?exposure=none&q=" + MEASURED).hrefs()
