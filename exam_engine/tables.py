"""Every table of the product in one metadata, for migrations and for the tests that compare the two."""

from certificates import credentials, issuers
from exam_engine import repeats
from exam_engine.assembly import blueprints, forms, schemes
from exam_engine.delivery import attempts, bookings, journal, sittings
from exam_engine.proctoring import sessions, terminations
from exam_engine.scoring import adjudication, results, setbacks
from kernel import accounts, audit, organisations, tokens
from kernel.db import Base
from question_bank import competences, items

ROOMS = (
    accounts,
    adjudication,
    attempts,
    audit,
    blueprints,
    bookings,
    competences,
    credentials,
    forms,
    issuers,
    items,
    journal,
    organisations,
    repeats,
    results,
    schemes,
    sessions,
    setbacks,
    sittings,
    terminations,
    tokens,
)
METADATA = Base.metadata
