"""Levels: the sentence by which certificates say what a level means, and the claim that no text on them may make.

One rule: the sentence is ours, and honest. Descriptors are modelled on the European Qualifications Framework (EQF);
nobody has placed the certificate in it, and no name on a certificate may read as if somebody had.
"""

# ruff: noqa: RUF001 - it speaks Bulgarian and Greek

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from kernel.errors import Fault

LEVEL_PLACEHOLDER = "{level}"
LEVEL_STATEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "en": "assessed against descriptors modelled on EQF level {level} by the issuer",
        "bg": "оценено от издателя по дескриптори, съставени по образеца на ниво {level} от ЕКР",
        "ro": "evaluat de emitent pe baza unor descriptori întocmiți după modelul nivelului {level} al CEC",
        "es": "evaluado por el emisor con descriptores elaborados según el modelo del nivel {level} del MEC",
        "el": "αξιολογήθηκε από τον εκδότη με δείκτες κατά το πρότυπο του επιπέδου {level} του ΕΠΕΠ",
        "de": "von der ausstellenden Stelle anhand von Deskriptoren beurteilt, die dem EQR-Niveau {level} nachgebildet sind",
    }
)
"""By language."""
_OTHERS_READ = LEVEL_STATEMENTS["en"]
_EQF = re.compile(
    r"(?<![^\W\d_])(?:(?i:EQF|EQR)|CEC|MEC|ЕКР|ΕΠΕΠ|ΕΠΠ)(?![^\W\d_])"
    r"|(?i:european qualifications? framework|europäische\w* qualifikationsrahmen|cadr\w+ european al calific"
    r"|marco europeo de (?:las )?cualificaciones|европейск\w+ квалификационн\w+ рамк"
    r"|ευρωπαϊκ\w+ πλα[ίι]σ\w+ (?:επαγγελματικών )?προσόντων)"
)
UNSTATED_LEVEL = "–"


def level_statement(language: str) -> str:
    """Return the sentence that says what a level means, ``{level}`` standing for its number.

    Args:
        language: a tag such as ``pt-BR``; languages we have no sentence in get the English one.
    """
    return LEVEL_STATEMENTS.get(language.partition("-")[0].lower(), _OTHERS_READ)


def claim_faults(place: str, text: str) -> list[Fault]:
    """Name the fault of a text that would read as a claim to a level of the European Qualifications Framework."""
    if _EQF.search(text) is None:
        return []
    message = "it names the European Qualifications Framework; the certificate says itself what its levels mean"
    return [Fault(place, message)]


def level_text(level: int | None) -> str:
    """Write an area's level as the list shows it."""
    return UNSTATED_LEVEL if level is None else str(level)


def level_meaning(statement: str, level: int | Literal["N"] | None) -> str:
    """Say what a level, or any level N, means; by itself it claims nothing about a qualification."""
    return "no level is stated" if level is None else statement.replace(LEVEL_PLACEHOLDER, str(level))
