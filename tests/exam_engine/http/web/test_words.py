from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from certificates.awards import AwardInvalid
from certificates.gates import DocumentFaulty
from certificates.revocation import ReasonClass, Status
from certificates.signing import SigningUnavailable
from certificates.typefaces import MissingGlyph
from certificates.typesetting import DoesNotFit
from certificates.verification import CredentialStatus
from exam_engine.assembly.coverage import Sufficiency
from exam_engine.assembly.schemes import SchemeState
from exam_engine.delivery.lifecycle import ENDED, AttemptState, Part
from exam_engine.delivery.sittings import SittingState
from exam_engine.http.web import places, refusals, results, words
from exam_engine.http.web.rendering import environment
from exam_engine.proctoring.sessions import CheckMethod
from exam_engine.scoring.decisions import Outcome
from exam_engine.scoring.scripts import ScriptState
from exam_engine.scoring.setbacks import Work
from exam_engine.scoring.unaltered import RecordsDisagree
from question_bank.catalogue import Band

TABLES: list[tuple[Any, type[StrEnum]]] = [
    (words.SITTINGS, SittingState),
    (words.SCHEMES, SchemeState),
    (words.SCRIPTS, ScriptState),
    (words.PARTS, Part),
    (words.CHECKS, CheckMethod),
    (words.DECISIONS, Outcome),
    (words.WORKS, Work),
    (words.CREDENTIALS, CredentialStatus),
    (words.CHANGES, Status),
    (words.CHANGE_VERBS, Status),
    (words.REASONS, ReasonClass),
    (words.BANDS, Band),
    (words.SUFFICIENCIES, Sufficiency),
    (places.SIGNS, places.Stage),
]
SIGNS = [
    *(sign for table, _ in TABLES for sign in table.values() if isinstance(sign, words.Sign)),
    *words.STAGES.values(),
    *words.ENDINGS.values(),
    *results.ONWARD,
    words.RULES_MET,
    words.RULES_MISSED,
    words.BORDERLINE,
    words.UNDECIDED,
]


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_every_state_has_its_words(table: dict[StrEnum, object], states: type[StrEnum]) -> None:
    assert set(table) == set(states)


def test_whatever_issuing_and_scoring_refuse_with_has_its_words() -> None:
    refusals = (AwardInvalid, MissingGlyph, DoesNotFit, DocumentFaulty, SigningUnavailable, RecordsDisagree)
    assert set(words.SETBACKS) == {refusal.code for refusal in refusals}


def test_every_ending_that_leaves_a_receipt_has_its_words() -> None:
    assert set(words.ENDINGS) == ENDED - {AttemptState.EXPIRED}


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.words)
def test_every_sign_has_a_word_an_icon_and_a_tone_of_the_style_sheet(sign: words.Sign) -> None:
    icons = environment("en").get_template("icons.html").module.PATHS  # type: ignore[attr-defined]
    assert sign.words
    assert sign.symbol in icons
    assert sign.tone in {"good", "warn", "bad", "live", "quiet"}


def test_every_status_we_refuse_with_has_a_page_in_words() -> None:
    from kernel.errors import DomainError

    def families(kind: type[DomainError]) -> set[int]:
        return {kind.status, *(status for child in kind.__subclasses__() for status in families(child))}

    assert families(DomainError) - {400} <= set(refusals.PAGES)
