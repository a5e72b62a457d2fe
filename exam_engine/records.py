"""Every kind of row that the audit log tells of, for the doors that compare the two."""

from certificates import records as certificates
from exam_engine.assembly import records as assembly
from exam_engine.delivery import records as delivery
from exam_engine.proctoring import records as proctoring
from exam_engine.scoring import records as scoring
from question_bank import records as question_bank

RECORDED = (
    *question_bank.RECORDED,
    *assembly.RECORDED,
    *delivery.RECORDED,
    *proctoring.RECORDED,
    *scoring.RECORDED,
    *certificates.RECORDED,
)
