"""The exam page as hands find it: where it is, its line about saving, its map, and the way with Tab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page

from tests.journeys.acts import Seat

SAVED = re.compile(r"^saved \d\d:\d\d:\d\d$")


def path_of(seat: Seat) -> str:
    return f"/my/attempts/{seat.attempt_id}"


def line(page: Page) -> Locator:
    return page.locator("#save-words")


def cell(page: Page, slot: int) -> Locator:
    return page.locator("#map button").nth(slot - 1)


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with Tab")
