"""The whole journey as people take it: on the demo's own site, in Chromium, from sign-in to a certificate."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from exam_engine.demo.stage import CANDIDATE, DECISION_MAKER, MANAGER, PASSWORD, PROCTOR, Person
from question_bank.sample import sample_answers
from tests.browser.conftest import DESK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PROGRAM = Path(sys.executable).with_name("exam-engine")


@pytest.fixture
def demo_url(tmp_path: Path) -> Iterator[str]:
    """The site that ``exam-engine demo`` goes on serving after its story."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAM_ENGINE_")}
    with subprocess.Popen(
        [PROGRAM, "demo", "--json", "--port", "0", "--folder", str(tmp_path / "demo")],
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        verify_url = urlsplit(json.loads(demo.stdout.readline())["verify_url"])
        yield f"{verify_url.scheme}://{verify_url.netloc}"
        demo.terminate()


def signed_in(chromium: Browser, url: str, person: Person) -> Page:
    page = chromium.new_context(base_url=url, viewport=DESK, locale="en-GB", accept_downloads=True).new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def known(text: str) -> str:
    """A text as a person compares it: white space does not matter."""
    return " ".join(text.split())


def words_of(html: str) -> str:
    """What a person reads of an item's text."""
    return known(unescape(re.sub(r"<[^>]+>", " ", html)))


def answer_rightly(page: Page, answers: dict[str, dict[str, Any]]) -> None:
    """Give the right answer to the question on the screen, whatever its kind."""
    right = answers[known(page.locator(".stem").inner_text())]
    item = page.locator("#item")
    for option in right.get("chosen", ()):
        item.locator(f".choice input[value='{option}']").check()
    for row, column in right.get("marked", {}).items():
        item.locator(f"input[name='{row}'][value='{column}']").check()
    for name, value in (right.get("matched") or right.get("filled") or right.get("number") or {}).items():
        enter(item.locator(f"[name='{name}']"), value)
    if "text" in right:
        enter(item.locator("input"), right["text"])
    if "ordered" in right:
        bring_into_order(item, right["ordered"])


def enter(control: Locator, value: str) -> None:
    """Choose from a list, or type into a field."""
    if control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)


def bring_into_order(item: Locator, ordered: list[str]) -> None:
    """Move each element up to its place, and say that the order is meant."""
    for place, element in enumerate(ordered):
        while (rows := item.locator("li").evaluate_all("rows => rows.map(row => row.dataset.id)")).index(
            element
        ) > place:
            item.locator(f"li[data-id='{element}'] button[data-step='-1']").click()
        assert rows[place] == element
    item.locator("input[name='meant']").check()


def test_a_person_sits_an_exam_and_holds_a_certificate(chromium: Browser, demo_url: str, tmp_path: Path) -> None:
    candidate = signed_in(chromium, demo_url, CANDIDATE)
    press(candidate, "Go to the waiting room")
    expect(candidate.get_by_role("heading", level=1)).to_contain_text("Open sitting")

    proctor = signed_in(chromium, demo_url, PROCTOR)
    proctor.get_by_role("link", name="Open sitting").first.click()
    press(proctor, "Identity checked: let in")
    expect(proctor.get_by_text(CANDIDATE.name).first).to_be_visible()

    expect(candidate.get_by_role("button", name="Start the exam")).to_be_visible(timeout=15_000)
    press(candidate, "Start the exam")
    answers = {words_of(stem): right for stem, right in sample_answers().items()}
    for number in range(1, 81):
        expect(candidate.get_by_role("heading", name=f"Question {number} of 80")).to_be_visible()
        answer_rightly(candidate, answers)
        press(candidate, "Next" if number < 80 else "To the review")
    expect(candidate.get_by_text("Every question has an answer.")).to_be_visible()
    expect(candidate.locator("#save-state")).to_have_attribute("data-state", "saved")
    press(candidate, "Hand in now")
    expect(candidate.get_by_text("80").first).to_be_visible()

    manager = signed_in(chromium, demo_url, MANAGER)
    manager.goto("/manage/sittings")
    manager.get_by_role("link", name="Open sitting").first.click()
    press(manager, "Close the sitting")

    decider = signed_in(chromium, demo_url, DECISION_MAKER)
    decider.goto("/decisions")
    waiting = decider.get_by_role("link", name=CANDIDATE.name)
    for _ in range(50):  # the worker scores within a second
        if waiting.count():
            break
        decider.reload()
    waiting.first.click()
    decider.get_by_label("grant the certificate").check()
    decider.get_by_label("Reason").fill("The evidence is complete and every rule of the scheme is met.")
    press(decider, "Decide")

    candidate.goto("/my")
    download = candidate.get_by_role("link", name="Download the PDF")
    for _ in range(50):  # the worker issues within a second
        if download.count():
            break
        candidate.reload()
    with candidate.expect_download() as downloaded:
        download.first.click()
    path = tmp_path / "certificate.pdf"
    downloaded.value.save_as(path)
    assert path.read_bytes().startswith(b"%PDF-")

    candidate.get_by_role("link", name="Public page").first.click()
    stranger = chromium.new_context(locale="en-GB").new_page()
    stranger.goto(candidate.url)
    expect(stranger.get_by_text(CANDIDATE.name).first).to_be_visible()
    expect(stranger.get_by_text("Valid", exact=False).first).to_be_visible()
