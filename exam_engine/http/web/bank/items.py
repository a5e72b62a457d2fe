"""The bank's pages: finding items by words and facets, for authors, reviewers and managers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_engine.http.deps import ReadTx, requires
from exam_engine.http.web.bank.words import (
    COGNITIVE,
    DISCRIMINATIONS,
    EXPOSURES,
    FACILITIES,
    FLAGGED,
    ITEM_STATES,
    KINDS,
    ORDERS,
    STEPS,
)
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import locale_of, messages
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.words import BANDS, N_
from kernel.errors import Invalid
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank import next_steps
from question_bank.catalogue import Band
from question_bank.eqf import LEVELS
from question_bank.finding import Choices, Order, Search, choices_of, find_items
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import Cognitive, ItemState

router = APIRouter(prefix="/bank", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
SHOWN = 50
FACETS = (
    *("q", "competence", "area", "level", "state", "kind", "language", "author", "cognitive", "band"),
    *("exposure", "facility", "discrimination", "flagged", "since"),
)
_FLAGGED = {"true": True, "false": False}
_ANY = ("", N_("any"))


@router.get("")
def begin(_actor: Reader) -> Response:
    """Lead to the list of items."""
    return redirect("/bank/items")


@router.get("/items")
def show_items(request: Request, tx: ReadTx, actor: Reader) -> Response:
    """Show a page of the items that match; without words and facets, of all."""
    asked = asked_of(request)
    order = Order.CHANGED if request.query_params.get("order") == Order.CHANGED else Order.CODE
    search = search_of(asked)
    after, before = (request.query_params.get(name, "") for name in ("after", "before"))
    found = find_items(tx, actor, search, order=order, after=after, before="" if after else before, limit=SHOWN)
    here = {**asked, "order": order.value}
    return page(
        request,
        "bank/items.html",
        layout=layout_for(actor),
        asked={name: asked.get(name, "") for name in FACETS},
        order=order.value,
        orders=[(known.value, words) for known, words in ORDERS.items()],
        is_narrowed=bool(asked.keys() - {"q"}),
        choices=_choices(request, choices_of(tx, actor)),
        found=found,
        since=search.since,
        signs=ITEM_STATES,
        kinds=KINDS,
        matching=urlencode(asked),
        newer=f"/bank/items?{urlencode({**here, 'before': found.before})}" if found.before else "",
        older=f"/bank/items?{urlencode({**here, 'after': found.after})}" if found.after else "",
        steps=[(step.value, STEPS[step]) for step, facts in next_steps.STEPS.items() if actor.may(facts.permission)],
    )


def asked_of(request: Request) -> dict[str, str]:
    """Return the words and facets that an address asks for, without those it leaves open."""
    return {name: value for name in FACETS if (value := request.query_params.get(name, "").strip())}


def search_of(asked: Mapping[str, str]) -> Search:
    """Return what the bank is asked.

    Raises:
        Invalid: a facet has a value that it cannot have.
    """
    try:
        return Search(
            query=asked.get("q", ""),
            state=ItemState(asked["state"]) if "state" in asked else None,
            area=asked.get("area"),
            competence=asked.get("competence"),
            level=int(asked["level"]) if "level" in asked else None,
            kind=asked.get("kind"),
            language=asked.get("language"),
            author_id=uuid.UUID(asked["author"]) if "author" in asked else None,
            cognitive=Cognitive(asked["cognitive"]) if "cognitive" in asked else None,
            band=Band(asked["band"]) if "band" in asked else None,
            exposure=Exposure(asked["exposure"]) if "exposure" in asked else None,
            facility=Facility(asked["facility"]) if "facility" in asked else None,
            discrimination=Discrimination(asked["discrimination"]) if "discrimination" in asked else None,
            is_flagged=_FLAGGED[asked["flagged"]] if "flagged" in asked else None,
            since=_moment(asked["since"]) if "since" in asked else None,
        )
    except (ValueError, KeyError) as error:
        message = say("this search asks for something that there is not; begin again from the list of items")
        raise Invalid(message) from error


def _moment(text: str) -> datetime:
    """Read a moment; ValueError where it has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "a moment without a zone"
        raise ValueError(message)
    return moment


def _choices(request: Request, known: Choices) -> dict[str, list[tuple[str, str]]]:
    """Return what each facet offers, in words of ours; names of competences, people and languages are data."""
    language = frame_of(request).language
    names, anybody = locale_of(language).languages, ("", messages(language).gettext(_ANY[1]))
    return {
        "competence": [anybody, *((code, f"{code} {name}") for code, name in known.competences)],
        "author": [anybody, *((str(id_), name) for id_, name in known.authors)],
        "language": [anybody, *((tag, names.get(tag, tag)) for tag in known.languages)],
        "level": [_ANY, *((str(level), str(level)) for level in LEVELS)],
        "state": [_ANY, *((state.value, sign.words) for state, sign in ITEM_STATES.items())],
        "kind": [_ANY, *KINDS.items()],
        "cognitive": [_ANY, *((level.value, words) for level, words in COGNITIVE.items())],
        "band": [_ANY, *((band.value, words) for band, words in BANDS.items())],
        "exposure": [_ANY, *((band.value, words) for band, words in EXPOSURES.items())],
        "facility": [_ANY, *((band.value, words) for band, words in FACILITIES.items())],
        "discrimination": [_ANY, *((band.value, words) for band, words in DISCRIMINATIONS.items())],
        "flagged": [_ANY, *FLAGGED],
    }
