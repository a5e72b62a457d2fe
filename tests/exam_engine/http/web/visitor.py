"""A visitor of the pages: a cookie jar, links and forms, and the page that came back as something to ask questions of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

import httpx2
from starlette.testclient import TestClient

from exam_engine.demo.stage import PASSWORD, Person
from tests.stage import URL, Site

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass
class Element:
    """One element with its attributes and the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A reply read as HTML."""

    reply: httpx2.Response
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.reply.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    @property
    def status(self) -> int:
        return self.reply.status_code

    @cached_property
    def text(self) -> str:
        return " ".join(self.all("body")[0].text.split())

    @property
    def heading(self) -> str:
        return " ".join(self.all("h1")[0].text.split())

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, [element.attributes for element in found])
        return found[0]

    def hrefs(self) -> set[str]:
        return {link.attributes["href"] for link in self.all("a")}

    def actions(self) -> set[str]:
        return {form.attributes["action"] for form in self.all("form")}


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: TestClient

    @classmethod
    def at(cls, site: Site, person: Person | None = None, **headers: str) -> Visitor:
        """Come to the site, and sign in if one is somebody."""
        visitor = cls(TestClient(site.client.app, base_url=URL, headers={"Accept": "text/html", **headers}))
        if person is not None:
            reply = visitor.send("/sign-in", email=person.email, password=PASSWORD)
            assert reply.status_code == 303, reply.text
        return visitor

    def get(self, path: str, **headers: str) -> Page:
        """Open a page, following where it leads."""
        return Page(self.client.get(path, headers=headers))

    def led(self, path: str) -> httpx2.Response:
        """Open a page without following where it leads."""
        return self.client.get(path, follow_redirects=False)

    def send(self, path: str, **fields: Any) -> httpx2.Response:
        """Send a form as a browser does, without following where it leads."""
        return self.client.post(path, data=fields, headers={"Origin": URL}, follow_redirects=False)

    def submit(self, path: str, **fields: Any) -> Page:
        """Send a form and follow where it leads."""
        return Page(self.client.post(path, data=fields, headers={"Origin": URL}))
