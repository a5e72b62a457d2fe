"""The frame: who is looking, in which language, and which desks of the product are theirs.

One rule: it never refuses. Whoever is not signed in, or comes with a token that does not hold, is simply nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Request
from sqlalchemy import select
from starlette.routing import NoMatchFound

from exam_engine.http.deps import actor_of, session_claims
from exam_engine.http.web.language import LANGUAGE_COOKIE, choose_language
from exam_engine.http.web.words import N_
from exam_engine.installation import Installation
from kernel.accounts import account_named
from kernel.errors import DomainError
from kernel.organisations import Organisation, organisation_name
from kernel.permissions import Actor, Permission

PRODUCT = "Exam Engine"


@dataclass(frozen=True, slots=True)
class Desk:
    """One audience's part of the product, and the permission that opens it."""

    permission: Permission
    href: str
    words: str
    purpose: str
    unless: Permission | None = None
    """Whoever holds this has those pages among the ones of another desk."""


DESKS = (
    Desk(Permission.ATTEMPT_SIT, "/my", N_("My exams"), N_("Your exams, results and certificates.")),
    Desk(Permission.ATTEMPT_ADMIT, "/proctor", N_("Invigilation"), N_("Check identities and let candidates in.")),
    Desk(
        Permission.SITTING_MANAGE,
        "/manage",
        N_("Certification"),
        N_("The whole way from the item bank to the register."),
    ),
    Desk(
        Permission.ITEM_READ,
        "/bank/work",
        N_("Items"),
        N_("Write items, review them, and see what became of them."),
        unless=Permission.SITTING_MANAGE,
    ),
    Desk(Permission.SCRIPT_MARK, "/marking", N_("Marking"), N_("Mark what candidates wrote, along its rubric.")),
    Desk(Permission.DECISION_MAKE, "/decisions", N_("Decisions"), N_("Grant or refuse certificates on the evidence.")),
    Desk(Permission.AUDIT_READ, "/register", N_("Register"), N_("Every certificate and what happened to it.")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the bank that leads to others, and the permission that opens it."""

    permission: Permission
    href: str
    words: str
    covers: tuple[str, ...]
    """How the addresses begin that belong to it."""
    unless: Permission | None = None
    """As for a desk."""


BANK_TABS = (
    Tab(Permission.ITEM_READ, "/bank/work", N_("Work"), ("/bank/work", "/bank/items/new", "/bank/writing")),
    Tab(Permission.ITEM_READ, "/bank/items", N_("All items"), ("/bank/items", "/bank/batches", "/bank/export")),
    Tab(
        Permission.ITEM_READ,
        "/bank/frameworks",
        N_("Frameworks"),
        ("/bank/framework",),
        unless=Permission.SITTING_MANAGE,
    ),
    Tab(Permission.ITEM_READ, "/bank/media", N_("Pictures and sounds"), ("/bank/media",)),
    Tab(Permission.ITEM_WRITE, "/bank/import", N_("Import"), ("/bank/import",)),
    Tab(
        Permission.ITEM_READ,
        "/manage/coverage",
        N_("Coverage"),
        ("/manage/coverage",),
        unless=Permission.SITTING_MANAGE,
    ),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the pages greet them."""

    actor: Actor
    name: str
    house: str
    language: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page."""

    language: str
    path: str
    house: str
    home: str
    person: str | None
    desks: tuple[Desk, ...]
    tabs: tuple[Tab, ...] = ()
    """Of the bank, for whoever works in it."""

    @property
    def tab(self) -> str:
        """The address of the tab that this page belongs to."""
        fitting = [(len(start), tab.href) for tab in self.tabs for start in tab.covers if self.path.startswith(start)]
        return max(fitting, default=(0, ""))[1]


def look_who_comes(request: Request) -> None:
    """Find the frame before the page's own transaction begins: a page that is made never needs a second connection."""
    request.state.frame = _looked_up(request)


def frame_of(request: Request) -> Frame:
    """Return the frame for a request, whoever sent it."""
    if not hasattr(request.state, "frame"):
        look_who_comes(request)
    frame: Frame = request.state.frame
    return frame


def anonymous_frame(request: Request) -> Frame:
    """Return a frame without asking the database anything."""
    return Frame(
        language=_language(request, None),
        path=request.url.path,
        house=PRODUCT,
        home=_home(request),
        person=None,
        desks=(),
    )


def desks_of(actor: Actor) -> tuple[Desk, ...]:
    """Return the desks somebody may sit at, in one order for everybody."""
    return tuple(desk for desk in DESKS if _opens(desk, actor))


def _opens(place: Desk | Tab, actor: Actor) -> bool:
    return actor.may(place.permission) and not (place.unless and actor.may(place.unless))


def layout_for(actor: Actor) -> str:
    """Return the frame of pages that the bank stands in for its reader; managers have it among their other pages."""
    if actor.may(Permission.SITTING_MANAGE):
        return "manager/frame.html"
    return "bank/frame.html" if actor.may(Permission.ITEM_READ) else "register/frame.html"


def _looked_up(request: Request) -> Frame:
    person = _person(request)
    if person is None:
        return replace(anonymous_frame(request), house=_only_house(request) or PRODUCT)
    return Frame(
        language=_language(request, person.language),
        path=request.url.path,
        house=person.house,
        home=_home(request),
        person=person.name,
        desks=desks_of(person.actor),
        tabs=tuple(tab for tab in BANK_TABS if _opens(tab, person.actor)),
    )


def _language(request: Request, account: str | None) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(chosen, account, request.headers.get("accept-language", ""))


def _only_house(request: Request) -> str | None:
    """Return the name of the body that runs this installation, where there is one and no other."""
    installation: Installation = request.state.installation
    with installation.database.reading() as tx:
        names = tx.scalars(select(Organisation.name).limit(2)).all()
    return names[0] if len(names) == 1 else None


def _person(request: Request) -> Person | None:
    installation: Installation = request.state.installation
    try:
        claims = session_claims(request, installation, installation.clock())
        with installation.database.reading() as tx:
            actor = actor_of(tx, claims)
            account = account_named(tx, actor.person)
            house = organisation_name(tx, actor.organisation_id)
    except DomainError:
        return None
    request.state.actor = actor
    return Person(actor, account.display_name, house, account.language)


def _home(request: Request) -> str:
    """Return the start page; where public verification runs alone, that is the page to type a number into."""
    try:
        return str(request.app.url_path_for("home"))
    except NoMatchFound:
        return str(request.app.url_path_for("type_number"))
