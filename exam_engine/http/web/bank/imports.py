"""The import page: a document is uploaded, its report is read, what is lost is agreed to, and only then is it taken in.

One rule: what is taken in is what the page showed. The button carries the agreement, and the document has not left.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_engine.http.contents import content_reply, within_reply
from exam_engine.http.deps import Inst, Now, ReadTx, Tx, requires
from exam_engine.http.web.bank.import_facts import FIELDS, ImportFacts, facts_of
from exam_engine.http.web.bank.import_report import (
    ITEMS_SHOWN_MAX,
    LOSS_COLUMNS,
    groups_of,
    lines_of,
    rows_of,
    sample_of,
)
from exam_engine.http.web.bank.import_words import BECOMING, EXACT, title_of
from exam_engine.http.web.bank.words import COGNITIVE, KINDS
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import locale_of
from exam_engine.http.web.rendering import page, redirect
from exam_engine.http.web.uploading import SentForm
from exam_engine.languages import LANGUAGES
from kernel.canonical import iso
from kernel.errors import DomainError, Fault, Invalid, NotFound
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from question_bank.competences import Framework, framework_by_code, frameworks_of
from question_bank.eqf import LEVELS
from question_bank.finding import choices_of
from question_bank.interchange.csv_tables import csv_of
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.importing import BankChanged, LossesNotAgreed, ReadyImport, make_ready, take_previewed
from question_bank.interchange.previewing import ITEMS_MAX, Preview, counted, preview_items
from question_bank.interchange.waiting import (
    WaitingDocument,
    keep_document,
    note_taken,
    waiting_document_for,
)
from question_bank.media import medium_for

router = APIRouter(prefix="/bank/import", include_in_schema=False)
Writer = Annotated[Actor, requires(Permission.ITEM_WRITE)]


@router.get("")
def choose(request: Request, tx: ReadTx, actor: Writer) -> Response:
    """Show the form for a document to be imported."""
    return _form(request, tx, actor, facts_of(request.query_params))


@router.post("")
def upload(request: Request, actor: Writer, sent: SentForm, tx: Tx, now: Now) -> Response:
    """Keep a document for a day, and go to its report."""
    facts = facts_of(sent.fields)
    try:
        document = keep_document(tx, sent.content, file_name=sent.file_name, actor=actor, now=now)
    except Invalid as refusal:
        missing = Invalid(refusal.detail, faults=[Fault("file", refusal.detail)])
        return _form(request, tx, actor, facts, refusal=missing)
    return redirect(f"/bank/import/{document.id}?{facts.address}")


@router.get("/{document_id}")
def show_report(request: Request, document_id: uuid.UUID, tx: ReadTx, now: Now, actor: Writer) -> Response:
    """Show what an import would bring in, change and refuse; nothing is saved. Afterwards, what it has brought in."""
    document = waiting_document_for(tx, actor, document_id, now=now)
    if document.taken_at is not None:
        return _taken(request, actor, document)
    return _report(request, tx, actor, document, facts_of(request.query_params))


@router.get("/{document_id}/losses")
def fetch_losses(request: Request, document_id: uuid.UUID, tx: ReadTx, now: Now, actor: Writer) -> Response:
    """Send the whole report as a table, for whoever mends the document where it was written."""
    document = waiting_document_for(tx, actor, document_id, now=now)
    report = _previewed(tx, actor, document, facts_of(request.query_params)).report
    headers = {"content-disposition": 'attachment; filename="report.csv"'}
    return Response(b"".join(csv_of(LOSS_COLUMNS, rows_of(report))), media_type="text/csv", headers=headers)


@router.get("/{document_id}/files/{sha256}")
def show_file(
    request: Request, document_id: uuid.UUID, sha256: str, tx: ReadTx, now: Now, installation: Inst, actor: Writer
) -> Response:
    """Send a file that came within a document, or is in the bank already, to whoever looks at its items."""
    document = waiting_document_for(tx, actor, document_id, now=now)
    files = _previewed(tx, actor, document, facts_of(request.query_params)).files
    if sha256 not in files.facts:
        return content_reply(request, installation.storage, medium_for(tx, actor, sha256))
    return within_reply(files.content_of(sha256), files.facts[sha256].media_type)


@router.post("/{document_id}")
def take(
    request: Request, document_id: uuid.UUID, actor: Writer, sent: SentForm, now: Now, installation: Inst
) -> Response:
    """Take a document in as its report said, all of it or nothing."""
    facts, database = facts_of(sent.fields), installation.database
    try:
        # It is read and judged before the transaction that writes begins, for which others would wait.
        with database.reading() as tx:
            document = waiting_document_for(tx, actor, document_id, now=now)
            preview = _previewed(tx, actor, document, facts) if document.taken_at is None else None
        if preview is not None:
            ready = make_ready(preview, agreement=sent.fields.get("agreement"), storage=installation.storage)
            with database.transaction() as tx:
                _take(tx, actor, document_id, facts, ready, now)
    except DomainError as refusal:
        with database.reading() as tx:
            document = waiting_document_for(tx, actor, document_id, now=now)
            return _report(request, tx, actor, document, facts, refusal=refusal)
    return redirect(f"/bank/import/{document_id}")


def _take(
    tx: Session, actor: Actor, document_id: uuid.UUID, facts: ImportFacts, ready: ReadyImport, now: datetime
) -> None:
    document = waiting_document_for(tx, actor, document_id, now=now, held=True)
    if document.taken_at is None:
        framework = _framework(tx, actor, facts)
        take_previewed(tx, framework, ready, actor=actor, now=now)
        outcome = counted(ready.preview.becoming.values())
        note_taken(tx, document, {"new": outcome["new"], "next": outcome["next"]}, now=now)


def _framework(tx: Session, actor: Actor, facts: ImportFacts) -> Framework:
    known = frameworks_of(tx, actor.organisation_id)
    if not known:
        message = say("no competence framework has been imported yet")
        raise NotFound(message)
    return framework_by_code(tx, actor.organisation_id, facts.fields.get("framework", known[0].code))


def _report(
    request: Request,
    tx: Session,
    actor: Actor,
    document: WaitingDocument,
    facts: ImportFacts,
    *,
    refusal: DomainError | None = None,
) -> Response:
    try:
        framework, form = _framework(tx, actor, facts), facts.format_for(document.file_name, document.opened())
        preview = _previewed(tx, actor, document, facts)
    except DomainError as fault:
        return _form(request, tx, actor, facts, document=document, refusal=fault)
    return page(
        request,
        "bank/import_report.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        refusal=refusal,
        is_overtaken=isinstance(refusal, LossesNotAgreed | BankChanged),
        framework=framework,
        form=form,
        is_guessed="format" not in facts.fields,
        carried={**facts.fields, "format": form, "agreement": preview.agreement},
        **_told(preview, request.query_params.get("item", "")),
        **_chosen(request, tx, actor, ImportFacts({**facts.fields, "format": form}), document),
    )


def _previewed(tx: Session, actor: Actor, document: WaitingDocument, facts: ImportFacts) -> Preview:
    return preview_items(
        tx,
        _framework(tx, actor, facts),
        document.opened(),
        file=document.file_name,
        format_name=facts.format_for(document.file_name, document.opened()),
        supplied=facts.supplied(),
        actor=actor,
        items_max=ITEMS_MAX,
    )


def _told(preview: Preview, code: str) -> dict[str, object]:
    return {
        "preview": preview,
        "becoming": [(BECOMING[name], count) for name, count in counted(preview.becoming.values()).items() if count],
        "groups": groups_of(preview.report),
        "exact": preview.report.exact,
        "exactly": EXACT,
        "lines": lines_of(preview),
        "lines_max": ITEMS_SHOWN_MAX,
        "signs": BECOMING,
        "sample": sample_of(preview, code),
    }


def _form(
    request: Request,
    tx: Session,
    actor: Actor,
    facts: ImportFacts,
    *,
    document: WaitingDocument | None = None,
    refusal: DomainError | None = None,
) -> Response:
    return page(
        request,
        "bank/import.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        refusal=refusal,
        **_chosen(request, tx, actor, facts, document),
    )


def _chosen(
    request: Request, tx: Session, actor: Actor, facts: ImportFacts, document: WaitingDocument | None
) -> dict[str, object]:
    """Return what the form of facts offers, and what stands in it."""
    choices, names = choices_of(tx, actor), locale_of(frame_of(request).language).languages
    return {
        "layout": layout_for(actor),
        "document": document,
        "asked": {name: facts.fields.get(name, "") for name in FIELDS},
        "facts": facts,
        "kinds": KINDS,
        "title_of": title_of,
        "formats": [(form.name, title_of(form.name), form.suffixes) for form in FORMATS.values()],
        "frameworks": [(one.code, f"{one.title} {one.version}") for one in frameworks_of(tx, actor.organisation_id)],
        "competences": [(code, f"{code} {name}") for code, name in choices.competences],
        "levels": [(str(level), str(level)) for level in LEVELS],
        "cognitive": [(level.value, words) for level, words in COGNITIVE.items()],
        "tongues": [(tag, names.get(tag, tag)) for tag in sorted({*LANGUAGES, *choices.languages})],
    }


def _taken(request: Request, actor: Actor, document: WaitingDocument) -> Response:
    since = iso(document.taken_at) if document.taken_at else ""
    found = urlencode({"author": str(actor.person), "since": since, "order": "changed"})
    return page(
        request,
        "bank/import_taken.html",
        layout=layout_for(actor),
        document=document,
        outcome=[(BECOMING[name], count) for name, count in (document.outcome or {}).items()],
        count=sum((document.outcome or {}).values()),
        found=f"/bank/items?{found}",
    )
