"""Words of frameworks: how drafts, differences, statuses and losses are said on pages.

One rule: every word of every list below stands here once; a test walks the lists.
"""

from __future__ import annotations

from collections.abc import Mapping

from exam_engine.http.web.words import N_, Sign
from question_bank.competences import FrameworkStatus
from question_bank.framework_comparison import Difference
from question_bank.framework_drafts import DraftState
from question_bank.framework_parts import PartKind
from question_bank.interchange.losses import LossKind

STATUSES: Mapping[FrameworkStatus, str] = {
    FrameworkStatus.SAMPLE: N_("A sample: it leads to no real certificate"),
    FrameworkStatus.OFFICIAL: N_("The body's own framework"),
}
DRAFT_STATES: Mapping[DraftState, Sign] = {
    DraftState.OPEN: Sign(N_("Open"), "live", "clock"),
    DraftState.PUBLISHED: Sign(N_("Published"), "good", "valid"),
    DraftState.DISCARDED: Sign(N_("Discarded"), "quiet", "cross"),
}
PARTS: Mapping[PartKind, str] = {
    PartKind.HEAD: N_("About the framework"),
    PartKind.AREA: N_("Area"),
    PartKind.ROLE: N_("Job role"),
    PartKind.COMPETENCE: N_("Competence"),
}
DIFFERENCES: Mapping[Difference, str] = {
    Difference.NEW: N_("new"),
    Difference.VANISHED: N_("vanished"),
    Difference.RENAMED: N_("renamed"),
    Difference.REWORDED: N_("reworded"),
    Difference.MOVED: N_("moved to another area"),
    Difference.LEVELS: N_("other levels"),
    Difference.CRITERIA: N_("other criteria"),
}
LOSSES: Mapping[LossKind, str] = {
    LossKind.REFUSED: N_("Not taken"),
    LossKind.CHANGED: N_("Says something else afterwards, or less"),
    LossKind.OPEN: N_("Not said, and needed here: somebody must add it"),
    LossKind.SUPPLIED: N_("Not said, and taken from what was given for all of it"),
    LossKind.EXTENSION: N_("Goes along, but where only this product reads it"),
}
