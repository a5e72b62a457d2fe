"""Tables of items as XLSX: the sheet ``items``, read row by row without formulas, macros and links; both ways.

One rule: the archive is looked at before it is opened, and one that would unpack to too much never is.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from kernel.sentences import say
from question_bank.interchange.archives import Archive
from question_bank.interchange.entries import Entry, Item, Source, Target
from question_bank.interchange.losses import LossKind
from question_bank.interchange.tables import COLUMNS, EXPLAINED, WrittenRow, guarded, read_table, row_of, unguarded

SHEET = "items"
UNPACKED_BYTES_MAX = 400 * 1024 * 1024
ROWS_MAX = 1_000_000
_MACROS = re.compile(r"vba|macrosheets|externalLinks|activeX|embeddings|ctrlProps", re.IGNORECASE)
_DECLARATIONS = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_xlsx(source: Source) -> Iterator[Entry]:
    """Yield the rows of the sheet ``items``, or of the only sheet there is."""
    _check_archive(source)
    return _entries(source)


def _check_archive(source: Source) -> None:
    archive = Archive(source.stream, file=source.file, entry_bytes_max=UNPACKED_BYTES_MAX)
    for name in archive.names:
        if _MACROS.search(name):
            source.refuse(f"/{name[:80]}", say("is a macro, a link or an embedded file; tables have none"))
        if name.endswith((".xml", ".rels")):
            _check_part(source, f"/{name[:80]}", archive, name)
    source.stream.seek(0)


def _check_part(source: Source, place: str, archive: Archive, name: str) -> None:
    tail = b""
    for piece in archive.pieces(name):
        if not archive.spend(piece):
            source.refuse(place, say("has more tags than tables of its size; split it"))
        if not tail and piece[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            source.refuse(place, say("is UTF-16, which tables of items are not"))
        if _DECLARATIONS.search(tail + piece):
            source.refuse(place, say("has a document type, by which entities come in"))
        tail = piece[-16:]


def _entries(source: Source) -> Iterator[Entry]:
    try:
        book = load_workbook(source.stream, read_only=True, data_only=False, keep_links=False)
        sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
        if SHEET not in book.sheetnames and len(book.sheetnames) != 1:
            source.refuse("", say("has several sheets, of which none is called %(sheet)s", sheet=SHEET))
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=len(COLUMNS) + 1)
        head = [str(cell.value or "").strip() for cell in next(rows, ())]
        if head:
            yield from read_table(source, f"#{sheet.title}!A1", head, _rows(source, sheet.title, rows))
        book.close()
    except _FAILURES as error:
        source.refuse("", say("is no table that can be read: %(error)s", error=type(error).__name__))


def _rows(source: Source, title: str, rows: Iterator[Any]) -> Iterator[WrittenRow]:
    for number, cells in enumerate(rows, 2):
        place = f"#{title}!A{number}"
        if number > ROWS_MAX:
            source.refuse(place, say("has more than %(most)s rows", most=ROWS_MAX))
        texts = [_text(cell) for cell in cells]
        fault = next((_fault(cell) for cell, text in zip(cells, texts, strict=True) if text is None), "")
        row = [text or "" for text in texts]
        if fault or any(row):
            yield place, row, fault


# What openpyxl raises on files that are no workbooks, in whatever way they are not.
_FAILURES = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    OverflowError,
)


def _text(cell: Any) -> str | None:  # noqa: ANN401 - openpyxl has no types
    """Return the text of a cell; None where it has something else."""
    value = cell.value
    match value:
        case None:
            return ""
        case str() if cell.data_type != "f":
            return unguarded(value.replace("\r\n", "\n").replace("_x000D_", ""))
        case int() if not isinstance(value, bool):
            return str(value)
        case float() if value.is_integer() and abs(value) < 10**15:
            return str(int(value))
        case float() if "e" not in repr(value) and "n" not in repr(value):
            return repr(value)
    return None


def _fault(cell: Any) -> str:  # noqa: ANN401
    if cell.data_type == "f":
        return say("has a formula in %(cell)s; put its value there", cell=cell.coordinate)
    return say("has in %(cell)s neither text nor a plain number; write it as text", cell=cell.coordinate)


def write_xlsx(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as a workbook; its second sheet explains the columns."""
    return xlsx_of(COLUMNS, _cells(items, target), EXPLAINED)


def xlsx_of(head: Sequence[str], rows: Iterable[Sequence[str]], explained: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a table as a workbook, with a second sheet that explains its columns."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.append(list(head))
    for row in rows:
        sheet.append([guarded(cell) or None for cell in row])
    columns = book.create_sheet("columns")
    for name, meaning in explained.items():
        columns.append([name, meaning])
    buffer = io.BytesIO()
    book.save(buffer)
    yield buffer.getvalue()


def is_writable(cells: Iterable[str]) -> bool:
    """Tell whether a workbook keeps these cells as they are."""
    return not any(ILLEGAL_CHARACTERS_RE.search(cell) or "_x" in cell for cell in cells)


def _cells(items: Iterable[Item], target: Target) -> Iterator[list[str]]:
    for item in items:
        try:
            row = row_of(item)
            if not is_writable(row.values()):
                message = say("it has signs that XLSX writes otherwise")
                raise ValueError(message)  # noqa: TRY301
        except ValueError as reason:
            target.lose(LossKind.REFUSED, item["code"], say("%(reason)s; it is not written", reason=reason.args[0]))
            continue
        target.report.take(item["code"])
        yield [row.get(name, "") for name in COLUMNS]
