"""Documents on the command line: progress while they are read, and a report a person can work with."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from kernel.permissions import Actor
from question_bank.competences import Framework
from question_bank.interchange.completion import Supplied
from question_bank.interchange.importing import ReadyImport, take_previewed
from question_bank.interchange.losses import LOSSES_TOLD_MAX, LossKind, LossReport
from question_bank.interchange.previewing import Preview, counted, preview_items
from question_bank.interchange.previewing import Progress as Told

BANK: Final = "bank"
_WHOLE = {"level", "expected_seconds"}
_MEANING = {
    LossKind.REFUSED: "Refused",
    LossKind.OPEN: "Open: to be said before it can be taken",
    LossKind.CHANGED: "Changed: says something else or less afterwards",
    LossKind.SUPPLIED: "Supplied: taken from --supply",
    LossKind.EXTENSION: "Taken along, but read by this product alone",
}


def read_supplied(written: list[str]) -> Supplied:
    """Return what ``NAME=VALUE`` options supply for all items."""
    known = Supplied.__dataclass_fields__
    facts: dict[str, Any] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals or name not in known or (name in _WHOLE and not value.isdecimal()):
            message = f"{one!r} supplies nothing; write NAME=VALUE with one of {', '.join(known)}"
            raise typer.BadParameter(message)
        facts[name] = int(value) if name in _WHOLE else value
    return Supplied(**facts)


def look_at(tx: Session, framework: Framework, file: Path, form: str, supplied: Supplied, actor: Actor) -> Preview:
    """Preview a file, with progress on standard error."""
    # What was loaded until now stays: without this the collector looks through it at every turn, a tenth of the time.
    gc.freeze()
    name = str(file)
    with file.open("rb") as stream, _progress(file) as told:
        return preview_items(
            tx, framework, stream, file=name, format_name=form, supplied=supplied, actor=actor, progress=told
        )


def take_in(
    tx: Session,
    framework: Framework,
    file: Path,
    ready: ReadyImport,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Take a file in as it was previewed, with progress, and return how many drafts it made."""
    with _progress(file) as told:
        made = take_previewed(tx, framework, ready, actor=actor, now=now, progress=told)
    return len(made)


@contextmanager
def _progress(file: Path) -> Iterator[Told]:
    screen = Console(stderr=True, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(f"reading {file}")
        yield lambda step, count: bar.update(task, description=f"{step} {file}: {count:,} questions")


def report_of(preview: Preview, file: str) -> list[str]:
    """Return a preview as lines: what would be taken, each loss with its file and line, and how to agree to them."""
    report, counts = preview.report, counted(preview.becoming.values())
    becoming = f"{counts['new']} new, {counts['next']} next versions, {counts['same']} as they are"
    lines = [f"{file}: {len(preview.items)} items would be taken ({becoming}); {len(report.exact)} map exactly"]
    lines += lines_of(report)
    if not preview.is_lossless:
        lines.append(f"\nTo import it like this: --agreement {preview.agreement}")
    return lines


def lines_of(report: LossReport) -> list[str]:
    """Return the losses of a report as lines, the gravest first."""
    lines = []
    for kind, meaning in _MEANING.items():
        if count := report.counts[kind]:
            lines.append(f"\n{meaning} ({count})")
            lines += [f"  {loss}" for loss in report.of_kind(kind, LOSSES_TOLD_MAX)]
            lines += [f"  and {count - LOSSES_TOLD_MAX} more"] if count > LOSSES_TOLD_MAX else []
    return lines
