"""Every page as people meet it: for all senses, on small screens, in the dark and on paper."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from exam_engine.demo.stage import CANDIDATE, PROCTOR, SIMULATED, Person
from tests.browser.conftest import PHONE, Open, SignIn
from tests.browser.exam_page import cell
from tests.exam_engine.http.web.world import make_world, pages_of
from tests.journeys.acts import arrive, book, seated
from tests.stage import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
SMALLEST = {"width": 320, "height": 640}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(live: Site, open_browser: Open, scheme: str) -> None:
    found = {}
    for path, page in _walk(live, open_browser, color_scheme=scheme, bypass_csp=True):
        for details in page.locator("details").all():
            details.evaluate("(element) => { element.open = true; }")
        results = Axe().run(page)
        if results.violations_count:
            found[path] = results.generate_report()
    assert found == {}


TOO_SMALL = """(targets) => targets
    .filter((target) => { const box = target.getBoundingClientRect(); return Math.min(box.width, box.height) < 24; })
    .map((target) => target.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize(("viewport", "language"), [(SMALLEST, "de"), (PHONE, "el")], ids=["320-de", "375-el"])
def test_nothing_has_to_be_scrolled_sideways_and_what_is_pressed_is_large_enough(
    live: Site, open_browser: Open, viewport: dict[str, int], language: str
) -> None:
    """WCAG 1.4.10, and 2.5.8: 24 pixels each way, or a link within a sentence."""
    wide, small = {}, {}
    for path, page in _walk(live, open_browser, language=language, viewport=viewport):
        targets = page.locator("button:visible, .button:visible, select:visible, .pick input:visible, nav a:visible")
        if found := targets.evaluate_all(TOO_SMALL):
            small[path] = found
        for details in page.locator("details").all():
            details.evaluate("(element) => { element.open = true; }")
        over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[path] = over
    assert (wide, small) == ({}, {})


def test_no_question_has_to_be_scrolled_sideways(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, f"/my/attempts/{seat.attempt_id}", viewport={"width": 320, "height": 640})
    wide = []
    for slot in seat.paper():
        cell(page, slot["slot"]).click()
        if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(slot["stem"])
    assert wide == []


def test_the_focus_is_seen_wherever_it_goes(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, f"/my/attempts/{seat.attempt_id}")
    expect(page.locator("#question-title")).to_be_focused()
    unseen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        focus: dict[str, Any] = page.evaluate(
            """() => {
                const element = document.activeElement.closest(".choice") ?? document.activeElement;
                const style = getComputedStyle(element);
                return { name: element.id || element.className, width: style.outlineWidth, line: style.outlineStyle };
            }"""
        )
        if focus["line"] == "none" or float(focus["width"].removesuffix("px")) < 2:
            unseen.append(focus["name"])
    assert unseen == []


def test_the_first_tab_skips_to_the_content(live: Site, open_browser: Open) -> None:
    page = open_browser().new_page()
    page.goto("/verify")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_result_on_paper_has_its_bars_and_nothing_to_press(live: Site, sign_in: SignIn) -> None:
    world = make_world(live)
    page = sign_in(SIMULATED, f"/my/attempts/{world.attempt_id}/result")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator("nav.languages")).to_be_hidden()
    expect(page.locator(".profile-bar").first).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_whoever_is_sensitive_to_motion_sees_none(live: Site, open_browser: Open) -> None:
    page = open_browser(reduced_motion="reduce").new_page()
    page.goto("/sign-in")
    moving = page.locator("body *").evaluate_all(
        """(all) => all.filter((element) => {
            const style = getComputedStyle(element);
            return style.transitionDuration !== "0s" || style.animationName !== "none";
        }).length"""
    )
    assert moving == 0


def test_a_proctors_list_brings_itself_up_to_date_but_not_under_their_hands(live: Site, sign_in: SignIn) -> None:
    seat = book(live)
    page = sign_in(PROCTOR, f"/proctor/sittings/{seat.sitting_id}")
    expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
    arrive(seat)
    expect(page.get_by_role("heading", name=CANDIDATE.name)).to_be_visible(timeout=8000)
    expect(page.locator("#refreshed")).to_contain_text("Brought up to date at")
    method = page.get_by_label("Identity shown by")
    method.select_option("passport")
    method.focus()
    with page.expect_response("**/attempts"):
        pass
    expect(method).to_have_value("passport")
    page.get_by_role("button", name="Identity checked: let in").click()
    expect(page.get_by_text("Nobody is waiting.")).to_be_visible()


def test_a_list_never_shows_the_sign_in_form_inside_itself(live: Site, sign_in: SignIn) -> None:
    seat = book(live)
    page = sign_in(PROCTOR, f"/proctor/sittings/{seat.sitting_id}")
    page.context.clear_cookies()
    page.wait_for_url("**/sign-in?next=/proctor/**", timeout=9000)


def _walk(live: Site, open_browser: Open, *, language: str = "en", **options: Any) -> Any:
    """Yield every page that shows something, opened by somebody who may see it."""
    world = make_world(live)
    pages: dict[Person | None, Page] = {}
    review = f"/my/attempts/{world.running_attempt_id}#review"
    for path, person in {**pages_of(world), review: CANDIDATE}.items():
        if person not in pages:
            pages[person] = open_browser(**options).new_page()
            _give_cookie(pages[person], live, "language", language)
            if person is not None:
                _give_cookie(pages[person], live, "session", str(live.people[person].token))
        page = pages[person]
        page.goto(path)
        page.wait_for_load_state()
        yield path, page


def _give_cookie(page: Page, live: Site, name: str, value: str) -> None:
    page.context.add_cookies([{"name": name, "value": value, "url": str(live.client.base_url)}])
