"""The export page: what was found among the items, in a format, with what the format cannot say read before it is fetched.

One rule: what is fetched is what was reported on: the same search, the same format, the same way of writing.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_engine.http.deps import Inst, ReadTx, requires
from exam_engine.http.web.bank.import_report import groups_of
from exam_engine.http.web.bank.import_words import EXACT, LACKS, title_of
from exam_engine.http.web.bank.items import asked_of, search_of
from exam_engine.http.web.frame import frame_of, layout_for
from exam_engine.http.web.language import locale_of
from exam_engine.http.web.rendering import page
from exam_engine.languages import LANGUAGES
from kernel.errors import Invalid, NotFound
from kernel.permissions import Actor, Permission
from kernel.sentences import say
from kernel.storage import Storage
from question_bank.competences import Framework, frameworks_of
from question_bank.finding import choices_of, matching_items
from question_bank.interchange.choosing import EXPORTED_MAX, Chosen
from question_bank.interchange.exporting import Exported, export_items
from question_bank.interchange.exporting_words import export_words, lacking_items
from question_bank.interchange.formats import FORMATS
from question_bank.items import Item

router = APIRouter(prefix="/bank/export", include_in_schema=False)
Reader = Annotated[Actor, requires(Permission.ITEM_READ)]


@router.get("")
def show_export(request: Request, tx: ReadTx, installation: Inst, actor: Reader) -> Response:
    """Show which items would be written, and what the chosen format cannot say of them."""
    asked, known = asked_of(request), frameworks_of(tx, actor.organisation_id)
    query = {"framework": request.query_params.get("framework", ""), "format": request.query_params.get("format", "")}
    codes = _codes(tx, actor, request)
    exported = None
    if query["format"] and known and len(codes) <= EXPORTED_MAX:
        exported = _exported(tx, installation.storage, actor, request, codes)
    address = urlencode({**asked, **{name: text for name, text in query.items() if text}})
    return page(
        request,
        "bank/export.html",
        layout=layout_for(actor),
        count=len(codes),
        most=EXPORTED_MAX,
        asked=asked,
        query=query,
        frameworks=[(str(one.id), f"{one.title} {one.version}") for one in known],
        formats=[(name, title_of(name)) for name in FORMATS],
        exported=exported,
        exact=exported.report.exact if exported else [],
        exactly=EXACT,
        groups=groups_of(exported.report) if exported else [],
        items=f"/bank/items?{urlencode(asked)}",
        document=f"/bank/export/document?{address}",
        tables=[(name, title_of(name)) for name in ("csv", "xlsx")],
        **_words_of(request, tx, actor, codes),
    )


@router.get("/document")
def fetch(request: Request, tx: ReadTx, installation: Inst, actor: Reader) -> Response:
    """Return the document."""
    codes = _codes(tx, actor, request)
    _refuse_many(codes)
    return _download(_exported(tx, installation.storage, actor, request, codes))


@router.get("/words")
def fetch_words(request: Request, tx: ReadTx, actor: Reader) -> Response:
    """Return what is to be said in another language, as a table for a translator."""
    asked, codes = request.query_params, _codes(tx, actor, request)
    _refuse_many(codes)
    exported = export_words(
        tx,
        _framework(tx, actor, request),
        format_name=asked.get("table", ""),
        language=asked.get("to", ""),
        chosen=Chosen(codes=codes),
        whole=bool(asked.get("whole")),
        actor=actor,
    )
    return _download(exported)


def _words_of(request: Request, tx: Session, actor: Actor, codes: list[str]) -> dict[str, Any]:
    """Return the languages that a translator may be asked for and, of the one that is, how much there is to do."""
    names, language = locale_of(frame_of(request).language).languages, request.query_params.get("to", "")
    tongues = sorted({*LANGUAGES, *choices_of(tx, actor).languages})
    lacks = None
    if language in tongues and 0 < len(codes) <= EXPORTED_MAX:
        chosen = Chosen(codes=codes)
        items = lacking_items(tx, _framework(tx, actor, request), language, chosen, whole=True)
        count = Counter(item.state for item in items)
        lacks = [(sign, count[state]) for state, sign in LACKS.items()]
    return {
        "tongues": [(tag, names.get(tag, tag)) for tag in tongues],
        "language": language,
        "lacks": lacks,
        "is_lacking": lacks is not None and any(number for _, number in lacks[:-1]),
        "words": f"/bank/export/words?{urlencode({**asked_of(request), 'to': language})}",
    }


def _refuse_many(codes: list[str]) -> None:
    if len(codes) > EXPORTED_MAX:
        message = say("at most %(most)s items are exported here; narrow the search down", most=EXPORTED_MAX)
        raise Invalid(message)


def _download(exported: Exported) -> Response:
    headers = {"content-disposition": f'attachment; filename="{exported.file}"'}
    return Response(exported.document, media_type=exported.media_type, headers=headers)


def _codes(tx: Session, actor: Actor, request: Request) -> list[str]:
    """Return the codes of the items that a search finds, one more than can be exported where there are more."""
    found = matching_items(tx, actor, search_of(asked_of(request)), limit=EXPORTED_MAX + 1)
    return list(tx.scalars(select(Item.code).where(Item.id.in_(found)).order_by(Item.code)))


def _exported(tx: Session, storage: Storage, actor: Actor, request: Request, codes: list[str]) -> Exported:
    framework, name = _framework(tx, actor, request), request.query_params.get("format", "")
    chosen = Chosen(codes=codes, language=asked_of(request).get("language"))
    if not codes:
        message = say("no item matches this search")
        raise NotFound(message)
    return export_items(tx, framework, format_name=name, chosen=chosen, storage=storage, actor=actor)


def _framework(tx: Session, actor: Actor, request: Request) -> Framework:
    known = frameworks_of(tx, actor.organisation_id)
    if not known:
        message = say("no competence framework has been imported yet")
        raise NotFound(message)
    wanted = request.query_params.get("framework") or str(known[0].id)
    framework = next((one for one in known if str(one.id) == wanted), None)
    if framework is None:
        message = say("there is no such framework")
        raise NotFound(message)
    return framework
