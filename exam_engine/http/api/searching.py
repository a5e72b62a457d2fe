"""Searching the bank over the API: the words and facets of a request, as it asks for them in its query."""

from __future__ import annotations

import uuid

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exam_engine.http.api.paging import ROWS
from question_bank.catalogue import Band
from question_bank.finding import Order, Search
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import Cognitive, ItemState


class Facets(BaseModel):
    """What is looked for. A state is that of the newest version; live and pilot find an item by any version."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        "", max_length=400, description="Words of stem, options, rationale or code; the last may be unfinished."
    )
    area: str | None = None
    competence: str | None = None
    level: int | None = Field(None, ge=1, le=8)
    kind: str | None = None
    state: ItemState | None = None
    language: str | None = None
    author: uuid.UUID | None = None
    cognitive: Cognitive | None = None
    band: Band | None = None
    exposure: Exposure | None = Field(None, description="Papers that showed it, in any version.")
    facility: Facility | None = Field(None, description="Of the newest version that was marked on papers.")
    discrimination: Discrimination | None = Field(None, description="Of the same version.")
    flagged: bool | None = Field(None, description="Whether its figures ask anything of a person.")
    since: AwareDatetime | None = Field(None, description="Last changed at this moment or later.")

    def search(self) -> Search:
        """Return what the bank is asked."""
        return Search(
            query=self.q,
            state=self.state,
            area=self.area,
            competence=self.competence,
            level=self.level,
            kind=self.kind,
            language=self.language,
            author_id=self.author,
            cognitive=self.cognitive,
            band=self.band,
            exposure=self.exposure,
            facility=self.facility,
            discrimination=self.discrimination,
            is_flagged=self.flagged,
            since=self.since,
        )


class Wanted(Facets):
    """A page of what is looked for."""

    model_config = ConfigDict(extra="ignore")  # as every list: a parameter of another route does no harm

    order: Order = Order.CODE
    after: str = Field("", description="The next_after of the page before; nothing for the first.")
    limit: int = Field(ROWS, ge=1, le=200, description="How many rows a page has at most.")
