"""An opened package: its archive, the document it is, and the media that were taken from it, while it is read.

One rule: every file of it is found by its name in the archive, and a medium that several items show is taken once.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import Invalid
from kernel.sentences import say
from question_bank.interchange.archives import Archive
from question_bank.interchange.entries import Source
from question_bank.interchange.losses import LossKind
from question_bank.interchange.qti.texts import entry_named
from question_bank.interchange.qti.xml_trees import XML_BYTES_MAX, read_xml
from question_bank.interchange.xml_reading import Element, NotRead
from question_bank.marked_text import Resolver


@dataclass(slots=True)
class OpenedPackage:
    """A package while it is read."""

    archive: Archive
    source: Source
    addresses: dict[str, str] = field(default_factory=dict)
    """Of media that were taken, by their files; empty for what cannot be."""

    stimuli: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """What items are about, by their files; None for what cannot be taken."""

    def read_xml(self, name: str) -> Element:
        """Return the root of an XML file of the package.

        Raises:
            NotRead: as :func:`~question_bank.interchange.qti.xml_trees.read_xml`, or the package has too many tags.
            DocumentRefused: it is damaged or too large.
        """
        return read_xml(self.document(name))

    def document(self, name: str) -> bytes:
        """Return an XML file of the package; it counts with its tags.

        Raises:
            NotRead: the package has too many tags.
            DocumentRefused: it is damaged or too large.
        """
        document = self.archive.read(name, XML_BYTES_MAX)
        self._spend(document)
        return document

    def spending_pieces(self, name: str) -> Iterator[bytes]:
        """Yield an XML file of the package a piece at a time; each counts with its tags.

        Raises:
            NotRead: the package has too many tags.
            DocumentRefused: it is damaged.
        """
        for piece in self.archive.pieces(name):
            self._spend(piece)
            yield piece

    def _spend(self, xml: bytes) -> None:
        if not self.archive.spend(xml):
            message = say("is not read: the package has more tags than packages of its size; split it")
            raise NotRead(message)

    def path_of(self, name: str) -> str:
        """Return a file of the package as messages name it."""
        return f"{self.source.file}/{name}"

    def lose(self, name: str, line: int | None, subject: str, message: str) -> None:
        """Note that something of the package is not taken."""
        place = f":{line}" if line else ""
        self.source.report.lose(LossKind.REFUSED, self.path_of(name), place, subject[:200], message)

    def resolver(self, name: str) -> Resolver:
        """Return what gives the addresses of media as one file of the package names them."""
        return lambda reference: self.address_of(entry_named(reference, name))

    def address_of(self, name: str | None) -> str | None:
        """Take a medium of the package, and return its address; None where there is none that can be taken."""
        if name is None or name not in self.archive:
            return None
        if name not in self.addresses:
            try:
                self.addresses[name] = self.source.keep_file(posixpath.basename(name), self.archive.read(name)) or ""
            except Invalid as unfit:
                self.lose(name, None, name, unfit.faults[0].message if unfit.faults else unfit.detail)
                self.addresses[name] = ""
        return self.addresses[name] or None
