"""Permissions: one readable table, account role -> what it may do; and the actor who carries the roles.

This is the first of two gates (the route); the second is the access function on the object itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from kernel.errors import Forbidden
from kernel.sentences import say


class AccountRole(StrEnum):
    """What a person is to an organisation. One person may hold several; some tasks still exclude each other."""

    CANDIDATE = "candidate"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    PROCTOR = "proctor"
    MANAGER = "manager"
    DECISION_MAKER = "decision_maker"
    AUDITOR = "auditor"
    MARKER = "marker"


class Permission(StrEnum):
    """One thing somebody may be allowed to do."""

    ATTEMPT_SIT = "attempt.sit"
    ATTEMPT_ADMIT = "attempt.admit"
    ATTEMPT_TERMINATE = "attempt.terminate"
    FRAMEWORK_READ = "framework.read"
    FRAMEWORK_EDIT = "framework.edit"
    FRAMEWORK_IMPORT = "framework.import"
    ITEM_READ = "item.read"
    ITEM_COMMENT = "item.comment"
    ITEM_WRITE = "item.write"
    ITEM_REVIEW = "item.review"
    ITEM_RELEASE = "item.release"
    SCHEME_READ = "scheme.read"
    SCHEME_MANAGE = "scheme.manage"
    FORM_ASSEMBLE = "form.assemble"
    SITTING_READ = "sitting.read"
    SITTING_MANAGE = "sitting.manage"
    SCRIPT_MARK = "script.mark"
    MARKING_OVERSEE = "marking.oversee"
    RESULT_READ = "result.read"
    RESULT_SCORE = "result.score"
    DECISION_MAKE = "decision.make"
    CREDENTIAL_READ = "credential.read"
    CREDENTIAL_REVOKE = "credential.revoke"
    AUDIT_READ = "audit.read"


_P = Permission
ROLE_PERMISSIONS: dict[AccountRole, frozenset[Permission]] = {
    AccountRole.CANDIDATE: frozenset({_P.ATTEMPT_SIT}),
    AccountRole.AUTHOR: frozenset({_P.FRAMEWORK_READ, _P.FRAMEWORK_EDIT, _P.ITEM_READ, _P.ITEM_COMMENT, _P.ITEM_WRITE}),
    AccountRole.REVIEWER: frozenset({_P.FRAMEWORK_READ, _P.ITEM_READ, _P.ITEM_COMMENT, _P.ITEM_REVIEW}),
    AccountRole.PROCTOR: frozenset({_P.ATTEMPT_ADMIT, _P.ATTEMPT_TERMINATE, _P.SITTING_READ}),
    AccountRole.MANAGER: frozenset(
        {
            _P.FRAMEWORK_READ,
            _P.FRAMEWORK_EDIT,
            _P.FRAMEWORK_IMPORT,
            _P.ITEM_READ,
            _P.ITEM_COMMENT,
            _P.ITEM_WRITE,
            _P.ITEM_RELEASE,
            _P.SCHEME_READ,
            _P.SCHEME_MANAGE,
            _P.FORM_ASSEMBLE,
            _P.SITTING_READ,
            _P.SITTING_MANAGE,
            _P.ATTEMPT_TERMINATE,
            _P.MARKING_OVERSEE,
            _P.RESULT_READ,
            _P.RESULT_SCORE,
            _P.CREDENTIAL_READ,
        }
    ),
    # A decision maker sees results and evidence, never item keys, and runs nothing of the exam (ISO/IEC 17024, 9.4).
    # Suspending and withdrawing are decisions as well (9.5).
    AccountRole.DECISION_MAKER: frozenset(
        {_P.SCHEME_READ, _P.RESULT_READ, _P.DECISION_MAKE, _P.CREDENTIAL_READ, _P.CREDENTIAL_REVOKE}
    ),
    AccountRole.AUDITOR: frozenset(
        {_P.FRAMEWORK_READ, _P.SCHEME_READ, _P.SITTING_READ, _P.RESULT_READ, _P.CREDENTIAL_READ, _P.AUDIT_READ}
    ),
    # A marker sees answers without their writers, and nothing else of an exam.
    AccountRole.MARKER: frozenset({_P.SCRIPT_MARK}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which organisation, in which roles. ``account_id`` is None for the product itself."""

    account_id: uuid.UUID | None
    organisation_id: uuid.UUID
    roles: frozenset[AccountRole] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Tell whether any of the roles carries the permission."""
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor has the permission."""
        if not self.may(permission):
            message = say("this needs the permission %(permission)s", permission=permission)
            raise Forbidden(message)

    @property
    def person(self) -> uuid.UUID:
        """The account behind the actor; Forbidden when the product itself acts where a person must."""
        if self.account_id is None:
            message = say("this step must be taken by a person")
            raise Forbidden(message)
        return self.account_id


def the_product(organisation_id: uuid.UUID) -> Actor:
    """Return the actor for what the worker or the command line does by itself."""
    return Actor(account_id=None, organisation_id=organisation_id)
