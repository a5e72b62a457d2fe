"""The exam page in a real browser: what it promises about answers, time and other windows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from exam_engine.delivery import admission
from exam_engine.delivery.paper import draw_paper
from exam_engine.demo.stage import CANDIDATE, PASSWORD
from question_bank.items import ItemVersion
from tests.browser.conftest import Open, SignIn
from tests.browser.exam_page import SAVED, cell, line, path_of, tab_to
from tests.journeys.acts import Seat, admit, arrive, book, seated
from tests.stage import Site

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def choices_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers begin with choices: what the page does around an answer is tried with the simplest one."""

    def draw(versions: Sequence[ItemVersion], seed: bytes) -> list[dict[str, Any]]:
        drawn = sorted(draw_paper(versions, seed), key=lambda slot: not slot["kind"].endswith("_choice"))
        return [{**slot, "slot": number} for number, slot in enumerate(drawn, start=1)]

    monkeypatch.setattr(admission, "draw_paper", draw)


def test_a_choice_is_saved_and_said_to_be(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    expect(line(page)).to_have_text("every answer is saved at once")
    _choose(page, 1)
    expect(line(page)).to_have_text(SAVED)
    expect(cell(page, 1)).to_have_attribute("data-answered", "true")
    assert _on_server(seat, 1) == [_value(page, 1)]
    page.get_by_role("button", name="Take my answer back").click()
    expect(cell(page, 1)).to_have_attribute("data-answered", "false")
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, 1) == []


def test_everything_is_there_after_loading_again(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    cell(page, 7).click()
    _choose(page, 0)
    page.get_by_role("button", name="Flag for later").click()
    expect(line(page)).to_have_text(SAVED)
    chosen = _value(page, 0)
    page.reload()
    expect(page.get_by_role("heading", name="Question 7 of 80")).to_be_visible()
    expect(page.get_by_role("button", name="Flag for later")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#item input[value={chosen}]")).to_be_checked()


def test_without_a_connection_answers_wait_and_are_sent_in_order_when_it_returns(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.context.set_offline(True)
    wanted = {}
    for slot in (1, 2, 3):
        cell(page, slot).click()
        _choose(page, 0)
        _choose(page, 1)
        wanted[slot] = [_value(page, 1)] if page.locator("#item input[type=radio]").count() else None
    expect(line(page)).to_have_text("3 unsaved \u2013 trying again")
    expect(page.locator("#spoken")).to_contain_text("your answers are kept on this device")
    expect(cell(page, 2)).to_have_attribute("data-unsaved", "true")
    assert all(_on_server(seat, slot) == [] for slot in (1, 2, 3))
    page.context.set_offline(False)
    expect(line(page)).to_have_text(SAVED)
    for slot, chosen in wanted.items():
        assert _on_server(seat, slot)
        assert chosen is None or _on_server(seat, slot) == chosen
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes(':wish:'))") == []


def test_answers_that_could_not_be_sent_survive_loading_the_page_again(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.route("**/responses/*", lambda route: route.abort())
    page.on("dialog", lambda dialog: dialog.accept())
    _choose(page, 2)
    expect(line(page)).to_have_text("1 unsaved \u2013 trying again")
    chosen = _value(page, 2)
    page.reload()
    page.unroute_all()
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, 1) == [chosen]
    expect(page.locator(f"#item input[value={chosen}]")).to_be_checked()


def test_what_another_edition_of_the_page_kept_breaks_nothing(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    wish = {"slot": 1, "base": 0, "order": 1, "tried": False}
    kept = {
        "flags": "5",
        "wish:no-json": "{",
        "wish:a-list": "[]",
        "wish:chosen-1": json.dumps({**wish, "saveId": "chosen-1", "chosen": ["a"]}),
        "wish:a-text-1": json.dumps({**wish, "saveId": "a-text-1", "response": "a"}),
        "wish:foreign-1": json.dumps({**wish, "saveId": "foreign-1", "response": {"chosen": 5, "text": "a"}}),
    }
    page = sign_in(CANDIDATE, "/my")
    for name, value in kept.items():
        page.evaluate("(entry) => localStorage.setItem(...entry)", [f"exam:{seat.attempt_id}:{name}", value])
    page.goto(path_of(seat))
    expect(page.locator("#refused")).to_contain_text("The server did not accept the answer to question 1.")
    expect(cell(page, 1)).to_have_attribute("data-answered", "false")
    _choose(page, 0)
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, 1) == [_value(page, 0)]


def test_a_reply_that_got_lost_is_no_conflict(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    lost: list[int] = []

    def lose_first(route: Route) -> None:
        reply = route.fetch()
        lost.append(reply.status)
        if len(lost) == 1:
            route.abort()
        else:
            route.fulfill(response=reply)

    page.route("**/responses/*", lose_first)
    _choose(page, 1)
    expect(line(page)).to_have_text(SAVED)
    assert lost == [200, 200]
    expect(page.locator("#rejected")).to_be_hidden()


def test_what_failed_is_sent_again_ever_more_rarely_and_no_sooner_than_asked(live: Site, sign_in: SignIn) -> None:
    page = sign_in(CANDIDATE, path_of(seated(live)))
    waits: dict[str, list[float]] = page.evaluate(
        """async () => {
          const { pause, waitAsked } = await import(
            new URL("./retrying.js", document.querySelector("[src*='exam/page']").src));
          return {
            pauses: [1, 2, 3, 4, 5, 50].map((failures) => pause(failures)),
            asked: [null, "5", "300", "Wed, 21 Oct 2026 07:28:00 GMT"].map(waitAsked),
            both: [pause(1, 5000)],
          };
        }"""
    )
    for wait, most in zip(waits["pauses"], (1000, 2000, 4000, 8000, 15_000, 15_000), strict=True):
        assert most / 2 <= wait <= most
    assert waits["asked"] == [0, 5000, 30_000, 0]
    assert waits["both"] == [5000]


def test_two_windows_never_overwrite_each_other_silently(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    one = sign_in(CANDIDATE, path_of(seat))
    other = one.context.new_page()
    other.goto(path_of(seat))
    _choose(one, 0)
    expect(line(one)).to_have_text(SAVED)
    theirs, mine = _value(one, 0), _value(other, 1)
    _choose(other, 1)
    expect(other.get_by_role("heading", name="Changed in another window")).to_be_visible()
    expect(other.locator("#spoken-now")).to_have_text(
        "Question 1 was changed in another window. Please look at it again."
    )
    expect(other.locator(f"#item input[value={theirs}]")).to_be_checked()
    expect(other.locator("#rejected-answer")).to_have_text(other.locator(".choice").nth(1).inner_text())
    assert _on_server(seat, 1) == [theirs]
    other.get_by_role("button", name="Save my answer after all").click()
    expect(line(other)).to_have_text(SAVED)
    expect(other.locator("#rejected")).to_be_hidden()
    assert _on_server(seat, 1) == [mine]


def test_two_windows_that_say_the_same_do_not_disagree(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    one = sign_in(CANDIDATE, path_of(seat))
    other = one.context.new_page()
    other.goto(path_of(seat))
    for page in (one, other):
        _choose(page, 0)
        expect(line(page)).to_have_text(SAVED)
        expect(page.locator("#rejected")).to_be_hidden()
    assert _on_server(seat, 1) == [_value(one, 0)]


def test_leaving_it_as_the_other_window_saved_it_is_one_click(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    one = sign_in(CANDIDATE, path_of(seat))
    other = one.context.new_page()
    other.goto(path_of(seat))
    _choose(one, 0)
    expect(line(one)).to_have_text(SAVED)
    _choose(other, 1)
    other.get_by_role("button", name="Leave it as it is saved").click()
    expect(other.locator("#rejected")).to_be_hidden()
    assert _on_server(seat, 1) == [_value(one, 0)]


def test_the_whole_exam_with_the_keyboard_alone(live: Site, open_browser: Open) -> None:
    seat = book(live)
    page = open_browser().new_page()
    page.goto("/")
    tab_to(page, "#email")
    page.keyboard.type(CANDIDATE.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    tab_to(page, ".sheet-next button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="An invigilator checks your identity")).to_be_visible()
    seat.attempt_id = page.url.rpartition("/")[2]
    admit(seat)
    expect(page.get_by_role("button", name="Start the exam")).to_be_visible()
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Question 1 of 80")).to_be_focused()
    tab_to(page, "#item input")
    page.keyboard.press("Space")
    if page.locator("#item input[type=radio]").count():
        page.keyboard.press("ArrowDown")
    expect(line(page)).to_have_text(SAVED)
    tab_to(page, "#next")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Question 2 of 80")).to_be_focused()
    tab_to(page, "#flag")
    page.keyboard.press("Space")
    tab_to(page, "#review")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review and hand in")).to_be_focused()
    expect(page.locator("#review-count")).to_have_text("1 of 80 answered")
    expect(page.locator("#review-flagged button")).to_have_count(1)
    expect(page.locator("#review-unanswered button")).to_have_count(79)
    tab_to(page, "#hand-in", most=120)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Handed in", level=1)).to_be_visible()
    expect(page.get_by_text("1 of 80")).to_be_visible()
    receipt = seat.caller.get(f"/attempts/{seat.attempt_id}/receipt")
    expect(page.get_by_text(receipt["receipt_hash"])).to_be_visible()
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('exam:'))") == []


def test_single_keys_do_nothing_until_they_are_switched_on(live: Site, sign_in: SignIn) -> None:
    page = sign_in(CANDIDATE, path_of(seated(live)))
    title = page.locator("#question-title")
    page.keyboard.press("n")
    expect(title).to_have_text("Question 1 of 80")
    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Use single keys").check()
    title.focus()
    page.keyboard.press("n")
    expect(title).to_have_text("Question 2 of 80")
    page.keyboard.press("p")
    expect(title).to_have_text("Question 1 of 80")
    page.keyboard.press("2")
    expect(page.locator("#item input").nth(1)).to_be_checked()
    page.keyboard.press("t")
    expect(page.locator("#spoken")).to_have_text(re.compile("Time left: 2 hours,? (and )?(19|20) minutes"))
    page.keyboard.press("f")
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("r")
    expect(page.locator("#review-title")).to_be_visible()


def test_the_clock_is_the_servers_and_speaks_only_at_thresholds(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    clock = page.get_by_role("timer")
    expect(clock).to_have_attribute("aria-live", "off")
    expect(clock).to_have_text(re.compile(r"^2:19:5\d$"))
    # This device's own clock is of no account.
    page.evaluate("() => { Date.now = () => 0; }")
    live.clock.turn(minutes=129)
    _choose(page, 0)
    expect(clock).to_have_text(re.compile(r"^10:\d\d$"))
    expect(page.locator("#spoken")).to_contain_text("Time left:")
    live.clock.turn(minutes=10, seconds=10)
    _choose(page, 1)
    expect(clock).to_have_attribute("data-urgency", "urgent")
    page.get_by_role("button", name="How long?").click()
    expect(page.locator("#spoken")).to_contain_text("Time left:")


def test_when_time_is_over_the_page_says_so_and_leads_to_the_receipt(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    _choose(page, 0)
    expect(line(page)).to_have_text(SAVED)
    live.clock.turn(minutes=139, seconds=57)
    _choose(page, 1)
    expect(page.get_by_role("heading", name="Your exam has ended")).to_be_visible()
    expect(page.locator("#item input").first).to_be_disabled()
    live.clock.turn(seconds=6)
    live.work()
    expect(page.get_by_role("heading", name="Time ran out", level=1)).to_be_visible()
    expect(page.get_by_text("1 of 80")).to_be_visible()


def test_an_answer_that_came_too_late_is_named(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.context.set_offline(True)
    cell(page, 5).click()
    _choose(page, 0)
    expect(line(page)).to_have_text("1 unsaved \u2013 trying again")
    live.clock.turn(hours=3)
    live.work()
    page.context.set_offline(False)
    expect(page.get_by_text("These questions had a last change that did not reach us in time: 5.")).to_be_visible()
    page.get_by_role("link", name="To the receipt").click()
    expect(page.get_by_text("0 of 80")).to_be_visible()


def test_an_exam_handed_in_elsewhere_ends_here_too(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    expect(page.locator("#question-title")).to_be_visible()
    seat.caller.post(f"/attempts/{seat.attempt_id}/submission")
    _choose(page, 0)
    expect(page.get_by_text("did not reach us in time: 1.")).to_be_visible()


def test_a_session_that_ended_loses_nothing(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.context.clear_cookies()
    _choose(page, 0)
    expect(page.get_by_role("heading", name="Please sign in again")).to_be_visible()
    chosen = _value(page, 0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Sign in and go on").click()
    page.get_by_label("E-mail address").fill(CANDIDATE.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(line(page)).to_have_text(SAVED)
    assert _on_server(seat, 1) == [chosen]


def test_a_lost_exam_cookie_is_fetched_again_unseen(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.context.clear_cookies(name="exam")
    _choose(page, 0)
    expect(line(page)).to_have_text(SAVED)
    expect(page.locator("#trouble")).to_be_hidden()
    assert _on_server(seat, 1) == [_value(page, 0)]


def test_handing_in_waits_for_what_is_not_saved(live: Site, sign_in: SignIn) -> None:
    seat = seated(live)
    page = sign_in(CANDIDATE, path_of(seat))
    page.context.set_offline(True)
    _choose(page, 0)
    page.get_by_role("button", name="Review and hand in").click()
    expect(page.get_by_text("Some answers are not saved yet")).to_be_visible()
    page.get_by_role("button", name="Hand in now").click()
    expect(page.locator("#spoken")).to_contain_text("Please wait until they are saved")
    assert seat.standing()["state"] == "in_progress"
    page.context.set_offline(False)
    expect(page.locator("#review-unsaved")).to_be_hidden()
    page.get_by_role("button", name="Hand in now").click()
    expect(page.get_by_role("heading", name="Handed in", level=1)).to_be_visible()


def test_the_waiting_room_goes_on_by_itself(live: Site, sign_in: SignIn) -> None:
    seat = arrive(book(live))
    page = sign_in(CANDIDATE, path_of(seat))
    expect(page.locator("[data-poll]")).to_contain_text("Looked last at")
    admit(seat)
    expect(page.get_by_role("button", name="Start the exam")).to_be_visible()


def test_whoever_is_let_in_before_the_page_first_looks_goes_on_too(live: Site, sign_in: SignIn) -> None:
    seat = arrive(book(live))
    page = sign_in(CANDIDATE, "/my")
    let_in: list[Seat] = []

    def let_in_first(route: Route) -> None:
        if not let_in:
            let_in.append(admit(seat))
        route.continue_()

    page.route("**/api/v1/attempts/*", let_in_first)
    page.goto(path_of(seat))
    expect(page.get_by_role("button", name="Start the exam")).to_be_visible()


def test_without_javascript_the_way_is_open_and_the_exam_says_what_it_needs(live: Site, sign_in: SignIn) -> None:
    seat = arrive(book(live))
    page = sign_in(CANDIDATE, path_of(seat), java_script_enabled=False)
    expect(page.get_by_text("Reload this page to see whether you have been let in.")).to_be_visible()
    admit(seat)
    page.get_by_role("link", name="Look again").click()
    # Playwright's own text search passes over <noscript>, which is what counts here.
    assert "JavaScript is switched off" in page.locator("noscript").last.inner_text()
    page.get_by_role("button", name="Start the exam").click()
    page.wait_for_selector("#exam", state="attached")
    assert "This page needs JavaScript" in page.locator("noscript").last.inner_text()
    seat.caller.post(f"/attempts/{seat.attempt_id}/submission")
    page.reload()
    expect(page.get_by_role("heading", name="Handed in", level=1)).to_be_visible()


def _choose(page: Page, index: int) -> None:
    page.locator(".choice").nth(index).click()


def _value(page: Page, index: int) -> str:
    return str(page.locator("#item input").nth(index).get_attribute("value"))


def _on_server(seat: Seat, slot: int) -> list[str]:
    chosen: list[str] = seat.paper()[slot - 1]["response"].get("chosen", [])
    return chosen
