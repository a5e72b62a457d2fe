"""The bank's pages: found by words and facets, acted on together after a look, and taken back."""

from __future__ import annotations

import re

from sqlalchemy import select

from exam_engine.demo.stage import AUTHOR, MANAGER, REVIEWER
from question_bank.items import Item, ItemVersion
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import Site


def chosen(page: Page) -> list[str]:
    return [box.attributes["value"] for box in page.all("input", name="item")]


def test_items_are_found_by_words_and_facets_without_a_script(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    page = visitor.get("/bank/items?competence=A1.1&level=5&state=live")
    assert chosen(page)
    assert all(code.startswith("A1.1-5") for code in chosen(page))
    assert page.one("select", name="competence")
    item = site.people[AUTHOR].get("/items?competence=A1.1&level=5&limit=1")["items"][0]
    word = re.findall(r"[a-z]{7,}", site.people[AUTHOR].get(f"/item-versions/{item['version_id']}")["content"]["stem"])[
        0
    ]
    found = visitor.get(f"/bank/items?q={word.upper()}&competence=A1.1&level=5")
    assert item["code"] in chosen(found)
    assert f"/bank/items/{item['code']}" in found.hrefs()
    assert "No item matches." in visitor.get("/bank/items?q=zzyzx").text


def test_pages_lead_on_and_back(site: Site) -> None:
    visitor = Visitor.at(site, REVIEWER)
    for order in ("code", "changed"):
        first = visitor.get(f"/bank/items?state=live&order={order}")
        assert "Found: " in first.text
        (onward,) = (href for href in first.hrefs() if "after=" in href)
        second = visitor.get(onward)
        assert not set(chosen(first)) & set(chosen(second))
        (back,) = (href for href in second.hrefs() if "before=" in href)
        assert chosen(visitor.get(back)) == chosen(first)


def test_an_item_opens_in_its_own_language_with_its_translation_a_tab_away(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    code = _translated(site)
    page = visitor.get(f"/bank/items/{code}")
    assert page.one("pre", **{"class": "outline"}).attributes["lang"] == "en"
    (german,) = (link for link in page.all("a") if link.text == "Deutsch" and "version=" in link.attributes["href"])
    translation = visitor.get(german.attributes["href"])
    assert translation.one("pre", **{"class": "outline"}).attributes["lang"] == "de"
    assert "Version 2 · translates version 1 · newest: version 1" in " ".join(translation.text.split())
    assert "Changed since" not in translation.text
    form = visitor.get(f"/bank/items/{code}/edit")
    assert form.one("input", name="based_on").attributes["value"] == "1"


def _translated(site: Site) -> str:
    """The code of an item that was translated."""
    with site.installation.database.reading() as tx:
        found = select(Item.code).join(ItemVersion, ItemVersion.item_id == Item.id)
        return tx.scalars(found.where(ItemVersion.language == "de").order_by(Item.code).limit(1)).one()


def test_what_cannot_be_asked_is_refused(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    for asked in ("level=high", "state=gone", "author=me", "flagged=yes", "order=changed&after=x"):
        assert visitor.get(f"/bank/items?{asked}").status == 422


def test_many_rest_after_a_look_and_wake_again(site: Site) -> None:
    visitor = Visitor.at(site, MANAGER)
    matching = "/bank/batches/preview?competence=A1.1&level=5&state=live"
    look = visitor.submit(matching, step="rest", scope="matching")
    assert look.heading == "Let rest"
    assert "Nothing has been changed yet" in look.text
    count = len(chosen(visitor.get("/bank/items?competence=A1.1&level=5&state=live")))
    assert f"These can: {count}" in look.text
    versions = look.one("input", name="versions").attributes["value"]
    refused = visitor.submit("/bank/batches", step="rest", versions=versions, reason=" ")
    assert (refused.status, "This was not possible" in refused.text) == (422, True)
    done = visitor.submit("/bank/batches", step="rest", versions=versions, reason="Seen often.")
    assert "Seen often." in done.text
    again = visitor.submit("/bank/batches", step="rest", versions=versions, reason="Seen often.")
    assert (again.status, f"These cannot: {count}" in again.text) == (409, True)
    (undoing,) = (action for action in done.actions() if action.endswith("/undoing"))
    undone = visitor.submit(undoing, reason="A mistake.")
    assert undone.heading == "Undone"
    assert len(chosen(visitor.get("/bank/items?competence=A1.1&level=5&state=live"))) == count
    assert undoing not in visitor.get(str(done.reply.url.path)).actions()


def test_a_look_names_what_stands_in_the_way(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    (code, *_) = chosen(visitor.get("/bank/items"))
    look = visitor.submit("/bank/batches/preview", step="submit", scope="chosen", item=[code])
    assert "These cannot: 1" in look.text
    assert "This step does not begin where it stands." in look.text
    assert visitor.submit("/bank/batches/preview", step="rest", scope="chosen", item=[code]).status == 403
    assert "No item was chosen." in visitor.submit("/bank/batches/preview", step="submit").text
    assert visitor.submit("/bank/batches", step="submit", versions="x").status == 422
