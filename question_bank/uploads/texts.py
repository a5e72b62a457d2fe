"""Texts and tables: characters that everybody's programs show alike, in UTF-8.

One rule: what would run when a marker opens it in a spreadsheet is no text, and is refused at its place.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from unicodedata import category

from kernel.sentences import say
from question_bank.uploads.upload import Upload, UploadRefused

MEDIA_TYPES = ("text/plain", "text/csv")
TEXT_BYTES_MAX = 2 * 1024 * 1024
"""More than anybody reads of one answer; tables are looked through cell by cell."""
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT_BYTES = 4096
_SEPARATORS = ",;\t"
_UNSHOWN = frozenset({"Cc", "Cf"})
"""Characters that control, turn or hide others (Unicode general categories)."""
_TAKEN = frozenset("\t\n\f\r\u200c\u200d")
"""Of those; the last two are how some scripts and signs are written."""
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,\u00a0\u202f ]*%?")
_FORMULA = re.compile(r"\s*([=@]|[+-].*[(|!])", re.DOTALL)
"""After a sign, only what calls a function or another program does more than sums."""


def could_be_text(content: bytes) -> bool:
    """Tell whether nothing at the beginning of a file says that it is none."""
    return bool(content) and (content.startswith(_WIDE) or b"\0" not in content[:_LOOKED_AT_BYTES])


def read_plain(content: bytes) -> Upload:
    """Return a text in UTF-8, without a byte order mark.

    Raises:
        UploadRefused: it is too long, in another encoding, or holds characters that nobody sees.
    """
    return Upload(_text_of(content).encode(), "text/plain")


def read_table(content: bytes) -> Upload:
    """Return a table in UTF-8: rows of as many cells each, with commas, semicolons or tabs between them.

    Raises:
        UploadRefused: as :func:`read_plain`; and where it is no such table, or a cell would be run as a formula.
    """
    text = _text_of(content)
    if not any(_is_table(text, separator) for separator in _SEPARATORS):
        message = say(
            "this is no table: every row needs as many cells, at least two, with commas, semicolons or tabs between"
        )
        raise UploadRefused(message)
    for separator in _SEPARATORS:  # which of them a spreadsheet goes by depends on the country it was bought in
        _refuse_formulas(text, separator)
    return Upload(text.encode(), "text/csv")


def _text_of(content: bytes) -> str:
    if len(content) > TEXT_BYTES_MAX:
        message = say(
            "this text has %(count)s bytes; at most %(most)s MiB are taken",
            count=len(content),
            most=TEXT_BYTES_MAX // 1024**2,
        )
        raise UploadRefused(message)
    try:
        text = content.decode("utf-16" if content.startswith(_WIDE) else "utf-8-sig")
    except UnicodeDecodeError as error:
        message = say("this text is not in UTF-8; save it with the encoding UTF-8")
        raise UploadRefused(message) from error
    if unshown := [sign for sign in set(text) - _TAKEN if category(sign) in _UNSHOWN]:
        at = min(text.index(sign) for sign in unshown)
        line = text.count("\n", 0, at) + 1
        message = say(
            "line %(line)s of this text holds a character that nobody sees (U+%(code)s); take it out",
            line=line,
            code=f"{ord(text[at]):04X}",
        )
        raise UploadRefused(message)
    if not text.strip():
        message = say("this text says nothing")
        raise UploadRefused(message)
    return text


def _is_table(text: str, separator: str) -> bool:
    width = 0
    try:
        for row in filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)):
            width = width or len(row)
            if len(row) != width:
                return False
    except csv.Error:
        return False
    return width > 1


def _refuse_formulas(text: str, separator: str) -> None:
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            for cell in row:
                if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell.strip()):
                    message = say(
                        "row %(number)s of this table has a cell that spreadsheets may run: %(cell)r; write its value",
                        number=number,
                        cell=cell[:40],
                    )
                    raise UploadRefused(message)
    except csv.Error as error:
        message = say(
            "this table has a cell of more than %(most)s characters; make it shorter", most=csv.field_size_limit()
        )
        raise UploadRefused(message) from error
