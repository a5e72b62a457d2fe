"""The reference for saving: what a good engineer writes from the documentation of FastAPI and SQLAlchemy.

Pydantic models, a token dependency, one session and one transaction per request, get or create, commit before the
reply, the same validation and refusals. It keeps its papers in a table of slots, so that it need not read a whole
paper to check one answer, and it looks up no user. Synchronous sessions, the faster of the two documented ways.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from kernel.clock import read_clock
from kernel.db import Json, UtcDateTime

AUDIENCE = "http://bench.example"
KEY = b"b" * 32
GRACE = timedelta(seconds=5)


class TextbookBase(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime(), list[str]: Json}  # noqa: RUF012 - SQLAlchemy reads it


class TextbookAttempt(TextbookBase):
    __tablename__ = "textbook_attempts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    deadline_at: Mapped[datetime]


class TextbookSlot(TextbookBase):
    __tablename__ = "textbook_slots"

    attempt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    choose: Mapped[str]
    options: Mapped[list[str]]


class TextbookResponse(TextbookBase):
    __tablename__ = "textbook_responses"

    attempt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    save_id: Mapped[str]
    chosen: Mapped[list[str]]
    sha256: Mapped[str]
    saved_at: Mapped[datetime]


class TextbookChoice(BaseModel):
    chosen: list[str]


class TextbookSave(BaseModel):
    base_revision: Annotated[int, Field(ge=0)]
    save_id: Annotated[str, Field(min_length=8, max_length=64)]
    response: TextbookChoice


class TextbookSaved(BaseModel):
    revision: int
    sha256: str
    saved_at: datetime


app = FastAPI()
sessions = sessionmaker(expire_on_commit=False)
bearer = HTTPBearer()


def session() -> Iterator[Session]:
    with sessions() as opened:
        yield opened


def allowed_attempt(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        claims = jwt.decode(credentials.credentials, KEY, algorithms=["HS256"], audience=AUDIENCE)
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    return str(claims["attempt"])


@app.put("/api/v1/attempts/{attempt_id}/responses/{slot}")
def save(
    attempt_id: uuid.UUID,
    slot: int,
    body: TextbookSave,
    allowed: Annotated[str, Depends(allowed_attempt)],
    tx: Annotated[Session, Depends(session)],
) -> TextbookSaved:
    now = read_clock()
    if allowed != str(attempt_id):
        raise HTTPException(404)
    attempt = tx.get(TextbookAttempt, attempt_id)
    place = tx.get(TextbookSlot, (attempt_id, slot))
    if attempt is None or place is None:
        raise HTTPException(404)
    if attempt.state != "in_progress" or now > attempt.deadline_at + GRACE:
        raise HTTPException(409)
    chosen = body.response.chosen
    if not set(chosen) <= set(place.options) or (place.choose == "one" and len(chosen) > 1):
        raise HTTPException(422)
    response = tx.get(TextbookResponse, (attempt_id, slot), with_for_update=True)
    if (response.revision if response else 0) != body.base_revision:
        raise HTTPException(409)
    if response is None:
        response = TextbookResponse(attempt_id=attempt_id, slot=slot)
        tx.add(response)
    response.revision = body.base_revision + 1
    response.save_id = body.save_id
    response.chosen = sorted(chosen)
    response.sha256 = hashlib.sha256(json.dumps({"chosen": response.chosen}).encode()).hexdigest()
    response.saved_at = now
    tx.commit()
    return TextbookSaved.model_validate(response, from_attributes=True)
