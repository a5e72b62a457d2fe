"""Lines of a text document from outside: UTF-8, of a bounded length, without signs that cannot be stored.

One rule: another encoding is refused with its place, never guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from kernel.sentences import say
from question_bank.interchange.entries import Source

LINE_BYTES_MAX = 1024 * 1024
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines_of(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the numbers and lines of a document, without their ends; a byte order mark is forgiven.

    Raises:
        DocumentRefused: not UTF-8, a line of more than a mebibyte, or control characters.
    """
    number = 0
    while raw := source.stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1:
            if raw.startswith(_WIDE):
                source.refuse(":1", say("is UTF-16; save it as UTF-8"))
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) > LINE_BYTES_MAX:
            source.refuse(f":{number}", say("has a line of more than %(most)s bytes", most=LINE_BYTES_MAX))
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            source.refuse(f":{number}:{error.start + 1}", say("is not UTF-8; save it as UTF-8"))
        line = line.rstrip("\r\n")
        if found := _UNSTORABLE.search(line):
            source.refuse(f":{number}:{found.start() + 1}", say("has a control character"))
        # Old Macintosh files end lines with a carriage return alone.
        yield number, line.replace("\r", " ")
