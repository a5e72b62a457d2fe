"""Words of the bank: how states, steps, kinds, checks and proofs are said on pages.

One rule: every word of every list below stands here once; a test walks the lists.
"""

from __future__ import annotations

from collections.abc import Mapping

from exam_engine.http.web.words import N_, Sign
from question_bank.batches import Obstacle
from question_bank.finding import Order
from question_bank.item_questions import Discrimination, Exposure, Facility, Query
from question_bank.items import Cognitive, ItemState
from question_bank.next_steps import Step
from question_bank.reviews import Verdict

ITEM_STATES: Mapping[ItemState, Sign] = {
    ItemState.DRAFT: Sign(N_("Draft"), "quiet", "clock"),
    ItemState.IN_REVIEW: Sign(N_("In review"), "warn", "clock"),
    ItemState.APPROVED: Sign(N_("Approved"), "good", "check"),
    ItemState.PILOT: Sign(N_("On trial"), "live", "clock"),
    ItemState.LIVE: Sign(N_("Live"), "live", "valid"),
    ItemState.RESTING: Sign(N_("Resting"), "quiet", "paused"),
    ItemState.RETIRED: Sign(N_("Retired"), "quiet", "cross"),
    ItemState.COMPROMISED: Sign(N_("Compromised"), "bad", "alert"),
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.APPROVED: N_("Approved by a reviewer"),
    Verdict.RETURNED: N_("Returned by a reviewer"),
    Verdict.CONFIRMED: N_("Found still sound"),
}
STEPS: Mapping[Step, str] = {
    Step.SUBMIT: N_("Hand in for review"),
    Step.WITHDRAW: N_("Take back from review"),
    Step.APPROVE: N_("Approve"),
    Step.RETURN: N_("Return to the author"),
    Step.PILOT: N_("Try out without counting"),
    Step.RELEASE: N_("Release"),
    Step.REST: N_("Let rest"),
    Step.RETIRE: N_("Retire for good"),
    Step.COMPROMISE: N_("Mark as compromised"),
}
KINDS: Mapping[str, str] = {
    "single_choice": N_("Single choice"),
    "multiple_choice": N_("Multiple choice"),
    "matrix": N_("Table of statements"),
    "matching": N_("Matching"),
    "ordering": N_("Ordering"),
    "gap_select": N_("Gaps to choose for"),
    "gap_text": N_("Gaps to type into"),
    "short_text": N_("Short text"),
    "numeric": N_("Number"),
    "hotspot": N_("Places on a picture"),
    "essay": N_("Essay"),
    "upload": N_("Files"),
}
COGNITIVE: Mapping[Cognitive, str] = {
    Cognitive.REMEMBER: N_("remember"),
    Cognitive.UNDERSTAND: N_("understand"),
    Cognitive.APPLY: N_("apply"),
    Cognitive.ANALYSE: N_("analyse"),
    Cognitive.EVALUATE: N_("evaluate"),
}
CHECKS: Mapping[str, str] = {
    "longest_key": N_("The right option is much longer than every wrong one. Who guesses takes the longest."),
    "article": N_("The article at the end of the question fits the right option, but not every other."),
    "plural": N_("The verb at the end of the question fits only the right option in number."),
    "all_or_none": N_("Options such as all or none of the above reward whoever knows half."),
    "absolutes": N_(
        "Only wrong options hold words such as always, never and only. Practised candidates strike them out."
    ),
    "overlap": N_("Two options say nearly the same, or their ranges overlap. Can both be right?"),
    "unordered_numbers": N_("The options are numbers and stand in no order."),
    "negative": N_("The question is negative, and the word is easily overread. Ask positively, or emphasise it."),
    "hard_to_read": N_(
        "This is hard to read: by the formula named, or by words per sentence. Does the item measure reading?"
    ),
    "long_stem": N_("The question is very long. Is everything in it needed to answer?"),
    "empty_alternative": N_("The words that stand for a medium do not say what it shows."),
    "near_duplicate": N_("The bank has an item that asks nearly the same."),
}
PROOF: Mapping[str, str] = {
    "rule": N_("Rule"),
    "credit_table": N_("Credit table"),
    "key": N_("Key"),
    "chosen": N_("Chosen"),
    "right_chosen": N_("Right ones chosen"),
    "wrong_chosen": N_("Wrong ones chosen"),
    "right": N_("Right parts"),
    "parts": N_("Parts"),
    "accepted": N_("Accepted"),
    "accepted_as": N_("Accepted as"),
    "fraction": N_("Worth"),
}
"""What else stands in a proof has the name of the member that the item or the answer has."""
CREDITS = (("per_part", N_("each part by itself")), ("all_or_nothing", N_("only the whole")))
CHOOSINGS = (("one", N_("one place")), ("several", N_("several places")))
SCORINGS = (
    ("ecqa", N_("each right one, nothing with a wrong one (ECQA)")),
    ("all_or_nothing", N_("only exactly the right ones")),
    ("plus_minus", N_("right ones less wrong ones")),
)
COUNTINGS = (
    ("whole", N_("only the whole order")),
    ("places", N_("each one at its place")),
    ("neighbours", N_("each one with its right successor")),
)
WEIGHTS = (("ignored", N_("does not count")), ("counts", N_("counts")))
USES = (("once", N_("each at most once")), ("often", N_("each as often as it fits")))
QUERIES: Mapping[Query, str] = {
    Query.TOO_FEW: N_("Fewer than 30 papers have been marked so far: too few to judge by."),
    Query.NEGATIVE: N_("Whoever did better on the rest did worse here. Is the key right, and the question clear?"),
    Query.HARD: N_("Less than a fifth of its worth was reached. Is it meant to be so hard, and is the key right?"),
    Query.EASY: N_("More than nine tenths of its worth was reached. Does it still tell candidates apart?"),
    Query.UNCHOSEN: N_("Nobody was misled by this wrong answer. Could a more plausible one stand there?"),
    Query.STRONG_DISTRACTOR: N_(
        "Whoever took this wrong answer did better on the rest than whoever took the right one. Could it be right too?"
    ),
}
EXPOSURES: Mapping[Exposure, str] = {
    Exposure.NONE: N_("on no paper yet"),
    Exposure.FEW: N_("on fewer than 30 papers"),
    Exposure.SOME: N_("on 30 to 199 papers"),
    Exposure.MANY: N_("on 200 papers or more"),
}
FACILITIES: Mapping[Facility, str] = {
    Facility.UNKNOWN: N_("not known yet"),
    Facility.VERY_LOW: N_("below a fifth"),
    Facility.LOW: N_("a fifth to below a half"),
    Facility.MEDIUM: N_("a half to below seven tenths"),
    Facility.HIGH: N_("seven to nine tenths"),
    Facility.VERY_HIGH: N_("above nine tenths"),
}
DISCRIMINATIONS: Mapping[Discrimination, str] = {
    Discrimination.UNKNOWN: N_("not known yet"),
    Discrimination.NEGATIVE: N_("negative"),
    Discrimination.WEAK: N_("weak: below 0.2"),
    Discrimination.SOUND: N_("sound: 0.2 or more"),
}
FLAGGED = (("true", N_("ask something")), ("false", N_("ask nothing")))
ORDERS: Mapping[Order, str] = {Order.CODE: N_("By code"), Order.CHANGED: N_("Last changed first")}
OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.STANDS_ELSEWHERE: N_("This step does not begin where it stands."),
    Obstacle.OWN: N_("You wrote it, so somebody else must review it."),
    Obstacle.WROTE_EARLIER: N_("You wrote an earlier version of it, so somebody else must approve it."),
    Obstacle.SAME_ITEM_TWICE: N_("Another version of this item takes the step already."),
    Obstacle.NO_WAY_BACK: N_("There is no way back from this step."),
    Obstacle.MOVED_ON: N_("It has taken another step since."),
}
