"""Words: how states are said on pages - a word, a tone and an icon together, because colour alone says nothing.

One rule: every state of every table has its sign here; a test walks the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certificates.revocation import ReasonClass, Status
from certificates.verification import CredentialStatus
from exam_engine.assembly.coverage import Sufficiency
from exam_engine.assembly.schemes import SchemeState
from exam_engine.delivery.lifecycle import AttemptState, Part
from exam_engine.delivery.sittings import SittingState
from exam_engine.proctoring.sessions import CheckMethod
from exam_engine.scoring.decisions import Outcome
from exam_engine.scoring.scripts import ScriptState
from exam_engine.scoring.setbacks import Work
from question_bank.catalogue import Band


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a message for the catalogues; pages translate it when they show it."""
    return message


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state looks: ``tone`` is a colour of the sheet, ``symbol`` one of templates/icons.html."""

    words: str
    tone: str
    symbol: str
    meaning: str = ""


SITTINGS: Mapping[SittingState, Sign] = {
    SittingState.SCHEDULED: Sign(N_("Planned"), "quiet", "clock"),
    SittingState.OPEN: Sign(N_("Open"), "live", "valid"),
    SittingState.CLOSED: Sign(N_("Closed"), "quiet", "check"),
    SittingState.CANCELLED: Sign(N_("Cancelled"), "bad", "invalid"),
}
ENDINGS: Mapping[AttemptState, Sign] = {
    AttemptState.SUBMITTED: Sign(
        N_("Handed in"), "good", "valid", N_("Everything you answered has arrived and is kept unchanged.")
    ),
    AttemptState.TIMED_OUT: Sign(
        N_("Time ran out"), "warn", "clock", N_("The answers that were saved in time have been handed in for you.")
    ),
    AttemptState.TERMINATED: Sign(
        N_("Ended by the invigilator"),
        "bad",
        "invalid",
        N_("The answers that were saved until then are kept. Your certification body will tell you what follows."),
    ),
}
STAGES: Mapping[str, Sign] = {
    "booked": Sign(N_("Booked"), "quiet", "person"),
    "waiting": Sign(N_("At the door"), "warn", "clock"),
    "ready": Sign(N_("Let in"), "live", "check"),
    "working": Sign(N_("Working"), "live", "clock"),
    "ended": Sign(N_("Finished"), "good", "valid"),
    "expired": Sign(N_("Not started"), "quiet", "cross"),
}
"""The way through a sitting, in its order."""
SCRIPTS: Mapping[ScriptState, Sign] = {
    ScriptState.WAITING: Sign(N_("To be marked"), "live", "clock"),
    ScriptState.DISPUTED: Sign(N_("To be settled"), "warn", "alert"),
    ScriptState.MARKED: Sign(N_("Marked"), "good", "valid"),
}
PARTS: Mapping[Part, str] = {
    Part.CANDIDATE: N_("Candidate"),
    Part.PROCTOR: N_("Invigilator"),
    Part.ORGANISER: N_("Organiser"),
    Part.MARKER: N_("Marker"),
}
CHECKS: Mapping[CheckMethod, str] = {
    CheckMethod.IDENTITY_CARD: N_("Identity card"),
    CheckMethod.PASSPORT: N_("Passport"),
    CheckMethod.RESIDENCE_PERMIT: N_("Residence permit"),
    CheckMethod.KNOWN_IN_PERSON: N_("Known in person"),
}
SCHEMES: Mapping[SchemeState, Sign] = {
    SchemeState.DRAFT: Sign(N_("Draft"), "quiet", "clock"),
    SchemeState.PUBLISHED: Sign(N_("Published"), "good", "valid"),
    SchemeState.WITHDRAWN: Sign(N_("Withdrawn"), "quiet", "cross"),
}
BANDS: Mapping[Band, str] = {
    Band.HARD: N_("Hard: fewer than half answer rightly"),
    Band.MEDIUM: N_("Medium: half or more"),
    Band.EASY: N_("Easy: seven in ten or more"),
}
SUFFICIENCIES: Mapping[Sufficiency, Sign] = {
    Sufficiency.SHORT: Sign(N_("Too few"), "bad", "invalid", N_("not enough for one form")),
    Sufficiency.THIN: Sign(N_("Thin"), "warn", "alert", N_("enough for one form, not for the reserve")),
    Sufficiency.ENOUGH: Sign(N_("Enough"), "good", "valid", N_("enough for one form and the reserve")),
    Sufficiency.UNASKED: Sign(N_("Not asked for"), "quiet", "info", N_("no published blueprint asks for items")),
}
RULES_MET = Sign(N_("Rules met"), "good", "valid")
RULES_MISSED = Sign(N_("Rules not met"), "bad", "invalid")
LEVEL_ATTAINED = N_("attained")
LEVEL_MISSED = N_("not attained: line missed")
LEVEL_OVER_A_MISSED_ONE = N_("not attained: line reached, but a lower level missed")
BORDERLINE = Sign(N_("Close to the line"), "warn", "alert")
UNDECIDED = Sign(N_("Waiting for a decision"), "live", "clock")
DECISIONS: Mapping[Outcome, Sign] = {
    Outcome.GRANTED: Sign(N_("Granted"), "good", "seal"),
    Outcome.REFUSED: Sign(N_("Refused"), "bad", "invalid"),
}
WORKS: Mapping[Work, str] = {
    Work.SCORE: N_("The exam could not be scored"),
    Work.ISSUE: N_("The certificate could not be issued"),
}
SETBACKS: Mapping[str, str] = {
    "award_invalid": N_("A text or a date that the certificate should carry is not possible."),
    "missing_glyph": N_("A text holds characters that the certificate cannot print."),
    "does_not_fit": N_("The texts of the certificate need more than one page."),
    "document_faulty": N_("The drawn certificate did not say what it should."),
    "signing_unavailable": N_("The signing key is missing or cannot be read. Whoever runs the server must restore it."),
    "records_disagree": N_("What is stored of the exam is not what the candidate's receipt says."),
}
"""Why work stands still, by the code of the refusal; what is not among these is a defect."""
DEFECT = N_("Something went wrong on our side; the server's log of that moment says more.")
SAID = frozenset(
    {
        N_("draft"),
        N_("in_review"),
        N_("approved"),
        N_("pilot"),
        N_("live"),
        N_("resting"),
        N_("retired"),
        N_("compromised"),
        N_("open"),
        N_("published"),
        N_("discarded"),
        N_("withdrawn"),
        N_("scheduled"),
        N_("closed"),
        N_("cancelled"),
        N_("awaiting"),
        N_("in_progress"),
        N_("submitted"),
        N_("terminated"),
        N_("timed_out"),
        N_("expired"),
        N_("stands_elsewhere"),
        N_("own"),
        N_("wrote_earlier"),
        N_("same_item_twice"),
        N_("no_way_back"),
        N_("moved_on"),
        N_("options"),
        N_("spots"),
        N_("premise"),
        N_("counterpart"),
        N_("row"),
        N_("column"),
        N_("waiting"),
        N_("disputed"),
        N_("marked"),
        N_("the stem"),
        N_("an option"),
        N_("a feedback"),
        N_("the general feedback"),
        N_("a premise"),
        N_("a counterpart"),
        N_("the passage"),
        N_("an element"),
        N_("a choice"),
        N_("competence"),
        N_("level"),
        N_("cognitive demand"),
        N_("difficulty"),
        N_("time in seconds"),
        N_("rationale"),
        N_("source"),
    }
)
"""What sentences of the rooms name by its code: states, what is in the way of a step, parts and members of items."""
CREDENTIALS: Mapping[CredentialStatus, Sign] = {
    CredentialStatus.VALID: Sign(
        N_("Valid"), "good", "valid", N_("This certificate was issued as shown here, and it holds now.")
    ),
    CredentialStatus.SUSPENDED: Sign(
        N_("Suspended"), "warn", "paused", N_("This certificate does not hold at present. It may come back into force.")
    ),
    CredentialStatus.REVOKED: Sign(
        N_("Revoked"), "bad", "invalid", N_("This certificate was withdrawn for good. It must not be relied on.")
    ),
    CredentialStatus.EXPIRED: Sign(
        N_("Expired"), "warn", "clock", N_("This certificate was genuine. Its time has run out.")
    ),
    CredentialStatus.UNKNOWN: Sign(
        N_("Unknown"), "quiet", "unknown", N_("We cannot confirm a certificate with this number.")
    ),
}
CHANGES: Mapping[Status, str] = {
    Status.REVOKED: N_("Revoked"),
    Status.SUSPENDED: N_("Suspended"),
    Status.REINSTATED: N_("Back in force"),
}
CHANGE_VERBS: Mapping[Status, str] = {
    Status.SUSPENDED: N_("Suspend"),
    Status.REINSTATED: N_("Put back in force"),
    Status.REVOKED: N_("Revoke for good"),
}
REASONS: Mapping[ReasonClass, str] = {
    ReasonClass.ISSUED_IN_ERROR: N_("Issued in error"),
    ReasonClass.EXAM_IRREGULARITY: N_("Irregularity in the exam"),
    ReasonClass.MISUSE: N_("Misuse of the certificate"),
    ReasonClass.REQUIREMENTS_NOT_MET: N_("Requirements no longer met"),
    ReasonClass.HOLDER_REQUEST: N_("At the holder's request"),
    ReasonClass.UNDER_INVESTIGATION: N_("Under investigation"),
    ReasonClass.MATTER_RESOLVED: N_("Matter resolved"),
}
