"""Run every measurement, print the ratios side by side and write ``bench/results.jsonl``, a row each.

``python -m bench`` runs all; names select: ``python -m bench saving issuing``.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

MEASUREMENTS = ("saving", "assembly", "issuing", "importing", "searching")
RESULTS = Path(__file__).with_name("results.jsonl")


def main() -> int:
    """Return 1 when a ratio misses its target, so that a regression is seen."""
    chosen = sys.argv[1:] or MEASUREMENTS
    screen = Console(highlight=False)
    table = Table("name", "ours", "reference", "unit", "ratio", "target", "")
    missed = 0
    with RESULTS.open("w") as file:
        for name in chosen:
            screen.print(f"measuring {name} ...")
            for row in importlib.import_module(f"bench.{name}").rows():
                file.write(json.dumps(row) + "\n")
                held = row["target"] is None or row["ratio"] >= row["target"]
                missed += not held
                target = "-" if row["target"] is None else f"{row['target']:g}"
                mark = "ok" if held else "MISSED"
                figures = (f"{row[column]:,.1f}" for column in ("ours", "reference"))
                table.add_row(row["name"], *figures, row["unit"], f"{row['ratio']:.2f}", target, mark)
    screen.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
