"""Every table of the product in one metadata, for migrations and for the tests that compare the two."""

from certificates import credentials, issuers
from exam_engine import repeats
from exam_engine.assembly import blueprints, editions, forms, schemes
from exam_engine.delivery import attempts, bookings, clearances, journal, response_files, sittings
from exam_engine.proctoring import sessions, terminations
from exam_engine.scoring import decisions, holds, results, scripts, setbacks, sitting_counts
from kernel import accounts, audit, organisations, tokens
from kernel.db import Base
from question_bank import (
    batches,
    catalogue,
    comments,
    competences,
    framework_drafts,
    full_text,
    items,
    media,
    sketches,
    usage,
    working_copies,
)
from question_bank.interchange import waiting

ROOMS = (
    accounts,
    decisions,
    attempts,
    audit,
    blueprints,
    batches,
    bookings,
    catalogue,
    clearances,
    comments,
    competences,
    credentials,
    editions,
    forms,
    framework_drafts,
    full_text,
    holds,
    issuers,
    items,
    journal,
    media,
    organisations,
    repeats,
    response_files,
    results,
    schemes,
    scripts,
    sessions,
    setbacks,
    sitting_counts,
    sittings,
    sketches,
    terminations,
    tokens,
    usage,
    waiting,
    working_copies,
)
METADATA = Base.metadata
