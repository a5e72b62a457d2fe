"""Exhibits: PDF documents that show pages and do nothing.

One rule: a document that asks for a password, holds programs, forms or other files, or starts anything, is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain

import pikepdf

from kernel.sentences import say
from question_bank.uploads.jpeg import bare_jpeg
from question_bank.uploads.jpeg_2000 import bare_jpeg_2000
from question_bank.uploads.upload import Upload, UploadRefused

MEDIA_TYPES = ("application/pdf",)
PAGES_MAX = 200
_DEPTH_MAX = 50
_ACTS = {
    "/JavaScript": "JavaScript",
    "/Launch": say("an action that starts a program"),
    "/SubmitForm": say("an action that sends a form"),
    "/ImportData": say("an action that takes in data"),
    "/GoToR": say("a link into another file"),
    "/GoToE": say("a link into a file within it"),
    "/Rendition": say("an action that plays something"),
    "/Movie": say("an action that plays something"),
    "/Sound": say("an action that plays something"),
    "/RichMediaExecute": say("an action that plays something"),
}
_MEMBERS = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/AA": say("actions that start by themselves"),
    "/AcroForm": say("a form"),
    "/XFA": say("a form"),
    "/EmbeddedFiles": say("other files"),
    "/EF": say("other files"),
    "/AF": say("other files"),
    "/RichMediaContent": say("other media"),
    "/Collection": say("other files"),
}
_BARE = {"/DCTDecode": bare_jpeg, "/DCT": bare_jpeg, "/JPXDecode": bare_jpeg_2000}
"""By the filter that unpacks them: pictures with notes of their own."""


def read_pdf(content: bytes) -> Upload:
    """Return a PDF written anew: of what earlier editions of it held, and of its author, nothing is left.

    What it unpacks to knows no bounds, so documents of others are read :mod:`apart <question_bank.uploads.apart>`.

    Raises:
        UploadRefused: it is damaged, or is not taken as it is.
        MemoryError: there is no room for what it unpacks to.
    """
    try:
        # Nothing is guessed back together: what was cut off could be what matters.
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as document:
            _refuse_acts(document)
            if not 0 < len(document.pages) <= PAGES_MAX:
                message = say(
                    "this PDF has %(count)s pages; 1 to %(most)s are taken", count=len(document.pages), most=PAGES_MAX
                )
                raise UploadRefused(message)
            if "/Info" in document.trailer:
                del document.trailer["/Info"]
            for found in list(document.objects):
                _forget_people(found)
                if isinstance(found, pikepdf.Stream):
                    _bare_picture(document, found)
            # Twice, because the words of streams that were packed here stand in another order when they come again.
            with pikepdf.open(_written(document)) as again:
                kept = _written(again)
    except pikepdf.PasswordError as error:
        message = say("this PDF asks for a password; save it without one")
        raise UploadRefused(message) from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, TypeError, RuntimeError) as error:
        message = say("this PDF is damaged or cut off")
        raise UploadRefused(message) from error
    return Upload(kept.getvalue(), "application/pdf")


def _written(document: pikepdf.Pdf) -> io.BytesIO:
    target = io.BytesIO()
    document.save(target, deterministic_id=True)
    if any("bad_alloc" in warning for warning in document.get_warnings()):
        raise MemoryError  # the reader goes on without an object that has no room, and nobody has looked at it
    return target


def _refuse_acts(document: pikepdf.Pdf) -> None:
    if document.is_encrypted:
        message = say("this PDF is encrypted; save it without protection")
        raise UploadRefused(message)
    for found in chain([document.trailer], document.objects):
        for told in _acts_in(found, 0):
            message = say("this PDF holds %(told)s; print it into a new PDF", told=told)
            raise UploadRefused(message)


def _acts_in(found: pikepdf.Object, depth: int) -> Iterator[str]:
    """Yield what acts in an object of the file; what it refers to is an object of its own."""
    if depth > _DEPTH_MAX:
        yield say("objects that are nested too deeply")
        return
    members: dict[str, pikepdf.Object] = {}
    if isinstance(found, pikepdf.Array):
        inner = list(found)
    elif isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
        members = dict(found.items())
        yield from (told for name, told in _MEMBERS.items() if name in members)
        act = members.get("/S")
        if isinstance(act, pikepdf.Name) and str(act) in _ACTS:
            yield _ACTS[str(act)]
        inner = list(members.values())
    else:
        return
    for member in inner:
        if isinstance(member, pikepdf.Object) and not member.is_indirect:
            yield from _acts_in(member, depth + 1)
    if members and not _only_goes_to_a_place(members.get("/OpenAction")):
        yield say("an action that starts when it is opened")


def _only_goes_to_a_place(act: pikepdf.Object | None) -> bool:
    if not isinstance(act, (pikepdf.Dictionary, pikepdf.Stream)):
        return True  # none, or a place by itself
    return act.get("/S") == pikepdf.Name.GoTo and "/Next" not in act


def _bare_picture(document: pikepdf.Pdf, found: pikepdf.Stream) -> None:
    """Take out of a picture what a camera or a program noted in it; its pixels stay."""
    filters = list(found.get("/Filter", pikepdf.Array()).wrap_in_array())
    bare = _BARE.get(str(filters[-1])) if filters else None
    if bare is None:
        return
    parameters = list(found.get("/DecodeParms", pikepdf.Array()).wrap_in_array())
    outer = pikepdf.Stream(document, found.read_raw_bytes())
    outer.Filter = pikepdf.Array(filters[:-1])
    if len(filters) > 1 and len(parameters) == len(filters):
        outer.DecodeParms = pikepdf.Array(parameters[:-1])
    try:
        kept = bare(outer.read_bytes())
    except (UploadRefused, pikepdf.PdfError) as error:
        message = say("this PDF holds a picture that is damaged, or coded in an unusual way; print it into a new PDF")
        raise UploadRefused(message) from error
    own = parameters[-1] if len(parameters) == len(filters) else None
    found.write(
        kept,
        filter=pikepdf.Name(str(filters[-1])),
        decode_parms=own if isinstance(own, pikepdf.Dictionary) else None,
    )


def _forget_people(found: pikepdf.Object) -> None:
    """Take out of an object of the file what programs note beside what is shown, such as who wrote a note."""
    if isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
        for name in ("/Metadata", "/PieceInfo", *(("/T",) if "/Subtype" in found and "/Rect" in found else ())):
            if name in found:
                del found[name]
        inner = list(dict(found.items()).values())
    else:
        inner = list(found) if isinstance(found, pikepdf.Array) else []
    for member in inner:
        if isinstance(member, pikepdf.Object) and not member.is_indirect:
            _forget_people(member)  # no deeper than what was looked through for acts
