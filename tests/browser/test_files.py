"""Files as answers, from the candidate's hand to the marker's: refused, sent again, removed, handed in, downloaded."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from exam_engine.demo.stage import CANDIDATE, MARKER
from tests.browser.conftest import SignIn
from tests.browser.exam_page import SAVED, cell, line, path_of
from tests.builders.files import pdf, png
from tests.builders.kinds import CONTENTS
from tests.builders.samples import COUNTS
from tests.journeys.acts import ask_every_kind, close, seated
from tests.stage import Site

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 640}
TABLE = {"name": "counts.csv", "mimeType": "text/csv", "buffer": COUNTS[1]}
PHOTO = {"name": "Eva Popova, sketch.png", "mimeType": "image/png", "buffer": png(900, 700)}


def test_files_are_sent_refused_sent_again_and_downloaded_by_whoever_marks_them(live: Site, sign_in: SignIn) -> None:
    seat = seated(ask_every_kind(live, {kind: CONTENTS[kind] for kind in ("short_text", "upload")}))
    slot = next(slot["slot"] for slot in seat.paper() if slot["kind"] == "upload")
    page = sign_in(CANDIDATE, path_of(seat), viewport=SMALLEST, bypass_csp=True)
    cell(page, slot).click()
    item = page.locator("#item")
    field, kept = page.get_by_label("Choose files"), page.locator("#item [data-file]")
    field.set_input_files([{**TABLE, "buffer": b"a,b\n" * 1_500_000}, {**TABLE, "buffer": pdf(), "name": "plan.csv"}])
    expect(item.get_by_text("counts.csv has 6 MB. At most 5 MB are taken.")).to_be_visible()
    expect(item.get_by_text("plan.csv was not taken.")).to_be_visible()
    expect(item.get_by_text("this is a PDF file")).to_be_visible()
    assert seat.paper()[slot - 1]["response"] == {}
    assert_sound(page)
    page.get_by_role("button", name="Close: plan.csv").click()
    page.get_by_role("button", name="Close: counts.csv").click()

    page.context.set_offline(offline=True)
    field.set_input_files([TABLE, PHOTO])
    expect(item.get_by_text("counts.csv: no connection.")).to_be_visible()
    page.locator("#next" if slot == 1 else "#previous").click()
    page.context.set_offline(offline=False)
    expect(cell(page, slot)).to_have_attribute("data-answered", "true")
    cell(page, slot).click()
    expect(kept).to_have_count(2)
    expect(field).to_be_disabled()
    expect(item.get_by_text("No more files fit here. Remove one first.")).to_be_visible()
    expect(line(page)).to_have_text(SAVED)
    expect(kept.first.get_by_text("saved", exact=True)).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Remove: counts.csv").click()
    expect(field).to_be_focused()
    field.set_input_files(TABLE)
    expect(kept).to_have_count(2)
    expect(line(page)).to_have_text(SAVED)
    page.reload()
    expect(kept).to_have_text([re.compile("Eva Popova, sketch.png"), re.compile("counts.csv")])
    with page.expect_download() as own:
        page.get_by_role("link", name="counts.csv").click()
    assert own.value.path().read_bytes() == COUNTS[1]
    page.get_by_role("button", name="Review and hand in").click()
    page.get_by_role("button", name="Hand in now").click()
    page.wait_for_url("**/receipt")

    close(seat)
    page = sign_in(MARKER, "/marking", bypass_csp=True)
    page.get_by_role("button", name="Take the next answer").click()
    expect(page.get_by_role("img", name="File 1")).to_have_js_property("naturalWidth", 900)
    with page.expect_download() as download:
        page.get_by_role("link", name="File 2 (CSV)").click()
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}-file-2\.csv", download.value.suggested_filename)
    assert download.value.path().read_bytes() == COUNTS[1]
    assert "Eva" not in page.content()
    assert_sound(page)


def assert_sound(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    before = page.viewport_size
    page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert before is not None
    page.set_viewport_size(before)
