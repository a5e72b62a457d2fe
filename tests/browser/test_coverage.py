"""Find the weak spot on the heat map: by its words, by keyboard, on a phone and on paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from exam_engine.demo.stage import AUTHOR, MANAGER
from kernel.permissions import AccountRole, Actor
from question_bank.authoring import move_item
from question_bank.items import Item, ItemState, ItemVersion, Standing
from tests.browser.conftest import PHONE, Open, SignIn
from tests.stage import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
WEAK, LEVEL = "A3.2", 6


def weaken(site: Site) -> None:
    """Rest all but one of the live items of one competence at one level; translations rest with their originals."""
    with site.installation.database.transaction() as tx:
        found = tx.scalars(
            select(ItemVersion)
            .join(ItemVersion.competence)
            .join(Standing, Standing.version_id == ItemVersion.id)
            .where(Standing.state == ItemState.LIVE.value, ItemVersion.original_id.is_(None))
            .order_by(ItemVersion.id)
        )
        weak = [version for version in found if (version.competence.code, version.level) == (WEAK, LEVEL)]
        for version in weak[1:]:
            item = tx.get_one(Item, version.item_id)
            manager = Actor(version.author_id, item.organisation_id, frozenset({AccountRole.MANAGER}))
            move_item(tx, version, target=ItemState.RESTING, reason="Seen too often.", actor=manager, now=site.clock())


def test_a_manager_finds_the_weak_spot(live: Site, sign_in: SignIn) -> None:
    weaken(live)
    page = sign_in(MANAGER, "/manage")
    page.get_by_role("link", name="Coverage of blueprints").click()
    first = page.locator("main ol li").first
    expect(first).to_contain_text(f"{WEAK} at level {LEVEL}")
    expect(first).to_contain_text("Too few")
    spot = page.locator("table").get_by_role("link", name=f"{WEAK} at level {LEVEL}")
    expect(spot).to_contain_text("Too few")
    spot.focus()
    expect(spot).to_be_focused()
    assert f"competence={WEAK}&level={LEVEL}&state=live" in str(spot.get_attribute("href"))
    page.get_by_label("State").select_option("any")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("table").get_by_role("link", name=f"{WEAK} at level {LEVEL}")).not_to_contain_text("Too few")
    expect(page.get_by_label("State")).to_have_value("any")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_heat_map(live: Site, open_browser: Open, scheme: str) -> None:
    weaken(live)
    for viewport in (PHONE, {"width": 1280, "height": 900}):
        page = open_browser(color_scheme=scheme, bypass_csp=True, viewport=viewport).new_page()
        url = str(live.client.base_url)
        page.context.add_cookies([{"name": "session", "value": str(live.people[AUTHOR].token), "url": url}])
        page.goto("/manage/coverage")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    expect(page.locator("table")).to_be_visible()
