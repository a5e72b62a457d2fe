"""Commands that run the product: migrate, serve, work, demo."""

from __future__ import annotations

import json
import threading
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.table import Table

from exam_engine.assembly.rules import percent_text
from exam_engine.cli.opening import opened
from exam_engine.demo import played_demo
from exam_engine.demo.stage import LOGINS, PASSWORD
from exam_engine.demo.story import Ending
from exam_engine.http.app import create_app, create_verification_app
from exam_engine.http.serving import serving_config
from exam_engine.migrate import migrate
from exam_engine.worker import Worker
from kernel.logs import set_up_logs

app = typer.Typer()
DEMO_PORT = 8000


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest revision. There is no way back by command: it would drop records."""
    with opened() as installation:
        migrate(installation.database.engine)


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    verification_only: Annotated[bool, typer.Option(help="serve public verification alone")] = False,
    worker: Annotated[bool, typer.Option(help="run the worker in this process")] = True,
) -> None:
    """Serve the site and the API."""
    with opened() as installation:
        site = create_verification_app(installation) if verification_only else create_app(installation, works=worker)
        proxies = installation.settings.trusted_proxies
        uvicorn.Server(serving_config(site, proxies=proxies, host=host, port=port)).run()


@app.command()
def worker() -> None:
    """Close overdue attempts, score what has ended, issue what was granted - until interrupted."""
    stopping = threading.Event()
    with opened() as installation:
        try:
            Worker(installation).work_until(stopping)
        except KeyboardInterrupt:
            stopping.set()


@app.command()
def demo(
    *,
    serve: Annotated[bool, typer.Option(help="go on serving the site after the story")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
    folder: Annotated[Path, typer.Option(help="where the demo lives; made anew at each run")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="first port to try; 0 for any")] = DEMO_PORT,
) -> None:
    """Go from the item bank to a verified certificate, then serve the site with four logins."""
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
        "\nThe candidate arrives, the proctor admits, the candidate sits the exam, the manager closes the sitting,"
        "\nthe decision maker decides, and the candidate finds the certificate. Ctrl+C ends the demo.",
    )


def _wait_for_interrupt() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
