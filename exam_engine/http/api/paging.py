"""Paging: how every list that can grow is read.

One rule: a page begins after a row, never at a number, and rows stand in an order that nothing changes. So whoever
reads on meets every row once, whatever is added meanwhile.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

Row = TypeVar("Row")
Limit = Annotated[int, Query(ge=1, le=200, description="How many rows a page has at most.")]
After = Annotated[uuid.UUID | None, Query(description="The next_after of the page before; nothing for the first.")]
ROWS = 50


class Page(BaseModel, Generic[Row]):
    """One page; pass ``next_after`` as ``after`` to go on, until it is null."""

    items: list[Row]
    next_after: str | None
