"""Scheme drafts: versions of schemes while they are written.

One rule: a draft may still lack parts, but what it says can be read, and its rules ask for nothing its job role lacks.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_engine.assembly.content import InvalidScheme, read_content
from exam_engine.assembly.schemes import Action, Scheme, SchemeState, SchemeVersion, lock_version
from kernel.audit import record
from kernel.errors import Conflict, Fault, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.competences import Framework, JobRole, role_cells


def draft_scheme(
    tx: Session,
    organisation_id: uuid.UUID,
    *,
    code: str,
    title: str,
    framework: Framework,
    job_role: JobRole,
    parts: Mapping[str, Any],
    rules: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> SchemeVersion:
    """Draft the first version of a scheme, or the next one of a scheme that exists.

    Args:
        parts: by the names of :data:`~exam_engine.assembly.parts.REQUIRED_PARTS`; a draft may still lack some.
            ``competences`` is not given: it is taken from the framework.
        rules: see :meth:`SchemeRules.parse`.

    Raises:
        NotFound: the framework or the job role belongs to somebody else.
        InvalidScheme: the code, the title, a part or a rule cannot be taken; every fault is named.
    """
    _refuse_strangers(organisation_id, framework, job_role, actor)
    content = read_content(parts, rules, role_cells(tx, job_role), code=code, title=title)
    scheme = _scheme_for_drafting(tx, organisation_id, code, title, now)
    last = tx.scalar(select(func.max(SchemeVersion.number)).where(SchemeVersion.scheme_id == scheme.id)) or 0
    version = SchemeVersion(
        organisation_id=organisation_id,
        scheme_id=scheme.id,
        number=last + 1,
        framework_id=framework.id,
        job_role_id=job_role.id,
        state=SchemeState.DRAFT,
        parts=content.parts,
        rules=content.rules,
        rules_hash=content.rules_hash,
        created_at=now,
    )
    tx.add(version)
    tx.flush()
    record(tx, actor, Action.DRAFT, version.subject, now, scheme=code, number=version.number)
    return version


def revise_draft(
    tx: Session,
    version: SchemeVersion,
    *,
    parts: Mapping[str, Any],
    rules: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> SchemeVersion:
    """Replace the content of a draft.

    Raises:
        Conflict: the version is not a draft; draft the next one instead.
        InvalidScheme: as when drafting.
    """
    lock_version(tx, version)
    if version.state != SchemeState.DRAFT:
        message = say(
            "the scheme version is %(state)s and is never edited; draft the next version instead",
            state=say(version.state),
        )
        raise Conflict(message, state=version.state)
    scheme, profile = version.scheme, role_cells(tx, version.job_role)
    content = read_content(parts, rules, profile, code=scheme.code, title=scheme.title)
    version.parts, version.rules, version.rules_hash = content.parts, content.rules, content.rules_hash
    record(tx, actor, Action.REVISE, version.subject, now, rules_hash=version.rules_hash)
    return version


def _refuse_strangers(organisation_id: uuid.UUID, framework: Framework, job_role: JobRole, actor: Actor) -> None:
    if {framework.organisation_id, actor.organisation_id} != {organisation_id}:
        message = say("there is no such framework")
        raise NotFound(message)
    if job_role.framework_id != framework.id:
        message = say("framework %(code)r has no such job role", code=framework.code)
        raise NotFound(message)


def _scheme_for_drafting(tx: Session, organisation_id: uuid.UUID, code: str, title: str, now: datetime) -> Scheme:
    # Locked, so that two drafts at once do not take the same number.
    scheme = tx.scalar(
        select(Scheme)
        .where(Scheme.organisation_id == organisation_id, Scheme.code == code)
        .with_for_update(key_share=True)
    )
    if scheme is None:
        scheme = Scheme(organisation_id=organisation_id, code=code, title=title, created_at=now)
        tx.add(scheme)
        tx.flush()
    elif scheme.title != title:
        message = say("the scheme is refused")
        place = f"the scheme {code!r} is called {scheme.title!r}; a new version does not rename it"
        raise InvalidScheme(message, faults=[Fault("/title", place)])
    return scheme
