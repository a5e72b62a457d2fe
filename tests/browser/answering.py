"""Answering with the keyboard alone: one way for each kind, which returns the answer in the shape of its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.exam_page import tab_to
from tests.builders.samples import COUNTS

Slot = dict[str, Any]


def _choose_first(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.press("Space")
    return {"chosen": [slot["options"][0]["id"]]}


def _choose_two(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    return {"chosen": sorted(option["id"] for option in slot["options"][:2])}


def _mark_rows(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    (first, second, _), (left, right) = slot["rows"], slot["columns"]
    return {"marked": {first["id"]: left["id"], second["id"]: right["id"]}}


def _match_two(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item select")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    matched = {slot["premises"][0]["id"]: slot["counterparts"][0]["id"]}
    return {"matched": matched | {slot["premises"][1]["id"]: slot["counterparts"][3]["id"]}}


def _move_first(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item li:first-child button[data-step='1']")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    first, second, third, *rest = (element["id"] for element in slot["elements"])
    return {"ordered": [second, third, first, *rest]}


def _choose_gaps(page: Page, slot: Slot) -> dict[str, Any]:
    first, second, *_ = slot["gaps"]
    tab_to(page, "#item select")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    return {"filled": {first["id"]: first["options"][0]["id"], second["id"]: second["options"][1]["id"]}}


def _type_gaps(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.type("aim")
    page.keyboard.press("Tab")
    page.keyboard.type("is needed")
    return {"filled": {"needed": "is needed", "purpose": "aim"}}


def _type_text(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.type("an Интерфейс")
    return {"text": "an Интерфейс"}


def _type_number(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.type("22,50")
    tab_to(page, "#item select")
    page.keyboard.press("ArrowDown")
    return {"number": {"value": "22.50", "unit": "km/h"}}


def _choose_spot(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item input")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    return {"chosen": [slot["spots"][1]["id"]]}


def _write_text(page: Page, slot: Slot) -> dict[str, Any]:
    tab_to(page, "#item textarea")
    page.keyboard.type("Count; keep no")
    page.keyboard.press("Enter")
    page.keyboard.type("pictures.")
    return {"text": "Count; keep no\npictures."}


def _send_file(page: Page, slot: Slot) -> dict[str, Any]:
    named, content = COUNTS
    with (
        page.expect_file_chooser() as chooser
    ):  # begun before the way there, so that the browser knows when Enter comes
        tab_to(page, "#item input[type=file]")
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": named["name"], "mimeType": "text/csv", "buffer": content})
    expect(page.locator("#item [data-file]")).to_contain_text(named["name"])
    return {"files": [named]}


ANSWERED: dict[str, Callable[[Page, Slot], dict[str, Any]]] = {
    "single_choice": _choose_first,
    "multiple_choice": _choose_two,
    "matrix": _mark_rows,
    "matching": _match_two,
    "ordering": _move_first,
    "gap_select": _choose_gaps,
    "gap_text": _type_gaps,
    "short_text": _type_text,
    "numeric": _type_number,
    "hotspot": _choose_spot,
    "essay": _write_text,
    "upload": _send_file,
}
