"""A manager edits a framework, sees what changed, publishes it and exports it; without script, on phone and desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from exam_engine.demo.stage import AUTHOR, MANAGER
from tests.browser.conftest import DESK, PHONE, SignIn
from tests.stage import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def refuse_barriers(page: Page) -> None:
    """Axe finds nothing, and nothing is scrolled sideways: light and dark, on a phone and on a desk."""
    for details in page.locator("details").all():
        details.evaluate("(element) => { element.open = true; }")
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            results = Axe().run(page)
            assert results.violations_count == 0, results.generate_report()
        over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, (page.url, viewport, over)


def test_a_manager_edits_a_framework_sees_what_changed_publishes_and_exports_it(live: Site, sign_in: SignIn) -> None:
    # Without transitions colours are what they will be as soon as the scheme is another.
    page = sign_in(MANAGER, "/manage", bypass_csp=True, reduced_motion="reduce")
    page.get_by_role("link", name="Frameworks").click()
    page.locator("main li h3 a").first.click()
    page.get_by_role("button", name="Draft the next version").click()
    page.get_by_role("link", name="Edit A1.1", exact=True).click()
    page.get_by_label("Name", exact=True).fill("")
    number = page.locator("[data-rows='/criteria'] > ol > li").count() + 1
    page.get_by_role("button", name="Add a criterion").click()
    page.get_by_label(f"Code of criterion {number}").fill("A1.1.1")
    page.get_by_label(f"Criterion {number}", exact=True).fill("Names whom a project concerns.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Still missing: 1")).to_be_visible()
    refuse_barriers(page)
    page.get_by_label("Name", exact=True).fill("People and interests")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Another version is needed")).to_be_visible()
    page.get_by_role("link", name="Give the draft another version").click()
    expect(page.get_by_label("Version", exact=True)).to_be_visible()
    page.get_by_label("Version", exact=True).fill("next")
    page.get_by_role("button", name="Save", exact=True).click()
    changed = page.locator("#comparison tr", has_text="A1.1")
    expect(changed.first).to_contain_text("renamed, other criteria")
    page.locator("#comparison summary").click()
    expect(page.locator("#comparison ins").first).to_be_visible()
    refuse_barriers(page)
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="See version next").click()
    expect(page.get_by_text("A1.1.1 Names whom a project concerns.")).to_be_visible()
    page.get_by_role("button", name="Carry them along").click()
    expect(page.get_by_text("Every live item that can follow has followed.")).to_be_visible()
    refuse_barriers(page)
    page.get_by_role("link", name="Export").click()
    refuse_barriers(page)
    for label in ("Download JSON", "Download CASE"):
        with page.expect_download() as download:
            page.get_by_role("link", name=label).click()
        assert "People and interests" in Path(download.value.path()).read_text()


def test_without_script_a_package_is_imported_once_its_losses_were_seen(
    live: Site, sign_in: SignIn, tmp_path: Path
) -> None:
    framework = live.people[MANAGER].all("/frameworks")[0]
    case = live.people[MANAGER].get(f"/frameworks/{framework['code']}/versions/{framework['version']}/case")
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps({**case, "CFRubrics": [{"title": "Not ours"}]}))
    page = sign_in(AUTHOR, "/bank/frameworks", java_script_enabled=False)
    page.get_by_role("link", name="Import a framework").click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="What becomes of theirs.json")).to_be_visible()
    expect(page.get_by_text("Not taken: 1")).to_be_visible()
    page.get_by_role("button", name="Agree and begin a draft").click()
    expect(page.get_by_role("heading", name="What became of the imported file")).to_be_visible()
    page.get_by_role("link", name="Edit SCPM").click()
    tasks = page.locator("[data-rows='/tasks'] > ol > li")
    there = tasks.count()
    page.get_by_role("button", name="Add a task").click()
    expect(tasks).to_have_count(there + 1)
    assert page.url.endswith("#/tasks-rows")
