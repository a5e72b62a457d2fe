"""Specimens: certificates drawn and checked as issuing would draw them, before anybody has earned one.

One rule: what a scheme prints is tried before anybody is examined under it, so that no exam is passed in vain.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from certificates.awards import Award, refuse_uncertifiable, refuse_unprintable, snapshot_of
from certificates.document import draw_checked
from certificates.typefaces import printed

# As long as the settings allow, in the widest letter; what a certificate really carries takes no more room.
_PUBLIC_URL = f"https://{'m' * 92}"
_SIGNATURE = {"profile": "", "kid": "", "root_sha256": "0123456789abcdef" * 4}


def rehearse(award: Award, *, issuer_name: str) -> None:
    """Draw and check the certificate of an award without signing or keeping it.

    Raises:
        AwardInvalid, MissingGlyph, DoesNotFit, DocumentFaulty: as issuing would.
    """
    now = datetime.combine(award.valid_from, time(), UTC)
    refuse_uncertifiable(award, now)
    refuse_unprintable([("issuer", printed(issuer_name))])
    issuer = {"name": printed(issuer_name), "website": None}
    draw_checked(snapshot_of(award, issuer=issuer, signature=_SIGNATURE, now=now), _PUBLIC_URL)
