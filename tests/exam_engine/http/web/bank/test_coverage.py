"""The heat map: what a cell says in words, where it leads, and who sees it in which frame."""

from __future__ import annotations

import uuid

from exam_engine.demo.stage import AUTHOR, MANAGER
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import Site

PATH = "/manage/coverage"


def cell(page: Page, competence: str, level: int) -> str:
    """What a screen reader says of a cell."""
    heard = (" ".join(link.text.split()) for link in page.all("a"))
    (found,) = [text for text in heard if text.startswith(f"{competence} at level {level}: ")]
    return found


def test_a_cell_says_what_there_is_what_is_needed_and_what_is_wished(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    page = visitor.get(PATH)
    (weakest, *_) = site.people[MANAGER].get("/frameworks/smart-city-sample/coverage")["cells"]
    said = f"{weakest['have']} there, {weakest['need']} for one form, {weakest['wanted']} wished"
    assert said in cell(page, weakest["competence"], weakest["level"])
    assert page.one("table").attributes["class"].endswith("heat-map")
    assert len(page.all("th", scope="rowgroup")) == 8
    assert len(page.all("th", scope="row")) == 40


def test_the_weakest_cells_are_told_first_and_a_smaller_wish_calms_them(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    assert "missing (Thin)" in visitor.get(f"{PATH}?reserve=20").text
    assert "Every cell has what is wished for." in visitor.get(f"{PATH}?reserve=1").text
    empty = visitor.get(f"{PATH}?language=xx")
    assert "missing (Too few)" in empty.text


def test_every_cell_leads_to_its_items_with_the_facets_asked_for(site: Site) -> None:
    page = Visitor.at(site, MANAGER).get(f"{PATH}?state=any&band=hard&language=en")
    assert "/bank/items?competence=A1.1&level=5&language=en&band=hard" in page.hrefs()
    chosen = {
        option.attributes["value"]
        for option in page.all("option")
        if "selected" in option.attributes and not option.attributes["value"].count("-")
    }
    assert {"any", "hard", "4", "en"} <= chosen


def test_authors_see_it_without_the_managers_tabs(site: Site) -> None:
    assert "/manage/schemes" not in Visitor.at(site, AUTHOR).get(PATH).hrefs()
    assert "/manage/schemes" in Visitor.at(site, MANAGER).get(PATH).hrefs()


def test_what_cannot_be_asked_is_refused(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    for asked in ("state=lost", "band=odd", "reserve=0", "reserve=21", "framework=x"):
        assert visitor.get(f"{PATH}?{asked}").status == 422, asked
    assert visitor.get(f"{PATH}?framework={uuid.uuid4()}").status == 404
