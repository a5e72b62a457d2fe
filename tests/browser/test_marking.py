"""The marking pages: an answer is marked with the keyboard alone, on a desk and on a telephone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from exam_engine.demo.stage import MANAGER, MARKER
from exam_engine.scoring.scripts import Script, rubric_of
from kernel.organisations import Organisation
from kernel.permissions import AccountRole
from tests.browser.conftest import SignIn
from tests.browser.exam_page import tab_to
from tests.builders.kernel import make_actor
from tests.builders.kinds import CONTENTS
from tests.builders.scripts import add_pairs
from tests.journeys.acts import ask_every_kind, close, hand_in, seated
from tests.stage import Site

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 640}


@pytest.fixture
def waiting(live: Site) -> Site:
    """An essay of several paragraphs waits for its first marks."""
    seat = seated(ask_every_kind(live, {kind: CONTENTS[kind] for kind in ("essay", "short_text")}))
    for slot in seat.paper():
        if slot["kind"] == "essay":
            seat.respond(slot["slot"], 0, {"text": "Count at the edge.\n\n" + "Keep no pictures. " * 60})
    hand_in(seat)
    close(seat)
    return live


def test_an_answer_is_marked_with_the_keyboard_alone(waiting: Site, sign_in: SignIn) -> None:
    page = sign_in(MARKER, "/marking")
    tab_to(page, "form[action='/marking/next'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The answer", exact=True)).to_be_visible()
    for criterion, presses in (("Purpose and sparing use of data", 2), ("Advice that a council can act on", 1)):
        tab_to(page, "input[type=radio]")
        page.keyboard.press("Space")
        for _ in range(presses):
            page.keyboard.press("ArrowDown")
        group = page.get_by_role("group", name=criterion)
        expect(group.get_by_role("radio").nth(presses)).to_be_checked()
        tab_to(page, "textarea")
        page.evaluate("() => { const now = Date.now; Date.now = () => now() + 6 * 60 * 1000; }")
        with page.expect_response("**/hold") as kept:  # somebody works, so the answer stays in their hands
            page.keyboard.type("Well said.")
        assert kept.value.status == 303
    tab_to(page, "form.sheet button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your marks are kept. They stand.")).to_be_visible()
    expect(page.get_by_text("Nothing is waiting for you.")).to_be_visible()
    assert waiting.people[MARKER].all("/scripts") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_has_to_be_scrolled_sideways(waiting: Site, sign_in: SignIn, scheme: str) -> None:
    page = sign_in(MARKER, "/marking", color_scheme=scheme, bypass_csp=True)
    assert_sound(page)
    page.get_by_role("button", name="Take the next answer").click()
    page.get_by_text("Show it").click()
    assert_sound(page)
    page.goto(page.url.rsplit("/", 1)[0])
    expect(page.get_by_role("heading", name="In your hands")).to_be_visible()
    assert_sound(page)
    page.get_by_role("link", name="Answer ").click()
    # Leaves a criterion open, past the browser's own checks, so that the refusal is looked at as well.
    page.locator("form.sheet").evaluate("(form) => { form.noValidate = true; }")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Give these marks").click()
    expect(page.get_by_text("has no level yet").first).to_be_visible()
    assert_sound(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_how_alike_people_marked(waiting: Site, sign_in: SignIn, scheme: str) -> None:
    mark_in_pairs(waiting)
    page = sign_in(MANAGER, "/marking/agreement", color_scheme=scheme, bypass_csp=True)
    expect(page.locator(".lean-way").first).to_be_visible()
    for summary in page.get_by_text("What these figures may mean").all():
        summary.click()
    assert_sound(page)
    page.get_by_role("link", name=", version 1").click()
    expect(page.get_by_text("ICC(1,1)")).to_be_visible()
    assert_sound(page)


def mark_in_pairs(site: Site) -> None:
    """Three people mark answers in turn, one of whom is strict and another one grows stricter."""
    with site.installation.database.transaction() as tx:
        script = tx.scalars(select(Script)).one()
        organisation = tx.get_one(Organisation, script.organisation_id)
        names = ["Ada Example", "Bela Beispiel", "Chryssa Paradigma", "Dana New"]
        ada, bela, chryssa, dana = (make_actor(tx, organisation, AccountRole.MARKER, name=name) for name in names)
        rubric = rubric_of(script.version)
        best, good, worst = (
            {one.id: sorted(one.points, key=one.points.__getitem__)[rank] for one in rubric.criteria}
            for rank in (-1, -2, 0)
        )
        early = [(ada, best, bela, best), (bela, best, chryssa, good), (ada, worst, chryssa, worst)]
        late = [(ada, best, bela, good), (bela, good, chryssa, good), (ada, good, chryssa, worst)]
        add_pairs(tx, script.attempt, script.version, [*early * 12, *late * 8, *[(dana, best, ada, good)] * 4])


def assert_sound(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    before = page.viewport_size
    page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert before is not None
    page.set_viewport_size(before)
