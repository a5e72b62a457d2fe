"""The command that plays the whole journey: the demo, and the site to click through afterwards."""

from __future__ import annotations

import json
import threading
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from exam_engine.assembly.rules import percent_text
from exam_engine.demo import played_demo
from exam_engine.demo.stage import LOGINS, PASSWORD
from exam_engine.demo.story import Ending
from kernel.logs import set_up_logs

app = typer.Typer()
DEMO_PORT = 8000


@app.command()
def demo(
    *,
    serve: Annotated[bool, typer.Option(help="go on serving the site after the story")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
    folder: Annotated[Path, typer.Option(help="where the demo lives; made anew at each run")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="first port to try; 0 for any")] = DEMO_PORT,
) -> None:
    """Go from the item bank to a verified certificate, then serve the site with six logins."""
    set_up_logs("warning", "console")
    screen = Console(quiet=as_json, highlight=False)
    steps = iter(range(1, 100))

    def tell(title: str, said: str) -> None:
        screen.print(f"[bold green]{next(steps):>3}[/] [bold]{title:<22}[/]", end=" ")
        screen.print(said, markup=False, soft_wrap=True)

    with played_demo(folder, port if serve else 0, tell) as (url, ending):
        if as_json:
            typer.echo(json.dumps(ending.as_json(), ensure_ascii=False))
        else:
            _show(screen, ending)
        if serve:
            _invite(Console(stderr=as_json, highlight=False), url)
            _wait_for_interrupt()


def _show(screen: Console, ending: Ending) -> None:
    table = Table("Area", "Score", "Level", box=None, padding=(0, 2), title="Result by area", title_justify="left")
    for area in ending.areas:
        level = "-" if area["level"] is None else str(area["level"])
        table.add_row(f"{area['code']} {area['name']}", percent_text(Fraction(area["share"])), level)
    screen.print()
    screen.print(table)
    screen.print(f"\nDone in {ending.elapsed_seconds} s.")


def _invite(screen: Console, url: str) -> None:
    table = Table("Sign in as", "and be", box=None, padding=(0, 2))
    for person in LOGINS:
        table.add_row(person.email, f"{person.name}, {person.role.replace('_', ' ')}")
    screen.print(f"\n[bold]The site is open at {url}[/] - password for all: [bold]{PASSWORD}[/]\n")
    screen.print(table)
    screen.print(
        "\nThe candidate arrives, the proctor admits, the candidate sits the exam, the manager closes the sitting, "
        "the decision maker decides, and the candidate finds the certificate. The author writes items and the reviewer "
        "judges them in the item bank. Ctrl+C ends the demo."
    )


def _wait_for_interrupt() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
