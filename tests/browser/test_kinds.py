"""Every kind of item on the exam page: answered by hand, found again, never lost while it is typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from exam_engine.delivery.responses import REVISIONS_MAX
from exam_engine.demo.stage import CANDIDATE
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.choices import Scoring
from question_bank.item_kinds.kind import PartCredit
from question_bank.item_kinds.ordering import Counted
from tests.browser.answering import ANSWERED, Slot
from tests.browser.conftest import PHONE, Open, SignIn
from tests.browser.exam_page import SAVED, cell, line, path_of, tab_to
from tests.builders.kinds import CONTENTS
from tests.journeys.acts import Seat, ask_every_kind, seated
from tests.stage import Site

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 640}
# What stands in the controls, and the order of what can be moved.
ON_SCREEN = """() => [...document.querySelectorAll("#item input, #item select, #item textarea, #item li")].map((control) =>
    [control.name ?? control.dataset.id, control.value, control.checked ?? null])"""
ENDLESS_PAUSE = """const later = window.setTimeout;
    window.setTimeout = (act, ms, ...facts) => (ms === 600 ? 0 : later(act, ms, ...facts));"""


@pytest.fixture
def seat(live: Site) -> Seat:
    """A candidate before a paper of one item of each kind."""
    return seated(ask_every_kind(live, CONTENTS))


def test_no_kind_is_left_out() -> None:
    assert list(CONTENTS) == list(ANSWERED) == list(KINDS)


def test_every_way_of_counting_is_told(seat: Seat, sign_in: SignIn) -> None:
    page = sign_in(CANDIDATE, path_of(seat))
    words = page.evaluate("() => JSON.parse(document.getElementById('words').textContent)")
    ways = {f"counts_{way}" for way in (*Scoring, *PartCredit, *Counted)}
    assert {name for name in words if name.startswith("counts_")} == ways
    for slot in seat.paper():
        expect(page.get_by_role("heading", name=f"Question {slot['slot']} of {len(KINDS)}")).to_be_visible()
        told = page.locator("#item-hint").inner_text()
        said = {words[way] for way in ways if words[way] in told}
        assert said == ({words[f"counts_{slot['counts']}"]} if "counts" in slot else set())
        page.locator("#next").click()


def test_every_kind_is_answered_with_the_keyboard_and_found_again(seat: Seat, sign_in: SignIn) -> None:
    page = sign_in(CANDIDATE, path_of(seat))
    expected, shown = [], []
    for slot in seat.paper():
        expect(page.get_by_role("heading", name=f"Question {slot['slot']} of {len(KINDS)}")).to_be_focused()
        expected.append(ANSWERED[slot["kind"]](page, slot))
        expect(cell(page, slot["slot"])).to_have_attribute("data-answered", "true")
        shown.append(page.evaluate(ON_SCREEN))
        tab_to(page, "#next")
        page.keyboard.press("Enter")
    expect(page.locator("#review-count")).to_have_text(f"{len(KINDS)} of {len(KINDS)} answered")
    expect(line(page)).to_have_text(SAVED)
    assert [slot["response"] for slot in seat.paper()] == expected
    page.reload()
    for slot, screen in zip(seat.paper(), shown, strict=True):
        cell(page, slot["slot"]).click()
        assert page.evaluate(ON_SCREEN) == _as_the_server_writes(screen)


def test_taking_an_answer_back_leaves_nothing_of_it(seat: Seat, sign_in: SignIn) -> None:
    page = sign_in(CANDIDATE, path_of(seat))
    for slot in seat.paper():
        cell(page, slot["slot"]).click()
        before = page.evaluate(ON_SCREEN)
        ANSWERED[slot["kind"]](page, slot)
        page.get_by_role("button", name="Take my answer back").click()
        assert page.evaluate(ON_SCREEN) == before
        expect(cell(page, slot["slot"])).to_have_attribute("data-answered", "false")
    expect(line(page)).to_have_text(SAVED)
    assert [slot["response"] for slot in seat.paper()] == [{}] * len(KINDS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, SMALLEST], ids=["desk", "small"])
def test_axe_finds_nothing(seat: Seat, sign_in: SignIn, scheme: str, viewport: dict[str, int]) -> None:
    page = sign_in(
        CANDIDATE, path_of(seat), color_scheme=scheme, viewport=viewport, bypass_csp=True, reduced_motion="reduce"
    )
    found = {}
    for slot in seat.paper():
        cell(page, slot["slot"]).click()
        ANSWERED[slot["kind"]](page, slot)
        if slot["kind"] == "numeric":
            page.locator("#item input").fill("fast")
            expect(page.locator("#refused")).to_be_visible()
        results = Axe().run(page)
        if results.violations_count:
            found[slot["kind"]] = results.generate_report()
    assert found == {}


@pytest.mark.parametrize("language", ["en", "de", "bg"])
def test_nothing_has_to_be_scrolled_sideways(seat: Seat, sign_in: SignIn, language: str) -> None:
    page = sign_in(CANDIDATE, path_of(seat), viewport=SMALLEST)
    url = seat.site.client.base_url
    page.context.add_cookies([{"name": "language", "value": language, "url": str(url)}])
    page.reload()
    for slot in seat.paper():
        cell(page, slot["slot"]).click()
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, slot["kind"]
        for target in page.locator("#item select, #item button, #item label:has(input)").all():
            box = target.bounding_box()
            assert box is None or min(box["width"], box["height"]) >= 24, slot["kind"]


def test_a_table_becomes_groups_where_it_has_no_room(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "matrix")
    statement = "Raw data may be kept for ever, because nobody asked."
    expect(page.get_by_role("rowheader", name=statement)).to_be_visible()
    page.get_by_role("radio", name=f"{statement} False").check()
    page.set_viewport_size(PHONE)
    group = page.get_by_role("group", name=statement, exact=True)
    expect(group.get_by_role("radio", name="False")).to_be_checked()
    expect(group.get_by_role("radio", name="False")).to_be_focused()
    expect(page.locator("#item table")).to_have_count(0)


def test_a_counterpart_that_fits_once_moves_to_who_takes_it_last(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "matching")
    lamp, mast = page.get_by_label("A lamp that counts passers-by"), page.get_by_label("A mast on a roof")
    lamp.select_option("field")
    expect(mast.locator("option[value=field]")).to_have_attribute("label", "(taken) Field layer")
    mast.select_option("field")
    expect(lamp).to_have_value("")
    page.keyboard.press("Tab")
    expect(page.locator("#spoken")).to_have_text("Open again: A lamp that counts passers-by")
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "matching") == {"matched": {"mast": "field"}}


def test_what_keys_pass_on_their_way_through_a_list_stays_where_it_was(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "matching")
    one, other = page.locator("#item select").nth(0), page.locator("#item select").nth(1)
    one.select_option(index=1)
    other.focus()
    page.keyboard.press("ArrowDown")
    expect(one).to_have_value("")
    page.keyboard.press("ArrowDown")
    assert one.evaluate("(select) => select.selectedIndex") == 1
    assert other.evaluate("(select) => select.selectedIndex") == 2


def test_an_order_that_was_only_looked_at_is_no_answer(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "ordering")
    slot = _slot(seat, "ordering")
    expect(cell(page, slot["slot"])).to_have_attribute("data-answered", "false")
    page.get_by_role("checkbox", name="This order is my answer").check()
    expect(line(page)).to_have_text(SAVED)
    drawn = [element["id"] for element in slot["elements"]]
    assert _on_server(seat, "ordering") == {"ordered": drawn}
    page.get_by_role("checkbox", name="This order is my answer").uncheck()
    expect(cell(page, slot["slot"])).to_have_attribute("data-answered", "false")
    last = slot["elements"][-1]["text"]
    up = page.get_by_role("button", name=f"Move up: {last}")
    up.click()
    expect(up).to_be_focused()
    expect(page.locator("#spoken")).to_have_text(f"{last} is now 4 of 5")
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "ordering") == {"ordered": [*drawn[:3], drawn[4], drawn[3]]}


@pytest.mark.parametrize("leave", ["a single key", "the map", "the review", "loading again"])
def test_whoever_leaves_while_typing_loses_nothing(seat: Seat, sign_in: SignIn, leave: str) -> None:
    page = sign_in(CANDIDATE, "/my")
    page.add_init_script(ENDLESS_PAUSE)
    page.on("dialog", lambda dialog: dialog.accept())
    _open(page, seat, "short_text")
    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Use single keys").check()
    page.get_by_label("Your answer").press_sequentially("an interface")
    expect(line(page)).to_have_text("saving …")
    assert _on_server(seat, "short_text") == {}
    if leave == "a single key":
        page.keyboard.press("Tab")
        page.keyboard.press("p")
    elif leave == "the map":
        cell(page, 1).click()
    elif leave == "the review":
        page.locator("#review").click()
    else:
        page.reload()
        expect(page.get_by_label("Your answer")).to_have_value("an interface")
    # It is sent while a page is left, or by the next one.
    expect(line(page)).to_have_text(re.compile("^saved |^every answer is saved at once$"))
    assert _on_server(seat, "short_text") == {"text": "an interface"}


def test_what_is_typed_is_saved_when_it_pauses(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "short_text")
    saves: list[str] = []
    page.on("request", lambda request: saves.append(request.url) if "/responses/" in request.url else None)
    page.get_by_label("Your answer").press_sequentially("interface", delay=50)
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "short_text") == {"text": "interface"}
    assert len(saves) < len("interface") // 2


def test_hours_of_writing_fit_into_the_saves_that_are_kept(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "essay")
    pauses: list[int] = page.evaluate(
        """async (count) => {
          const { typingPause } = await import(new URL("./answers.js", document.querySelector("[src*='exam/page']").src));
          return Array.from({ length: count }, (_, saves) => typingPause(saves));
        }""",
        REVISIONS_MAX,
    )
    assert pauses[0] == 600
    assert max(pauses) <= 60_000
    assert sum(pauses) > 6 * 60 * 60 * 1000


def test_an_essay_is_counted_as_it_grows_told_in_pauses_and_never_cut(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "essay")
    expect(page.locator("#item-hint")).to_contain_text("Asked for are 40 to 200 words.")
    field, length = page.get_by_label("Your answer"), page.locator("#item .essay-length")
    expect(field).to_have_attribute("spellcheck", "false")
    field.press_sequentially("Count passers-by\nonly. ")
    expect(length).to_have_text("Words so far: 3")
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "essay") == {"text": "Count passers-by\nonly."}
    expect(page.locator("#spoken")).to_have_text("Words so far: 3")
    field.fill("слово " * 1400)
    expect(page.locator("#refused-words")).to_have_text("This text is longer than can be kept. Please shorten it.")
    page.reload()
    expect(length).to_have_text("Words so far: 1400")
    field.fill("слово " * 1000)
    expect(line(page)).to_have_text(SAVED)
    expect(page.locator("#refused")).to_be_hidden()
    assert _on_server(seat, "essay") == {"text": ("слово " * 1000).strip()}


def test_letters_typed_into_a_field_are_no_single_keys(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "short_text")
    title = page.locator("#question-title").inner_text()
    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Use single keys").check()
    page.get_by_label("Your answer").press_sequentially("npfr1")
    expect(page.locator("#question-title")).to_have_text(title)
    expect(page.get_by_label("Your answer")).to_have_value("npfr1")
    expect(page.get_by_role("button", name="Flag for later")).to_have_attribute("aria-pressed", "false")


def test_another_window_never_overwrites_what_is_being_typed(seat: Seat, sign_in: SignIn) -> None:
    one = _at(seat, sign_in, "short_text")
    other = one.context.new_page()
    _open(other, seat, "short_text")
    _say(one, "theirs")
    expect(line(one)).to_have_text(SAVED)
    field = other.get_by_label("Your answer")
    field.press_sequentially("mine")
    expect(other.get_by_role("heading", name="Changed in another window")).to_be_visible()
    expect(field).to_have_value("mine")
    field.press_sequentially(" and more")
    expect(other.locator("#saved-answer")).to_have_text("theirs")
    expect(other.locator("#rejected-answer")).to_have_text("mine and more")
    assert _on_server(seat, "short_text") == {"text": "theirs"}
    other.reload()
    expect(other.locator("#rejected-answer")).to_have_text("mine and more")
    other.get_by_role("button", name="Save my answer after all").click()
    expect(line(other)).to_have_text(SAVED)
    expect(field).to_have_value("mine and more")
    assert _on_server(seat, "short_text") == {"text": "mine and more"}


def test_an_acknowledgement_never_overwrites_what_is_being_typed(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "gap_text")
    field = page.locator("#item input").first
    field.press_sequentially("pur")
    with page.expect_response("**/responses/*"):
        field.press("Enter")
        field.press_sequentially("pose ")
    expect(line(page)).to_have_text(SAVED)
    expect(field).to_have_value("purpose ")
    expect(field).to_be_focused()
    assert _on_server(seat, "gap_text") == {"filled": {"purpose": "purpose"}}


def test_a_number_that_cannot_be_read_says_so_and_is_kept(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "numeric")
    field = page.get_by_label("Your answer")
    _say(page, "1.234,5")
    reason = "This is not a number that can be read. Write it like 1234.5 or 1234,5."
    expect(field).to_have_accessible_description(reason)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#spoken-now")).to_have_text(reason)
    expect(page.locator("#refused-saved")).to_have_text("Saved is: no answer.")
    slot = _slot(seat, "numeric")["slot"]
    expect(cell(page, slot)).to_have_attribute("data-answered", "false")
    page.reload()
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Review and hand in").click()
    page.get_by_role("button", name="Hand in now").click()
    expect(page.locator("#trouble-words")).to_contain_text(
        f"What stands in these questions could not be saved: {slot}."
    )
    assert seat.caller.get(f"/attempts/{seat.attempt_id}")["state"] == "in_progress"
    cell(page, slot).click()
    expect(field).to_have_value("1.234.5")
    field.fill("1234,5")
    expect(page.locator("#refused")).to_be_hidden()
    expect(line(page)).to_have_text(SAVED)
    expect(field).to_have_value("1234,5")
    assert _on_server(seat, "numeric") == {"number": {"value": "1234.5"}}


def test_a_keypad_without_a_minus_has_a_button_for_it(seat: Seat, open_browser: Open) -> None:
    page = open_browser(viewport=PHONE).new_page()
    token = {"name": "session", "value": str(seat.caller.token), "url": str(seat.site.client.base_url)}
    page.context.add_cookies([token])
    _open(page, seat, "numeric")
    field = page.get_by_label("Your answer")
    expect(field).to_have_attribute("inputmode", "decimal")
    field.fill("7")
    page.get_by_role("button", name="Change the sign").click()
    expect(field).to_be_focused()
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "numeric") == {"number": {"value": "-7"}}


def test_a_spot_is_chosen_on_the_picture_or_in_the_list(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "hotspot")
    picture = page.get_by_role("img", name="Four fields in two rows: blue and gold above, green and red below.")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 600
    red, green = (page.get_by_role("radio", name=re.compile(f"{colour} field")) for colour in ("red", "green"))
    _point_at(picture, 450, 300)
    expect(red).to_be_checked()
    expect(page.locator(".spot[data-spot=red]")).to_have_attribute("data-chosen", "true")
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, "hotspot") == {"chosen": ["red"]}
    green.check()
    expect(page.locator(".spot[data-spot=green]")).to_have_attribute("data-chosen", "true")
    expect(page.locator(".spot[data-spot=red]")).to_have_attribute("data-chosen", "false")
    _point_at(picture, 300, 200)
    _point_at(picture, 185, 350)  # the notch of the polygon
    expect(green).to_be_checked()
    # Nothing of ours is written on the picture: it has letters and numbers of its own.
    assert page.locator(".spot-map svg text").count() == 0
    names = [text.strip() for text in page.locator(".spot-list .choice").all_inner_texts()]
    assert page.locator(".spot > title").all_text_contents() == names


def test_where_the_keyboard_is_shows_on_the_picture(seat: Seat, sign_in: SignIn) -> None:
    page = _at(seat, sign_in, "hotspot")
    tab_to(page, "#item input")
    expect(page.locator(".spot[data-focused=true]")).to_have_count(1)
    expect(page.locator(".spot").first).to_have_attribute("data-focused", "true")
    page.get_by_role("radio", name=re.compile("green field")).hover()
    expect(page.locator(".spot[data-spot=green]")).to_have_attribute("data-focused", "true")


def _point_at(picture: Locator, x: int, y: int) -> None:
    """Click on a pixel of the picture, however large it is shown."""
    box = picture.bounding_box()
    assert box is not None
    at = {"x": x * box["width"] / 600, "y": y * box["height"] / 400}
    picture.page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])


def _as_the_server_writes(screen: list[Any]) -> list[Any]:
    return [
        ["value", "22.50", checked] if name == "value" else [name, value, checked] for name, value, checked in screen
    ]


def _at(seat: Seat, sign_in: SignIn, kind: str) -> Page:
    page = sign_in(CANDIDATE, "/my")
    _open(page, seat, kind)
    return page


def _open(page: Page, seat: Seat, kind: str) -> None:
    page.goto(f"{path_of(seat)}#{_slot(seat, kind)['slot']}")
    expect(page.locator("#item .item")).to_be_visible()


def _say(page: Page, text: str) -> None:
    field: Locator = page.get_by_label("Your answer")
    field.press_sequentially(text)


def _slot(seat: Seat, kind: str) -> Slot:
    return next(slot for slot in seat.paper() if slot["kind"] == kind)


def _on_server(seat: Seat, kind: str) -> dict[str, Any]:
    response: dict[str, Any] = _slot(seat, kind)["response"]
    return response
