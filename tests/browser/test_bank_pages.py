"""Importing and media as authors meet them: losses read before they are agreed to, files chosen by keyboard, places drawn."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from exam_engine.demo.stage import AUTHOR, REVIEWER
from tests.browser.conftest import PHONE, SignIn
from tests.builders.files import pdf, png
from tests.stage import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
  <question type="multichoice"><name><text>BIKE-1</text></name>
    <questiontext format="html"><text><![CDATA[Which lane is <b>safest</b>?]]></text></questiontext>
    <single>true</single><shuffleanswers>1</shuffleanswers>
    <answer fraction="100"><text>A separate one</text></answer>
    <answer fraction="0"><text>A painted one</text></answer>
    <generalfeedback format="html"><text>It keeps traffic apart.</text></generalfeedback>
  </question>
  <question type="essay"><name><text>BIKE-2</text></name>
    <questiontext format="html"><text>Write about bicycles.</text></questiontext>
  </question>
</quiz>
"""
SUPPLIED = {"competence": "A1.1", "level": "5", "cognitive": "apply"}
WRITTEN = {
    "expected_difficulty": "0.6",
    "expected_seconds": "60",
    "rationale": "It keeps traffic apart.",
    "source": "Our quiz",
    "code_prefix": "BIKE-",
}


def faults(page: Page) -> Any:
    results = Axe().run(page)
    return results.generate_report() if results.violations_count else None


@pytest.mark.parametrize(
    "device",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark", "viewport": PHONE},
        {"java_script_enabled": False},
    ],
    ids=["desk", "phone in the dark", "no script"],
)
def test_a_package_with_losses_is_imported_by_keyboard(live: Site, sign_in: SignIn, device: dict[str, Any]) -> None:
    has_script = device.get("java_script_enabled", True)
    page = sign_in(AUTHOR, "/bank/work", **device, bypass_csp=has_script)
    page.get_by_role("link", name="Import", exact=True).press("Enter")
    page.get_by_label("Document", exact=True).set_input_files(
        {"name": "bikes.xml", "mimeType": "text/xml", "buffer": MOODLE.encode()}
    )
    if has_script:
        expect(page.locator("#guessed")).to_contain_text("Moodle XML")
        assert faults(page) is None
    for name, value in SUPPLIED.items():
        page.locator(f"#{name}").select_option(value)
    for name, text in WRITTEN.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name="Look at what would happen").press("Enter")
    expect(page.get_by_text("bikes.xml, read as Moodle XML")).to_be_visible()
    refused = page.get_by_role("region", name="Refused (1)")
    expect(refused.locator("code")).to_have_text("bikes.xml:10")
    expect(refused).to_contain_text("BIKE-2")
    if has_script:
        expect(page.locator("#item .choice")).to_have_count(2)
        assert faults(page) is None
    over = page.locator("html").evaluate("(html) => html.scrollWidth - html.clientWidth") if has_script else 0
    assert over <= 0
    page.get_by_role("button", name="I have read this and agree").press("Enter")
    expect(page.get_by_role("heading", name="Taken in")).to_be_visible()
    page.get_by_role("link", name="See these items").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_text("Which lane is safest?")).to_be_visible()


def test_a_picture_is_put_into_a_text_and_places_are_drawn_upon_it(live: Site, sign_in: SignIn) -> None:
    page = sign_in(AUTHOR, "/bank/items/new?kind=hotspot", bypass_csp=True)
    stem = page.get_by_label("Question", exact=True)
    stem.fill("Where does the tram stop? ")
    page.get_by_role("button", name="Picture, sound or document").press("Enter")
    page.locator("#media summary").press("Enter")
    page.locator("#media-file").set_input_files({"name": "plan.png", "mimeType": "image/png", "buffer": png()})
    expect(page.locator("#media-words")).to_be_focused()
    page.keyboard.type("A plan [old]")
    assert faults(page) is None
    page.keyboard.press("Enter")
    expect(stem).to_be_focused()
    assert stem.input_value().startswith("Where does the tram stop? ![A plan \\[old\\]](media:")
    _choose_new_picture(page)
    for count, name in enumerate(("rectangle", "circle", "polygon"), 1):
        page.get_by_role("button", name=f"Add a {name}").press("Enter")
        expect(page.locator("#spot-drawing .spot")).to_have_count(count)
    right = page.get_by_label("Right edge")
    before = int(right.input_value())
    expect(page.locator("#item .stem img")).to_have_js_property("naturalWidth", 600)
    handle = page.locator(".spot-handle").nth(1)
    handle.hover()  # which waits until nothing moves any more and nothing lies over it
    box = handle.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 30, steps=3)
    page.mouse.up()
    assert int(right.input_value()) > before
    right.fill(str(before))
    expect(page.locator("#spot-drawing rect").first).to_have_attribute("width", "66")
    assert faults(page) is None


def test_an_exhibit_opens(live: Site, sign_in: SignIn) -> None:
    live.people[AUTHOR].upload(pdf(), file_name="rules.pdf")
    page = sign_in(REVIEWER, "/bank/media")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the document").click()
    # Chromium's viewer is a frame of its own; where a policy forbids it, there is none.
    if not any(_is_viewer(frame) for frame in opened.value.frames):
        opened.value.wait_for_event("framenavigated", predicate=_is_viewer)


def _is_viewer(frame: Frame) -> bool:
    return frame.url.startswith("chrome-extension:")


def _choose_new_picture(page: Page) -> None:
    """The list of pictures was written before the new one came: changing rows writes it anew."""
    page.get_by_role("button", name="Show the picture").click()
    picture = page.get_by_label("Picture", exact=True)
    expect(picture.locator("option", has_text="plan.png")).to_have_count(1)
    picture.select_option(label="plan.png (600 \N{MULTIPLICATION SIGN} 400)")
    expect(page.locator("#spot-drawing img")).to_be_visible()
