"""Items exchanged over the API: previewed, taken in as previewed, written out with a report; words for translators.

Only authors, reviewers and managers come here: these documents hold keys.
"""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_engine.http.creating import CreatingRoute, creates
from exam_engine.http.deps import REQUEST_BODY, Inst, Now, ReadTx, Tx, WholeBody, requires
from exam_engine.installation import Installation
from kernel.permissions import Actor, Permission
from question_bank.competences import framework_by_code
from question_bank.interchange.choosing import EXPORTED_MAX, Chosen
from question_bank.interchange.completion import Supplied
from question_bank.interchange.exporting import Exported, export_items, template
from question_bank.interchange.exporting_words import TABLES, export_words
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.importing import ReadyImport, make_ready, take_previewed
from question_bank.interchange.previewing import ITEMS_MAX, Preview, counted, preview_items
from question_bank.items import ItemState

router = APIRouter(tags=["exchange"], route_class=CreatingRoute)
Name = Annotated[str, Field(json_schema_extra={"enum": list(FORMATS)})]
"""Whatever else is named is refused where the format is looked up."""
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]
ITEMS_SHOWN_MAX = 200


class ImportFacts(BaseModel):
    """The format, and what is taken for all items that do not say it themselves."""

    model_config = ConfigDict(extra="forbid")

    format: Name
    competence: str | None = None
    level: Annotated[int | None, Field(ge=1, le=8)] = None
    cognitive: str | None = None
    expected_difficulty: str | None = None
    expected_seconds: Annotated[int | None, Field(ge=1, le=3600)] = None
    rationale: str | None = None
    source: str | None = None
    code_prefix: Annotated[str | None, Field(max_length=40)] = None
    language: str | None = None
    agreement: str | None = None

    @property
    def supplied(self) -> Supplied:
        """The facts about items."""
        return Supplied(**self.model_dump(exclude={"format", "agreement"}))


class ExportFacts(BaseModel):
    """The format, the framework's version (the newest, if none), and the facets of the items that are written."""

    model_config = ConfigDict(extra="forbid")

    format: Name
    version: str | None = None
    competence: str | None = None
    level: Annotated[int | None, Field(ge=1, le=8)] = None
    kind: str | None = None
    state: ItemState | None = None
    language: str | None = None
    code: list[str] = []

    @property
    def chosen(self) -> Chosen:
        """The facets."""
        return Chosen(**self.model_dump(exclude={"format", "version", "code"}), codes=self.code)


class WordsWanted(BaseModel):
    """The language and the format, and the facets of the items; ``whole`` also what is translated."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[str, Field(min_length=2, max_length=35)]
    format: Annotated[str, Field(json_schema_extra={"enum": list(TABLES)})]
    version: str | None = None
    whole: bool = False
    competence: str | None = None
    level: Annotated[int | None, Field(ge=1, le=8)] = None
    kind: str | None = None
    state: ItemState | None = None
    code: list[str] = []

    @property
    def chosen(self) -> Chosen:
        """The facets."""
        return Chosen(**self.model_dump(exclude={"to", "format", "version", "whole", "code"}), codes=self.code)


class ItemsPreviewed(BaseModel):
    """What an import would do: its report, and the first two hundred items as they would be taken."""

    agreement: str
    lossless: bool
    becoming: dict[str, int]
    report: dict[str, Any]
    items: list[dict[str, Any]]


class ItemsTaken(BaseModel):
    """What an import brought in."""

    item_count: int
    version_ids: list[uuid.UUID]


# Pictures are decoded and questions judged before a transaction that writes begins, for which others would wait.
def _previewed(
    code: str,
    facts: Annotated[ImportFacts, Query()],
    actor: Annotated[Actor, requires(Permission.ITEM_WRITE)],
    body: WholeBody,
    installation: Inst,
) -> Preview:
    with installation.database.reading() as tx:
        return preview_items(
            tx,
            framework_by_code(tx, actor.organisation_id, code),
            BytesIO(body),
            file=REQUEST_BODY,
            format_name=facts.format,
            supplied=facts.supplied,
            actor=actor,
            items_max=ITEMS_MAX,
        )


Previewed = Annotated[Preview, Depends(_previewed)]


def _ready(facts: Annotated[ImportFacts, Query()], preview: Previewed, installation: Inst) -> ReadyImport:
    return make_ready(preview, agreement=facts.agreement, storage=installation.storage)


Ready = Annotated[ReadyImport, Depends(_ready)]


@router.post("/frameworks/{code}/imports/previews", operation_id="previewImport")
def preview_import(
    code: str, actor: Annotated[Actor, requires(Permission.ITEM_WRITE)], preview: Previewed
) -> ItemsPreviewed:
    """Tell what importing a document would bring in, change and refuse; nothing is saved."""
    del code, actor
    return ItemsPreviewed(
        agreement=preview.agreement,
        lossless=preview.is_lossless,
        becoming=counted(preview.becoming.values()),
        report=preview.report.as_json(),
        items=[
            {"place": one.place, "language": one.language, "item": one.item} for one in preview.items[:ITEMS_SHOWN_MAX]
        ],
    )


@router.post("/frameworks/{code}/imports", operation_id="importDocument", status_code=201)
def import_document(
    code: str,
    ready: Ready,
    tx: Tx,
    now: Now,
    actor: Annotated[Actor, creates(Permission.ITEM_WRITE)],
) -> ItemsTaken:
    """Take in a document as drafts, as its preview said; losses need the preview's agreement."""
    made = take_previewed(tx, framework_by_code(tx, actor.organisation_id, code), ready, actor=actor, now=now)
    return ItemsTaken(item_count=len(made), version_ids=made)


@router.get("/frameworks/{code}/exports", operation_id="exportItems", response_class=Response)
def export_items_route(
    code: str, facts: Annotated[ExportFacts, Query()], tx: ReadTx, installation: Inst, actor: Reader
) -> Response:
    """Return the newest versions of the items of some facets as a document; at most 5,000."""
    return _download(_exported(tx, code, facts, installation, actor))


@router.get("/frameworks/{code}/exports/report", operation_id="reportExport")
def report_export(
    code: str, facts: Annotated[ExportFacts, Query()], tx: ReadTx, installation: Inst, actor: Reader
) -> dict[str, Any]:
    """Tell what a format cannot say of the items of some facets, and which items are not written."""
    return _exported(tx, code, facts, installation, actor).report.as_json()


@router.get("/frameworks/{code}/words", operation_id="exportWords", response_class=Response)
def export_words_route(code: str, wanted: Annotated[WordsWanted, Query()], tx: ReadTx, actor: Reader) -> Response:
    """Return what items of some facets do not say in a language yet, as a table for a translator to fill in."""
    framework = framework_by_code(tx, actor.organisation_id, code, wanted.version)
    exported = export_words(
        tx,
        framework,
        format_name=wanted.format,
        language=wanted.to,
        chosen=wanted.chosen,
        whole=wanted.whole,
        actor=actor,
        items_max=EXPORTED_MAX,
    )
    return _download(exported)


@router.get("/item-formats/{name}/template", operation_id="downloadTemplate", response_class=Response)
def download_template(name: Literal["csv", "xlsx"], actor: Reader) -> Response:
    """Return a table to be filled in."""
    del actor
    return _download(template(name))


def _exported(tx: Session, code: str, facts: ExportFacts, installation: Installation, actor: Actor) -> Exported:
    return export_items(
        tx,
        framework_by_code(tx, actor.organisation_id, code, facts.version),
        format_name=facts.format,
        chosen=facts.chosen,
        storage=installation.storage,
        actor=actor,
        items_max=EXPORTED_MAX,
    )


def _download(exported: Exported) -> Response:
    headers = {"content-disposition": f'attachment; filename="{exported.file}"'}
    return Response(exported.document, media_type=exported.media_type, headers=headers)
