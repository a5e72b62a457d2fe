"""Entries: what readers of foreign documents give, one for each question, with its place and what was lost on the way.

A question that is given up has an entry without an item, so that questions are numbered and counted as they stand.

One rule: an entry that says anything unknown is refused as a whole; what is given up of the others is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, NoReturn

from kernel.errors import Fault, NotFound
from kernel.sentences import say, together
from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.marked_text import Read, Resolver, Shape, no_media, read_html, read_plain
from question_bank.marked_text.markdown_reading import read_markdown

Item = dict[str, Any]
"""An item in the shape of the bank file (docs/formats.md); of its tags, those that the document says."""
Written = Literal["html", "moodle", "plain", "markdown", "marked"]
"""How a text of a foreign document is written; ``marked`` is our own, and is taken as it stands."""
FilesOf = Callable[..., str | None]
"""Gives the address of a file that came within a document, by its name, its bytes and, where they are said, the words
that describe it; None where it is not taken."""

SizeOf = Callable[[str], tuple[int, int] | None]
"""Gives the width and height in pixels of a picture by the address it was given; None where nobody knows."""

MediumOf = Callable[[str], bytes]
"""Gives the bytes of a medium of the bank by its address."""


LabelsOf = Callable[[Iterable[str]], Mapping[str, Mapping[str, str]]]
"""Gives what media of the bank are called and how they are described, by their addresses."""


def no_labels(addresses: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Know no medium by name."""
    del addresses
    return {}


def no_medium(address: str) -> bytes:
    """Refuse every medium, where none can be asked for.

    Raises:
        NotFound: always.
    """
    message = say("there is no medium %(address)s", address=address)
    raise NotFound(message)


def no_files(name: str, content: bytes, description: str = "") -> str | None:
    """Keep none of the files within a document."""
    del name, content, description
    return None


def no_sizes(address: str) -> None:
    """Know the size of no picture."""
    del address


class EntryRefused(Exception):
    """This entry is not taken; its report says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document to be read: its bytes, the name it goes by, its language, and what takes its files.

    Attributes:
        framework: into which it is read, for documents that say where they belong; None where nobody asks.
    """

    stream: BinaryIO
    file: str
    language: str
    report: LossReport
    keep_file: FilesOf = no_files
    framework: Framework | None = None
    size_of: SizeOf = no_sizes

    def refuse(self, place: str, message: str) -> NoReturn:
        """Refuse the whole document.

        Raises:
            DocumentRefused: always.
        """
        detail = say("%(file)s: it cannot be read; nothing was changed", file=self.file)
        raise DocumentRefused(detail, faults=[Fault(f"{self.file}{place}", message)])


@dataclass(frozen=True, slots=True)
class Target:
    """A document to be written: the name it goes by, its language, what tells of losses, and what gives its media.

    Attributes:
        framework: whose items they are, for documents that say where they belong.
        others: written in other languages, for formats that keep them: languages, and items that are in it.
        translations: likewise, of all the items.
        labels: gives by addresses what media are called, and how they are described.
    """

    file: str
    language: str
    report: LossReport
    medium: MediumOf = no_medium
    framework: Framework | None = None
    others: Iterable[tuple[str, Item]] = ()
    translations: Iterable[tuple[str, Item]] = ()
    labels: LabelsOf = no_labels

    def lose(self, kind: LossKind, code: str, message: str, file: str = "") -> None:
        """Note what the document does not say of an item; ``file`` is the one within it, where it has several."""
        self.report.lose(kind, f"{self.file}{file}", "", code, message)


@dataclass(slots=True)
class Entry:
    """One question of a foreign document while it is read; afterwards, what it says as an ``item``: nothing if given up."""

    source: Source
    place: str
    """Where it begins, such as ``:42``."""
    subject: str
    category: str = ""
    item: Item = field(default_factory=dict)
    language: str = ""
    """It is written in; that of the source where nothing is said."""
    translates: bool = False
    """Whether the item says in its language what another version of it says; then it has a code and content alone."""
    words: Mapping[str, tuple[str, str]] | None = None
    """Of a translation that comes as words alone: by pointer what the original says, and what is said for it."""
    tags: dict[str, str] = field(default_factory=dict)
    resolve: Resolver = no_media
    _changes: list[str] = field(default_factory=list)

    def change(self, message: str) -> None:
        """Note something that says less or otherwise afterwards."""
        if message not in self._changes:
            self._changes.append(message)

    def refuse(self, message: str) -> NoReturn:
        """Give this entry up.

        Raises:
            EntryRefused: always, after noting why.
        """
        self.source.report.lose(LossKind.REFUSED, self.source.file, self.place, self.subject, message)
        raise EntryRefused(message)

    def text(self, text: str, written: Written, shape: Shape, what: str) -> str:
        """Return a text of the document as marked text.

        Args:
            what: the text's name in messages, such as ``the stem``.
        """
        read = self._read(text, written, shape)
        for change in read.changes:
            self.change(say("%(what)s: %(change)s", what=say(what), change=change))
        if read.refusals:
            self.refuse(together((say(what), together(read.refusals, "; ")), " "))
        return read.text

    def settle(self) -> None:
        """Note its changes, now that it is read whole."""
        for message in self._changes:
            self.source.report.lose(LossKind.CHANGED, self.source.file, self.place, self.subject, message)

    def _read(self, text: str, written: Written, shape: Shape) -> Read:
        match written:
            case "marked":
                return Read(text)
            case "plain":
                return read_plain(text, shape)
            case "markdown":
                return read_markdown(text, shape, self.resolve)
            case "html":
                return read_html(text, shape, self.resolve, tex=True)
            case "moodle":
                # Moodle's own format is HTML in which the end of a line is a break.
                lines = text.strip().replace("\r\n", "\n")
                paragraphs = [paragraph.replace("\n", "<br>") for paragraph in lines.split("\n\n")]
                html = lines if len(paragraphs) == 1 and "\n" not in lines else "<p>" + "</p><p>".join(paragraphs)
                return read_html(html, shape, self.resolve, tex=True)


@contextmanager
def taking(entry: Entry) -> Iterator[None]:
    """Read one entry: a refusal ends it and nothing else."""
    try:
        yield
    except EntryRefused:
        entry.item = {}
    else:
        entry.settle()


def kept_tags(entry: Entry, known: Mapping[str, object]) -> None:
    """Note the tags of an entry that mean nothing here."""
    for name, value in entry.tags.items():
        if name not in known:
            entry.change(say("the tag %(tag)r is not kept", tag=f"{name}={value}" if value else name))
