"""Formats: the ways to write items down, our own first, each with its limit and both of its directions.

One rule: a format is one line here; whoever imports or exports names it and knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

from kernel.errors import Invalid
from kernel.sentences import say
from question_bank.documents import DocumentRefused
from question_bank.interchange.aiken import read_aiken, write_aiken
from question_bank.interchange.archives import Archive
from question_bank.interchange.bank_packages import CONTENTS, read_bank, write_bank
from question_bank.interchange.csv_tables import read_csv, write_csv
from question_bank.interchange.entries import Entry, Item, Source, Target
from question_bank.interchange.gift_reading import read_gift
from question_bank.interchange.gift_writing import write_gift
from question_bank.interchange.moodle_reading import read_moodle
from question_bank.interchange.moodle_writing import write_moodle
from question_bank.interchange.qti.manifest_reading import MANIFEST
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.interchange.qti.package_writing import write_qti
from question_bank.interchange.qti.vocabulary import QTI2, QTI3
from question_bank.interchange.xlsx_tables import read_xlsx, write_xlsx

_MEBIBYTE = 1024 * 1024
STREAMED_BYTES_MAX = 1024 * _MEBIBYTE
PACKAGE_BYTES_MAX = 1024 * _MEBIBYTE


class UnknownFormat(Invalid):
    """A format that items are not exchanged in."""

    code = "unknown_format"


@dataclass(frozen=True, slots=True)
class ItemFormat:
    """One format.

    Attributes:
        bytes_max: of a document; formats that are read as a stream take a gibibyte.
        read: yields an entry for each question of a document, without an item where it is given up; losses go to the
            source's report.
        write: yields the bytes of a document for items in the shape of the bank file.
        has_sets: whether items keep the stimulus of their set.
        has_translations: whether items keep their own language, and what they say in others.
        also: another suffix of documents that are read.
    """

    name: str
    suffix: str
    media_type: str
    bytes_max: int
    read: Callable[[Source], Iterator[Entry]]
    write: Callable[[Iterable[Item], Target], Iterator[bytes]]
    has_sets: bool = False
    has_translations: bool = False
    also: str = ""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How its documents end."""
        return (self.suffix, self.also) if self.also else (self.suffix,)


def _write_qti3(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    return write_qti(items, target, QTI3)


def _write_qti2(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    return write_qti(items, target, QTI2)


_ALL = (
    ItemFormat(
        "bank",
        "zip",
        "application/zip",
        PACKAGE_BYTES_MAX,
        read_bank,
        write_bank,
        has_sets=True,
        has_translations=True,
        also="json",
    ),
    ItemFormat("gift", "gift", "text/plain", STREAMED_BYTES_MAX, read_gift, write_gift),
    ItemFormat("aiken", "txt", "text/plain", STREAMED_BYTES_MAX, read_aiken, write_aiken),
    ItemFormat("moodle", "xml", "application/xml", STREAMED_BYTES_MAX, read_moodle, write_moodle),
    ItemFormat("csv", "csv", "text/csv", STREAMED_BYTES_MAX, read_csv, write_csv),
    ItemFormat(
        "xlsx",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        50 * _MEBIBYTE,
        read_xlsx,
        write_xlsx,
    ),
    ItemFormat(QTI3.name, "zip", "application/zip", PACKAGE_BYTES_MAX, read_qti, _write_qti3, has_sets=True),
    ItemFormat(QTI2.name, "zip", "application/zip", PACKAGE_BYTES_MAX, read_qti, _write_qti2, has_sets=True),
)
FORMATS: Mapping[str, ItemFormat] = MappingProxyType({form.name: form for form in _ALL})


def format_told(name: str, stream: BinaryIO) -> tuple[str, ...]:
    """Return the formats that a document may have by its name and, of an archive, by what it says is in it."""
    suffix = name.rpartition(".")[2].lower()
    fitting = tuple(form.name for form in FORMATS.values() if suffix in form.suffixes)
    if suffix == "zip":
        with suppress(DocumentRefused):  # it is told when the document is read
            archive = Archive(stream, file=name)
            stream.seek(0)
            told = {CONTENTS: "bank", MANIFEST: QTI3.name}  # what is read as QTI 3 may be QTI 2
            return tuple(form for file, form in told.items() if file in archive) or fitting
    return fitting


def format_named(name: str) -> ItemFormat:
    """Return a format by its name or raise UnknownFormat."""
    if name not in FORMATS:
        message = say("%(name)r is no format of items; there are %(names)s", name=name, names=", ".join(FORMATS))
        raise UnknownFormat(message)
    return FORMATS[name]
