"""The media page: files come in, are shown with what names them, and can be written into a text without a script."""

from __future__ import annotations

from exam_engine.demo.stage import AUTHOR, REVIEWER
from tests.builders.files import mp3, pdf, png
from tests.exam_engine.http.web.visitor import Page, Visitor
from tests.stage import URL, Site


def send(visitor: Visitor, content: bytes, name: str, description: str = "") -> Page:
    files = {"file": (name, content)}
    reply = visitor.client.post("/bank/media", data={"description": description}, files=files, headers={"Origin": URL})
    return Page(reply)


def test_files_come_in_and_say_how_they_are_used(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    page = send(visitor, png(), "plan.png", "Four fields.")
    assert page.status == 200
    assert "Added" in page.text
    marks = [field.attributes["value"] for field in page.all("input", readonly="")]
    assert any(mark.startswith("![Four fields.](media:") for mark in marks)
    source = page.one("img", alt="Four fields.").attributes["src"]
    assert visitor.client.get(source).headers["content-type"] == "image/png"
    send(visitor, mp3(), "noise.mp3")
    shown = send(visitor, pdf(), "rules.pdf")
    assert shown.all("audio")
    assert "Open the document" in shown.text
    used = next(href for href in shown.hrefs() if href.startswith("/bank/items/"))
    assert visitor.get(used).status == 200


def test_a_refused_file_leaves_what_was_said_of_it(site: Site) -> None:
    page = send(Visitor.at(site, AUTHOR), b"GIF89a", "a.gif", "A thing.")
    assert (page.status, "a GIF picture; save it as PNG" in page.text) == (422, True)
    assert page.one("input", name="description").attributes["value"] == "A thing."
    long = send(Visitor.at(site, AUTHOR), png(), "a.png", "x" * 2000)
    assert (long.status, "at most 1000 printable characters" in long.text) == (422, True)


def test_places_on_a_picture_are_written_as_numbers_without_a_script(site: Site) -> None:
    visitor = Visitor.at(site, AUTHOR)
    sha256 = site.people[AUTHOR].upload(png(), file_name="plan.png", description="Four fields.")["sha256"]
    fields = {
        "framework": "smart-city-sample",
        "/kind": "hotspot",
        "/picture/media": f"media:{sha256}.png",
        "/picture/description": "",
    }
    page = visitor.submit("/bank/writing", **fields, rows="add-circle /spots")
    assert page.one("input", id="/picture/description").attributes["value"] == "Four fields."
    numbers = [page.one("input", id=f"/spots/-0/shape/circle/-{index}").attributes["value"] for index in range(3)]
    drawn = page.all("circle", **{"class": "spot-line"})
    assert [tuple(one.attributes[name] for name in ("cx", "cy", "r")) for one in drawn] == [tuple(numbers)]
    wrong = {"/spots/-0/id": "a", "/spots/-0/shape/circle/-0": "9", "/spots/-0/shape/circle/-1": ""}
    page = visitor.submit("/bank/writing", **fields, **wrong, **{"/spots/-0/shape/circle/-2": "900"}, do="look")
    assert page.one("input", id="/spots/-0/shape/circle/-1").attributes["aria-invalid"] == "true"


def test_reviewers_look_and_add_nothing(site: Site) -> None:
    visitor = Visitor.at(site, REVIEWER)
    assert not visitor.get("/bank/media").all("input", name="file")
    assert send(visitor, png(), "plan.png").status == 403
