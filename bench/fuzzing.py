"""Fuzz every importer for a stated time: ``python -m bench.fuzzing --minutes 5``. No measurement; it is run by hand.

Documents are exports of items of every kind, damaged by bytes, pieces of one another and signs that formats know. Each is
read whole, judged, and worked out as an import does. Whatever is raised that is no refusal of ours, or takes longer than ten seconds, is a finding: it is
printed with its document's file, which is kept, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from kernel.canonical import canonical_json
from kernel.errors import DomainError
from question_bank.documents import Place
from question_bank.drafts import read_draft
from question_bank.full_text import item_words
from question_bank.interchange.entries import Entry, Source, Target
from question_bank.interchange.files import FilesWithin
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossReport
from question_bank.likeness import asked_in, bands_of, shingles_of
from question_bank.media import references_in
from tests.builders.kinds import CONTENTS
from tests.builders.question_bank import item_document

SLOW_SECONDS = 10
_SIGNS = [bytes([sign]) for sign in b"{}[]<>=~#:\\%\"',;&\x00\n\r\t\xff 0Aa-|*_`$^/!?."]
_WORDS = [
    *(b"%-100%", b"->", b"####", b"=%50%", b"::", b"$CATEGORY: x", b"[html]", b"[[1]]", b"\\(x^2\\)", b"![a](media:x)"),
    *(b"<![CDATA[", b"]]>", b"&lt;p&gt;", b"&#0;", b"&#xD800;", b"<!DOCTYPE x>", b"<a>", b"</a>", b"\xef\xbb\xbf"),
    *(
        b"{1:SHORTANSWER:=x}",
        b"1e999",
        b"-0",
        b"_xD800_",
        b"_x0000_",
        b"9" * 400,
        "\u202e\u0301ß".encode(),
        b'""',
        b'"a""b"',
        b"=1+1",
    ),
]


_TEXT = re.compile(rb"""([>"])([^<>"&]+)(?=[<"])""")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Wound = Callable[[random.Random, bytearray], None]


def main() -> int:
    """Fuzz for the given time and print, by format, how many documents were read, refused and found out."""
    options = argparse.ArgumentParser(prog="python -m bench.fuzzing", description=__doc__)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--seed", type=int, default=None, help="to repeat a run; by the clock where it is not given")
    asked = options.parse_args()
    seed = asked.seed if asked.seed is not None else time.time_ns() % 2**32
    print(f"seed {seed}", flush=True)
    return 1 if fuzz(random.Random(seed), seconds=60 * asked.minutes) else 0


def fuzz(dice: random.Random, *, seconds: float) -> int:
    """Return the number of findings."""
    valid = {name: _valid(name) for name in FORMATS}
    counts: Counter[tuple[str, str]] = Counter()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for name in FORMATS:
            document = _damaged(dice, valid[name])
            outcome = _outcome(name, document)
            counts[name, outcome] += 1
    for (name, outcome), count in sorted(counts.items()):
        print(f"{name:10} {outcome:8} {count:>8,}")
    print(f"{sum(counts.values()):,} documents")
    return sum(count for (_, outcome), count in counts.items() if outcome == "FOUND")


def _valid(name: str) -> bytes:
    tags = {key: value for key, value in item_document().items() if key not in {"options", "key"}}
    drafts = [tags | {"code": f"K-{number}", "kind": kind} | own for number, (kind, own) in enumerate(CONTENTS.items())]
    return b"".join(FORMATS[name].write(drafts, Target("x", "en", LossReport(), lambda _: b"\x89PNG")))


def _outcome(name: str, document: bytes) -> str:
    started = time.monotonic()
    try:
        source = Source(BytesIO(document), "x", "en", LossReport(), FilesWithin())
        for entry in FORMATS[name].read(source):
            if entry.item:
                _judge(entry)
        canonical_json([[loss.place, loss.subject, loss.message] for loss in source.report.losses])
        told = "read"
    except DomainError:
        told = "refused"
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        return _found(name, document, traceback.format_exc(limit=-4))
    taken = time.monotonic() - started
    return told if taken < SLOW_SECONDS else _found(name, document, f"took {taken:.1f} s\n")


def _judge(entry: Entry) -> None:
    """Do with an entry what an import does: judge it, and keep it where it has no faults."""
    place = Place(entry.item, f"x{entry.place}", {})
    draft = read_draft(place, "en", {"A.1": uuid.UUID(int=1)})
    list(references_in(draft.content))
    if not place.faults:
        canonical_json([draft.content_hash, item_words(draft.code, draft.content), entry.subject])
        bands_of(shingles_of(asked_in(draft.content)))


def _found(name: str, document: bytes, told: str) -> str:
    with tempfile.NamedTemporaryFile(prefix=f"fuzz-{name}-", suffix=f".{FORMATS[name].suffix}", delete=False) as kept:
        kept.write(document)
    print(f"{kept.name}\n{told}", flush=True)
    return "FOUND"


def _damaged(dice: random.Random, document: bytes) -> bytes:
    """Return a document with up to eight wounds; of an archive, half of the time, with wounds in its members."""
    if document.startswith(b"PK") and dice.random() < 0.5:
        return _repacked(dice, document)
    wounded = bytearray(document)
    # Rough wounds leave little of an XML document to be read: half of them are hurt in their texts alone.
    wounds: tuple[Wound, ...] = (_change_a_text,) if document.startswith(b"<") and dice.random() < 0.5 else _WOUNDS
    for _ in range(dice.randint(1, 8)):
        dice.choice(wounds)(dice, wounded)
    return bytes(wounded)


def _repacked(dice: random.Random, document: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(document)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        members = old.namelist()
        hurt = set(dice.sample(members, min(len(members), dice.randint(1, 3))))
        for member in members:
            content = old.read(member)
            new.writestr(member, _damaged(dice, content) if member in hurt and content else content)
    return made.getvalue()


def _write_over(dice: random.Random, document: bytearray) -> None:
    place = dice.randrange(len(document) + 1)
    document[place : place + dice.randint(0, 20)] = b"".join(dice.choices(_SIGNS, k=dice.randint(0, 6)))


def _change_a_text(dice: random.Random, document: bytearray) -> None:
    """Damage what stands between two tags or quotes, and escape it again."""
    found = list(_TEXT.finditer(document))
    if found:
        place = dice.choice(found)
        text = bytearray(place[2])
        dice.choice((_write_over, _write_a_word, _move_a_piece, _cut))(dice, text)
        said = _UNSTORABLE.sub("", text.decode("utf-8", "ignore"))
        document[place.start(2) : place.end(2)] = escape(said, {'"': "&quot;"}).encode()


def _write_a_word(dice: random.Random, document: bytearray) -> None:
    place = dice.randrange(len(document) + 1)
    document[place:place] = dice.choice(_WORDS)


def _move_a_piece(dice: random.Random, document: bytearray) -> None:
    place, other = dice.randrange(len(document) + 1), dice.randrange(len(document) + 1)
    piece = document[place : place + dice.randint(1, 200)]
    document[other:other] = piece * dice.choice([1, 1, 1, 2, 50])


def _cut(dice: random.Random, document: bytearray) -> None:
    place = dice.randrange(len(document) + 1)
    del document[place : place + dice.choice([1, 10, 100, len(document)])]


def _flip(dice: random.Random, document: bytearray) -> None:
    if document:
        document[dice.randrange(len(document))] ^= 1 << dice.randrange(8)


_WOUNDS: tuple[Wound, ...] = (
    *(_write_over, _write_over, _write_a_word, _write_a_word, _move_a_piece, _flip, _flip, _cut),
)


if __name__ == "__main__":
    sys.exit(main())
