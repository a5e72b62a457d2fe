"""A world in which every page has something to show: an exam passed and certified, another one still running."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.demo.stage import AUTHOR, CANDIDATE, DECISION_MAKER, MANAGER, MARKER, PROCTOR, SIMULATED, Person
from exam_engine.scoring.setbacks import Work, note_setback
from kernel.permissions import AccountRole, Actor
from question_bank.interchange.waiting import keep_document
from question_bank.item_kinds import KINDS
from question_bank.items import Item, ItemVersion
from question_bank.usage import keep_showings
from tests.builders.usage import showing
from tests.journeys.acts import answer_all, close_and_score, grant, hand_in, rightly, seated
from tests.stage import Site

R = AccountRole
MEASURED = "A1.1-5-01"
QUIZ = "// [tag:level=5]\n::Q-1::What makes data open? {=A licence ~A price}\n\nWrite {}\n"
"""GIFT of which one question is lost."""
SUPPLIED = "competence=A1.1&cognitive=apply&expected_difficulty=0.6&expected_seconds=60&rationale=x&source=y"
PERSON_OF = {R.CANDIDATE: SIMULATED, R.PROCTOR: PROCTOR, R.MANAGER: MANAGER, R.DECISION_MAKER: DECISION_MAKER}


@dataclass(frozen=True)
class World:
    """The identifiers of what is there. The simulated candidate has passed; the other one is working."""

    sitting_id: str
    attempt_id: str
    result_id: str
    credential_id: str
    code: str
    running_sitting_id: str
    running_attempt_id: str
    batch_id: str
    document_id: str
    draft_id: str
    framework: str


def make_world(site: Site) -> World:
    """Play one exam to its certificate, and start another."""
    seat = seated(site, SIMULATED)
    answer_all(seat, rightly(site))
    hand_in(seat)
    result = close_and_score(seat)
    credential = grant(seat, result)
    running = seated(site, CANDIDATE)
    _let_stand_still(site, running.attempt_id)
    let_measure(site, MEASURED)
    return World(
        sitting_id=seat.sitting_id,
        attempt_id=seat.attempt_id,
        result_id=result["id"],
        credential_id=credential["id"],
        code=credential["code"],
        running_sitting_id=running.sitting_id,
        running_attempt_id=running.attempt_id,
        batch_id=_let_rest(site),
        document_id=_keep_document(site),
        draft_id=_draft_a_framework(site),
        framework=_framework_of(site),
    )


def _let_rest(site: Site) -> str:
    """Rest two items together; return the batch."""
    manager = site.people[MANAGER]
    version_ids = [row["version_id"] for row in manager.get("/items?limit=2&state=live")["items"]]
    batch = manager.post("/item-batches", {"step": "rest", "version_ids": version_ids, "reason": "Seen often."})
    return str(batch["id"])


def let_measure(site: Site, code: str) -> ItemVersion:
    """Have an item met by 47 people, so that its figures ask about a distractor of strong ones and one of nobody."""
    with site.installation.database.transaction() as tx:
        version = tx.scalars(select(ItemVersion).join(ItemVersion.item).where(Item.code == code)).first()
        assert version is not None
        (key,) = version.content["key"]
        strong, weak, *_ = (option["id"] for option in version.content["options"] if option["id"] != key)
        uses = [showing(version, (key, 6, 24), (key, 2, 2), (strong, 9, 9), (weak, 1, 12), seen=site.clock())]
        keep_showings(tx, uuid.uuid4(), uses, form_id=uuid.uuid4(), now=site.clock())
    return version


def _keep_document(site: Site) -> str:
    """Upload a document that loses something, and leave it waiting."""
    author = site.people[AUTHOR]
    who = author.get("/session")
    actor = Actor(uuid.UUID(who["account_id"]), uuid.UUID(who["organisation_id"]), frozenset({R.AUTHOR}))
    with site.installation.database.transaction() as tx:
        facts = {"file_name": "quiz.gift", "actor": actor, "now": site.clock()}
        return str(keep_document(tx, QUIZ.encode(), **facts).id)  # type: ignore[arg-type]


def _framework_of(site: Site) -> str:
    """Return the address of the sample framework."""
    framework = site.people[MANAGER].all("/frameworks")[0]
    return f"/bank/frameworks/{framework['code']}/versions/{framework['version']}"


def _draft_a_framework(site: Site) -> str:
    """Draft the next version of the framework: a competence reworded, one with a fault, and one gone."""
    author = site.people[AUTHOR]
    framework = author.all("/frameworks")[0]
    named = {"code": framework["code"], "version": framework["version"]}
    begun = author.ask("POST", "/framework-drafts", {"base": named})
    document = begun.json()["document"]
    document["competences"][0]["description"] = "Plans with others, and says so."
    document["competences"][1].pop("name")
    document["competences"].pop()
    address = f"/framework-drafts/{begun.json()['id']}"
    author.ask("PUT", address, document, headers={"If-Match": begun.headers["etag"]})
    return str(begun.json()["id"])


def _let_stand_still(site: Site, attempt_id: str) -> None:
    """Note a certificate that could not be issued, so that the manager's page has something to tell."""
    with site.installation.database.transaction() as tx:
        attempt = tx.get_one(Attempt, uuid.UUID(attempt_id))
        facts = {"reason": "missing_glyph", "places": ["holder_name"], "now": site.clock()}
        note_setback(tx, Work.ISSUE, attempt.id, attempt.organisation_id, **facts)  # type: ignore[arg-type]


def pages_of(world: World) -> dict[str, Person | None]:
    """Return every page that shows something, and somebody who may see it."""
    public = [
        "/sign-in",
        "/verify",
        "/verify?code=x",
        f"/V/{world.code}",
        f"/v/{world.code}",
        "/V/0000000000000000",
        "/no",
    ]
    passed = ["/my", f"/my/attempts/{world.attempt_id}/receipt", f"/my/attempts/{world.attempt_id}/result"]
    proctor = [f"/proctor/sittings/{world.running_sitting_id}", "/proctor", f"/proctor/sittings/{world.sitting_id}"]
    manager = [
        "/manage",
        "/manage/coverage",
        "/manage/coverage?state=any&band=hard&reserve=2",
        "/manage/schemes",
        "/manage/sittings",
        f"/manage/sittings/{world.sitting_id}",
        f"/manage/sittings/{world.running_sitting_id}",
        "/manage/results",
        "/marking/agreement",
        "/register",
    ]
    bank = ["/bank/work", f"/bank/items/{MEASURED}", f"/bank/items/{MEASURED}/edit"]
    forms = [f"/bank/items/new?kind={kind}" for kind in KINDS]
    draft = f"/bank/framework-drafts/{world.draft_id}"
    parts = [f"{draft}/{part}" for part in ("head/0", "areas/new", "roles/0", "competences/1")]
    frameworks = ["/bank/frameworks", world.framework, f"{world.framework}/export", "/bank/framework-imports"]
    return {
        **dict.fromkeys([*bank, *forms], AUTHOR),
        **dict.fromkeys([*frameworks, draft, *parts], MANAGER),
        **dict.fromkeys(public),
        **dict.fromkeys(passed, SIMULATED),
        "/my": CANDIDATE,
        f"/my/attempts/{world.running_attempt_id}": CANDIDATE,
        **dict.fromkeys(proctor, PROCTOR),
        **dict.fromkeys(manager, MANAGER),
        **dict.fromkeys(["/bank/items", "/bank/items?q=city&level=5&order=changed", "/bank/items?q=zzyzx"], AUTHOR),
        "/marking": MARKER,
        f"/bank/batches/{world.batch_id}": MANAGER,
        **dict.fromkeys(["/bank/import", "/bank/media", "/bank/export?competence=A1.1&format=aiken&to=bg"], AUTHOR),
        f"/bank/import/{world.document_id}?{SUPPLIED}": AUTHOR,
        **dict.fromkeys(["/decisions", f"/decisions/{world.result_id}"], DECISION_MAKER),
        f"/register/{world.credential_id}": DECISION_MAKER,
    }
