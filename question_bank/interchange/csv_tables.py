"""Tables of items as CSV: UTF-8, with a head, commas or semicolons between cells; both ways.

One rule: a cell that begins like a formula is refused, and written with an apostrophe that keeps it from being one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from kernel.sentences import say
from question_bank.interchange.entries import Entry, Item, Source, Target
from question_bank.interchange.lines import lines_of
from question_bank.interchange.losses import LossKind
from question_bank.interchange.tables import COLUMNS, WrittenRow, guarded, read_table, row_of, unguarded

_DELIMITERS = ",;\t"


def read_csv(source: Source) -> Iterator[Entry]:
    """Yield the rows of a CSV document."""
    lines = (line + "\n" for _, line in lines_of(source))
    head = next(lines, "")
    delimiter = max(_DELIMITERS, key=head.count)
    columns = [name.strip().strip('"') for name in head.strip().split(delimiter)]
    return read_table(source, ":1", columns, _rows(source, lines, delimiter, len(columns)))


def _rows(source: Source, lines: Iterator[str], delimiter: str, width: int) -> Iterator[WrittenRow]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begin = 2
    try:
        for cells in reader:
            place, begin = f":{begin}", reader.line_num + 2
            if not any(cell.strip() for cell in cells):
                continue
            fault = ""
            if len(cells) > width:
                fault = say("has %(count)s cells, and the head has %(width)s", count=len(cells), width=width)
            elif any(cell.startswith("=") for cell in cells):
                fault = say("has a cell that begins with =, like a formula; put an apostrophe before it")
            yield place, [unguarded(cell.removesuffix("\n")) for cell in cells], fault
    except csv.Error as error:
        source.refuse(f":{begin}", say("is no CSV: %(error)s", error=error))


def write_csv(items: Iterable[Item], target: Target) -> Iterator[bytes]:
    """Yield items as CSV."""
    return csv_of(COLUMNS, _cells(items, target))


def csv_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield a table as CSV, with a byte order mark by which spreadsheets know its encoding."""
    yield b"\xef\xbb\xbf" + _line(head)
    for row in rows:
        yield _line([guarded(cell) for cell in row])


def _cells(items: Iterable[Item], target: Target) -> Iterator[list[str]]:
    for item in items:
        try:
            row = row_of(item)
        except ValueError as reason:
            target.lose(LossKind.REFUSED, item["code"], say("%(reason)s; it is not written", reason=reason.args[0]))
            continue
        target.report.take(item["code"])
        yield [row.get(name, "") for name in COLUMNS]


def _line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()
