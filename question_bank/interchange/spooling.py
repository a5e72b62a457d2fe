"""Spools: rows that wait in a temporary file until they are read again, so that memory holds a number for each.

One rule: a spool has no name on the disk and goes with the process; a short one never reaches the disk.
"""

from __future__ import annotations

import json
import tempfile
import weakref
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeVar, overload

IN_MEMORY_BYTES_MAX: Final = 1024 * 1024
Row = TypeVar("Row", bound=tuple[Any, ...])


class Spool(Sequence[Row]):
    """Rows of what JSON can say, in the order they were kept."""

    def __init__(self, made: Callable[[list[Any]], Row]) -> None:
        """Begin one.

        Args:
            made: gives a row again, of its fields as they come out of JSON.
        """
        self._made = made
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES_MAX)  # noqa: SIM115 - open while somebody looks at it
        self._begins = array("Q")
        self._end = 0
        weakref.finalize(self, self._file.close)

    def append(self, row: Row) -> None:
        """Keep one more."""
        line = json.dumps(row).encode() + b"\n"
        self._file.seek(self._end)
        self._file.write(line)
        self._begins.append(self._end)
        self._end += len(line)

    def forget(self, positions: Collection[int]) -> None:
        """Leave out those at these positions."""
        self._begins = array("Q", (begin for at, begin in enumerate(self._begins) if at not in positions))

    def __len__(self) -> int:
        return len(self._begins)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self._at(begin) for begin in self._begins[at]]
        return self._at(self._begins[at])

    def __iter__(self) -> Iterator[Row]:
        return map(self._at, self._begins)

    def _at(self, begin: int) -> Row:
        self._file.seek(begin)
        return self._made(json.loads(self._file.readline()))
