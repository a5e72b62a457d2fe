"""The eight levels of the European Qualifications Framework, in this product's own words.

Source: Council Recommendation 2017/C 189/03, annex II. The EQF describes whole qualifications; a level per
competence is a convention of schemes, so certificates say "assessed against descriptors modelled on EQF level N".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LEVELS = range(1, 9)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a level expects, in the three columns of the recommendation."""

    knowledge: str
    skills: str
    autonomy: str
    """Responsibility and autonomy."""


DESCRIPTORS: Mapping[int, Descriptor] = MappingProxyType(
    {
        1: Descriptor(
            knowledge="Has an elementary general education.",
            skills="Carries out simple tasks.",
            autonomy="Works under somebody's direct guidance in an ordered setting.",
        ),
        2: Descriptor(
            knowledge="Knows the basic facts of a field.",
            skills="Uses given information, simple rules and tools to settle routine problems.",
            autonomy="Works under supervision with some freedom of their own.",
        ),
        3: Descriptor(
            knowledge="Knows facts, principles, processes and general concepts of a field.",
            skills="Chooses and applies basic methods, tools and material to finish tasks and settle problems.",
            autonomy="Answers for finishing tasks and adapts to circumstances.",
        ),
        4: Descriptor(
            knowledge="Knows facts and theory of a field in its broad contexts.",
            skills="Works out solutions to the specific problems of the field.",
            autonomy=(
                "Organises their own work where conditions are mostly predictable; supervises the routine work of "
                "others and helps to improve it."
            ),
        ),
        5: Descriptor(
            knowledge="Knows a field thoroughly and in its specialities, and is aware where that knowledge ends.",
            skills="Finds creative answers to abstract problems with a full range of practical and mental skills.",
            autonomy="Leads and supervises where change cannot be foreseen; develops themselves and others.",
        ),
        6: Descriptor(
            knowledge="Commands advanced knowledge of a field and judges its theories and principles critically.",
            skills="Masters the field and innovates when solving complex and unpredictable problems.",
            autonomy=(
                "Manages complex activities or projects, answers for decisions in unpredictable conditions and for "
                "the development of people and groups."
            ),
        ),
        7: Descriptor(
            knowledge=(
                "Holds highly specialised knowledge, partly at the front of the field, and sees critically where it "
                "meets other fields."
            ),
            skills="Develops new knowledge and procedures and brings together what different fields know.",
            autonomy="Transforms complex settings that need new strategies; answers for the performance of teams.",
        ),
        8: Descriptor(
            knowledge="Stands at the frontier of a field and where it meets others.",
            skills="Solves critical problems of research or innovation and extends what the field can do.",
            autonomy="Shows authority, innovation and integrity, and lasting commitment to new ideas at the forefront.",
        ),
    }
)
