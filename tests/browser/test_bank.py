"""The bank as authors and reviewers work in it: an item written, returned, revised, approved and released; nothing lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from exam_engine.demo.stage import AUTHOR, MANAGER, REVIEWER
from exam_engine.http.web.bank.words import KINDS
from tests.browser.conftest import PHONE, SignIn
from tests.builders.samples import PLAN_FILE
from tests.exam_engine.http.web.bank.authoring import fields_of, item_of, lettered
from tests.stage import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
HELD = """() => {
    const real = window.fetch;
    window.fetch = async (url, facts) => {
        if (url === "/bank/writing") await new Promise((letGo) => { window.letGo = letGo; });
        return real(url, facts);
    };
}"""
"""What the server writes waits until the test lets it go."""


def test_an_item_is_written_returned_revised_approved_and_released(live: Site, sign_in: SignIn) -> None:
    author = sign_in(AUTHOR, "/bank/work")
    author.get_by_label("Kind").select_option("single_choice")
    author.get_by_role("button", name="Begin").click()
    _write(author, item_of("single_choice", "NEW-1"))
    expect(author.locator("#item .choice")).to_have_count(4)
    author.get_by_role("button", name="Keep as a draft").click()
    author.get_by_role("button", name="Hand in for review").click()
    expect(author.get_by_text("In review").first).to_be_visible()

    reviewer = sign_in(REVIEWER, "/bank/work")
    reviewer.get_by_role("link", name="NEW-1").click()
    reviewer.locator("#item .choice").first.click()
    reviewer.get_by_role("button", name="What is this answer worth?").click()
    expect(reviewer.locator("#worth")).to_contain_text("Worth: 1")
    reviewer.locator("summary", has_text="Return to the author").click()
    reviewer.locator("#reason-return").fill("The stem says too little.")
    reviewer.get_by_role("button", name="Return to the author").click()
    expect(reviewer.get_by_text("Returned by a reviewer")).to_be_visible()

    author.reload()
    expect(author.get_by_text("The stem says too little.").first).to_be_visible()
    author.get_by_role("link", name="Write the next version").click()
    author.get_by_label("Question", exact=True).fill(
        "Every hour a city publishes what it measures. What must come with it?"
    )
    author.get_by_role("button", name="Keep as a draft").click()
    expect(author.get_by_role("heading", name="Changed since version 1")).to_be_visible()
    expect(author.locator("ins").first).to_be_visible()
    author.get_by_role("button", name="Hand in for review").click()

    reviewer.goto("/bank/items/NEW-1")
    reviewer.locator("#reason-approve").fill("Clear now.")
    reviewer.get_by_role("button", name="Approve").click()
    manager = sign_in(MANAGER, "/bank/items/NEW-1")
    manager.get_by_role("button", name="Release", exact=True).click()
    expect(manager.locator(".badge").first).to_have_text("Live")


def test_each_kinds_form_makes_a_valid_item(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/work")
    live.people[AUTHOR].upload(PLAN_FILE, file_name="plan.png")
    for kind in KINDS:
        page.goto(f"/bank/items/new?kind={kind}")
        item = lettered(item_of(kind, f"KIND-{kind}"))
        _write(page, item)
        page.get_by_role("button", name="Keep as a draft").click()
        page.wait_for_url(re.compile(r"\?version=1$"))
        expect(page.locator("#item .item")).to_be_visible()
        version = next(row for row in live.people[MANAGER].all("/items") if row["code"] == item["code"])
        content = live.people[MANAGER].get(f"/item-versions/{version['version_id']}")["content"]
        assert {name: item[name] for name in content if name in item} == {
            name: said for name, said in content.items() if name in item
        }


def test_rows_are_changed_by_keyboard_and_keep_what_was_typed(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/new?kind=ordering", viewport=PHONE)
    lines = page.locator("[data-rows='/elements'] input[id$='/text']")
    for index, text in enumerate(["one", "two", "three", "four"]):
        lines.nth(index).fill(text)
    page.get_by_role("button", name="Add a line").press("Enter")
    expect(lines).to_have_count(5)
    expect(lines.nth(4)).to_be_focused()
    page.keyboard.type("five")
    up = page.get_by_role("button", name=re.compile("^Up: .* 5$"))
    up.press("Enter")
    expect(lines.nth(3)).to_have_value("five")
    expect(page.get_by_role("button", name=re.compile("^Up: .* 4$"))).to_be_focused()
    page.get_by_role("button", name=re.compile("^Remove: .* 1$")).press("Enter")
    expect(lines).to_have_count(4)
    assert [line.input_value() for line in lines.all()] == ["two", "three", "five", "four"]
    expect(page.locator("#item .order-row")).to_have_count(4)


def test_what_is_typed_while_the_server_writes_the_rows_is_kept(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/new?kind=ordering")
    lines = page.locator("[data-rows='/elements'] input[id$='/text']")
    for index, text in enumerate(["one", "two", "three", "four"]):
        lines.nth(index).fill(text)
    page.evaluate(HELD)
    page.get_by_role("button", name=re.compile("^Up: .* 3$")).click()
    page.wait_for_function("() => window.letGo")
    page.get_by_label("Question", exact=True).fill("Which comes first?")
    lines.nth(2).fill("third")
    lines.nth(3).fill("fourth")
    page.evaluate("() => window.letGo()")
    expect(lines.nth(1)).to_have_value("third")
    assert [line.input_value() for line in lines.all()] == ["one", "third", "two", "fourth"]
    expect(page.get_by_label("Question", exact=True)).to_have_value("Which comes first?")


def test_marks_are_written_around_what_is_selected(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/new?kind=short_text")
    stem = page.get_by_label("Question", exact=True)
    stem.fill("Which word?")
    stem.evaluate("(field) => field.setSelectionRange(6, 10)")
    page.get_by_role("button", name="Strong emphasis").click()
    expect(stem).to_have_value("Which **word**?")
    expect(page.locator("#item strong")).to_have_text("word")


def test_what_is_typed_survives_the_window_and_two_windows_are_told_of_each_other(live: Site, sign_in: SignIn) -> None:
    one = sign_in(AUTHOR, "/bank/items/A1.1-5-01/edit")
    other = one.context.new_page()
    other.goto("/bank/items/A1.1-5-01/edit")
    _stem(one).fill("A stem of the first window, which somebody has rewritten?")
    expect(one.locator("#saved")).to_contain_text("saved")
    one.close()
    third = other.context.new_page()
    third.goto("/bank/items/A1.1-5-01/edit")
    expect(_stem(third)).to_have_value("A stem of the first window, which somebody has rewritten?")
    fourth = other.context.new_page()
    fourth.goto("/bank/items/A1.1-5-01/edit")
    _stem(third).fill("A stem of the third window?")
    expect(third.locator("#saved")).to_contain_text("saved")
    _stem(fourth).fill("A stem of the fourth window?")
    expect(fourth.get_by_role("heading", name="Changed in another window")).to_be_visible()
    expect(fourth.get_by_label("What is saved now")).to_have_value(re.compile("third window"))
    expect(fourth.get_by_label("What this window has")).to_have_value(re.compile("fourth window"))
    fourth.get_by_role("button", name="Save this window's text after all").click()
    expect(fourth.locator("#saved")).to_contain_text("saved")
    third.reload()
    expect(_stem(third)).to_have_value("A stem of the fourth window?")


def test_a_preview_has_the_text_of_the_set_and_the_pictures(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/A2.2-6-09", viewport=PHONE)
    expect(page.locator("#stimulus-title")).to_have_text("A bus on call")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.locator("#stimulus-text tbody tr")).to_have_count(4)
    page.get_by_role("link", name="A2.4-6-10").click()
    expect(page.get_by_role("heading", name="A2.4-6-10", level=1)).to_be_visible()
    page.goto("/bank/items/A1.3-5-09")
    expect(page.locator("#stimulus")).to_be_hidden()
    picture = page.locator("#item img")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 800
    page.goto("/bank/items/A2.4-6-10/edit")
    page.locator("[name='/stimulus/title']").fill("A bus on *call*")
    expect(page.locator("#stimulus-title em")).to_have_text("call")


def test_the_form_works_without_script(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/new?kind=short_text", java_script_enabled=False)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("heading", name="Please check what you entered")).to_be_visible()
    for name, text in fields_of(item_of("short_text", "PLAIN-1")):
        _fill(page.locator(f"[name='{name}']"), text)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("heading", name="PLAIN-1")).to_be_visible()


def _stem(page: Page) -> Locator:
    return page.get_by_label("Question", exact=True)


def _write(page: Page, item: dict[str, Any]) -> None:
    """Fill the form: first as many rows as the item has, then what stands in them."""
    if "picture" in item:
        page.locator("[name='/picture/media']").select_option(item["picture"]["media"])
        expect(page.locator("#spot-drawing")).to_be_visible()
    for name, value in item.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _have_rows(page, f"/{name}", value)
    ticked = page.locator("[name='/files/accepts/-']:checked")
    while ticked.count():
        ticked.first.uncheck()
    fields = fields_of(item)
    for name, text in fields:
        if not name.endswith(("/id", "/picture/width", "/picture/height")):
            _fill(page.locator(f"[name='{name}']"), text)
    expect(page.locator("#saved")).to_contain_text("saved")


def _have_rows(page: Page, name: str, rows: list[dict[str, Any]]) -> None:
    """Bring a list to as many rows, with the ids of the item, so that its key names what it names in the item."""
    shown = page.locator(f"[data-rows='{name}'] > ol > li")
    while (count := shown.count()) != len(rows):
        change = f"remove {name}/-{count - 1}" if count > len(rows) else f"{_adding(rows[count])} {name}"
        page.locator(f"button[value='{change}']").click()
        expect(shown).to_have_count(count + (1 if count < len(rows) else -1))
    for index, row in enumerate(rows):
        for within in ("options", "levels"):
            if within in row:
                _have_rows(page, f"{name}/-{index}/{within}", row[within])
        corners = page.locator(f"[name^='{name}/-{index}/shape/polygon/']")
        while corners.count() < 2 * len(row.get("shape", {}).get("polygon", ())):
            had = corners.count()
            page.locator(f"button[value='add {name}/-{index}/shape/polygon']").click()
            expect(corners).to_have_count(had + 2)


def _adding(row: dict[str, Any]) -> str:
    return f"add-{next(iter(row['shape']))}" if "shape" in row else "add"


def _fill(field: Locator, text: str) -> None:
    if field.first.get_attribute("type") in {"radio", "checkbox"}:
        field.and_(field.page.locator(f"[value='{text}']")).check()
    elif field.evaluate("(field) => field.tagName") == "SELECT":
        field.select_option(text)
    elif field.get_attribute("type") != "hidden":
        field.fill(text)
