"""Items per second of an import of 100,000 items, and its peak memory, against the plain way an engineer would write it.

The plain way: the same GIFT split at blank lines with regular expressions, no check of anything, no marked text, no
duplicates, no report, and rows written with SQLAlchemy's ``add_all`` in one transaction. The same questions come once more
as a package of QTI 3, which this product wrote, so that each is proved to be as it was written. All on SQLite, each in a
process of its own, so that each peak is its own. Seconds are those of the processor (user and system), since an import
waits for nobody: so a machine that does other things beside it measures the same.
"""

from __future__ import annotations

import gc
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.migrate import migrate
from kernel.db import Database
from kernel.ids import new_id
from question_bank.competences import Framework, competence_ids
from question_bank.interchange.completion import Supplied
from question_bank.interchange.entries import Target
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.importing import import_items
from question_bank.interchange.losses import LossReport
from question_bank.items import Item, ItemVersion, Standing
from tests.builders.files import STORAGE
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, make_framework, make_staff

ITEMS = 100_000
WAYS = ("ours", "plain", "qti")


def rows() -> list[dict[str, Any]]:
    """Measure each way in its own process; rates are items per second, memory is in mebibytes."""
    found = {way: _measured(way) for way in WAYS}
    ours, plain, qti = found["ours"], found["plain"], found["qti"]
    return [
        {
            "name": "import_100k_vs_unchecked_rows",
            "ours": ours["rate"],
            "reference": plain["rate"],
            "ratio": round(ours["rate"] / plain["rate"], 2),
            "target": None,
            "unit": "items/s",
        },
        {
            "name": "import_100k_peak_memory",
            "ours": ours["peak"],
            "reference": plain["peak"],
            "ratio": round(plain["peak"] / ours["peak"], 2),
            "target": None,
            "unit": "MiB",
        },
        {
            "name": "import_100k_qti_vs_gift",
            "ours": qti["rate"],
            "reference": ours["rate"],
            "ratio": round(qti["rate"] / ours["rate"], 2),
            "target": None,
            "unit": "items/s",
        },
        {
            "name": "import_100k_qti_peak_memory",
            "ours": qti["peak"],
            "reference": ours["peak"],
            "ratio": round(ours["peak"] / qti["peak"], 2),
            "target": None,
            "unit": "MiB",
        },
    ]


def _measured(way: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.importing", way], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _document(items: int) -> bytes:
    return b"".join(
        f"// [id:B-{number}] [tag:level=5]\n::B-{number}::What does the city do first in case {number}? {{\n"
        f"\t=Count who travels in case {number}#Right.\n\t~Paint a line {number}\n\t~Buy a drone {number}\n"
        f"\t~Write a leaflet {number}\n\t####It is the first step.\n}}\n\n".encode()
        for number in range(items)
    )


def _package(items: int) -> IO[bytes]:
    """Return the same questions as a package of QTI 3, in a file."""

    def item(number: int) -> dict[str, Any]:
        texts = (f"Count who travels in case {number}", f"Paint a line {number}", f"Buy a drone {number}")
        options = [{"id": id_, "text": text} for id_, text in zip("abc", texts, strict=True)]
        options[0]["feedback"] = "Right."
        return {
            "code": f"B-{number}",
            "kind": "single_choice",
            "competence": "A.1",
            "level": 5,
            "cognitive": "apply",
            "expected_difficulty": "0.6",
            "expected_seconds": 60,
            "enemies": [],
            "stem": f"What does the city do first in case {number}?",
            "options": [*options, {"id": "d", "text": f"Write a leaflet {number}"}],
            "key": ["a"],
            "rationale": "It is the first step.",
            "source": "A book",
        }

    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is read by whoever asked for it
    file.writelines(FORMATS["qti3"].write(map(item, range(items)), Target("bench.zip", "en", LossReport())))
    file.seek(0)
    return file


def run(way: str, items: int = ITEMS) -> dict[str, float]:
    """Import a document once and return ``rate`` and ``peak``."""

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        database = Database(url)
        migrate(database.engine)
        with database.transaction() as tx:
            staff = make_staff(tx)
            framework = make_framework(tx, staff)
        document = _package(items) if way == "qti" else BytesIO(_document(items))
        started = time.process_time()
        with database.transaction() as tx:
            {"ours": _ours, "plain": _plain, "qti": _qti}[way](tx, staff, framework, document)
        taken = time.process_time() - started
        with database.reading() as tx:
            assert tx.scalar(select(func.count()).select_from(ItemVersion)) == items
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": round(items / taken, 1), "peak": round(peak, 1)}


def _ours(tx: Session, staff: Staff, framework: Framework, document: IO[bytes]) -> None:

    supplied = Supplied(
        competence="A.1", cognitive="apply", expected_difficulty="0.6", expected_seconds=60, source="A book"
    )
    _import(tx, staff, framework, document, "gift", supplied)


def _qti(tx: Session, staff: Staff, framework: Framework, document: IO[bytes]) -> None:
    _import(tx, staff, framework, document, "qti3", Supplied())


def _import(
    tx: Session, staff: Staff, framework: Framework, document: IO[bytes], format_name: str, supplied: Supplied
) -> None:
    gc.freeze()  # as the command does
    import_items(
        tx,
        framework,
        cast("BinaryIO", document),
        file=f"bench.{FORMATS[format_name].suffix}",
        format_name=format_name,
        supplied=supplied,
        agreement=None,
        storage=STORAGE,
        actor=staff.author,
        now=NOW,
    )


def _plain(tx: Session, staff: Staff, framework: Framework, document: IO[bytes]) -> None:

    competence = competence_ids(tx, framework)["A.1"]
    answer = re.compile(r"^\t([=~])([^#\n]*)(?:#(.*))?$", re.MULTILINE)
    items, versions, standings = [], [], []
    for block in document.read().decode().split("\n\n"):
        title = re.search(r"::(.*?)::(.*?) \{", block)
        if title is None:
            continue
        found = answer.findall(block)
        content = {
            "stem": title[2],
            "options": [{"id": chr(97 + at), "text": text} for at, (_, text, _) in enumerate(found)],
            "key": [chr(97 + at) for at, (mark, _, _) in enumerate(found) if mark == "="],
        }
        item = Item(
            id=new_id(),
            organisation_id=framework.organisation_id,
            code=title[1],
            framework_id=framework.id,
            created_at=NOW,
        )
        version = ItemVersion(
            id=new_id(),
            item_id=item.id,
            number=1,
            kind="single_choice",
            language="en",
            competence_id=competence,
            level=5,
            cognitive="apply",
            content=content,
            content_hash="",
            expected_difficulty=Fraction(3, 5),
            expected_seconds=60,
            author_id=staff.author.person,
            created_at=NOW,
        )
        items.append(item)
        versions.append(version)
        standings.append(Standing(version_id=version.id, item_id=item.id, language="en", state="draft", since=NOW))
    for rows_of_a_table in (items, versions, standings):
        tx.add_all(rows_of_a_table)
        tx.flush()


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ITEMS)))
