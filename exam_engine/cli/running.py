"""Commands that run the product: the site with the API, and the worker."""

from __future__ import annotations

import threading
from typing import Annotated

import typer
import uvicorn

from exam_engine.cli.opening import opened
from exam_engine.http.app import create_app, create_verification_app
from exam_engine.http.serving import serving_config
from exam_engine.worker import Worker

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="the address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen at; 0 for any")] = 8000,
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
