"""Vocabulary: the words that checks look for, language by language.

One rule: a language that is not listed is not checked for them, and the check says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NEGATIVES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "en": frozenset(["not", "never", "except", "least", "cannot", "neither"]),
        "de": frozenset(
            ["nicht", "kein", "keine", "keinen", "keiner", "keines", "keinem", "nie", "niemals", "außer", "weder"]
        ),
        "es": frozenset(["no", "nunca", "jamás", "excepto", "salvo", "ningún", "ninguna", "ninguno", "menos"]),
        "bg": frozenset(["не", "никога", "освен", "нито", "никой", "никоя", "никое"]),
        "ro": frozenset(["nu", "niciodată", "exceptând", "nici", "niciun", "nicio"]),
        "el": frozenset(["δεν", "μην", "μη", "ποτέ", "εκτός", "ούτε", "κανένα", "κανένας", "καμία"]),
    }
)
ABSOLUTES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "en": frozenset(["always", "never", "only", "none", "completely", "impossible"]),
        "de": frozenset(["immer", "stets", "nie", "niemals", "nur", "keinesfalls", "ausschließlich"]),
        "es": frozenset(["siempre", "nunca", "jamás", "solo", "sólo", "únicamente", "imposible"]),
        "bg": frozenset(["винаги", "никога", "само", "единствено", "невъзможно"]),
        "ro": frozenset(["întotdeauna", "mereu", "niciodată", "doar", "numai", "exclusiv", "imposibil"]),
        "el": frozenset(["πάντα", "πάντοτε", "ποτέ", "μόνο", "αποκλειστικά", "αδύνατον"]),
    }
)
ALL_OR_NONE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("all of the above", "none of the above", "all of these", "none of these", "both a and b"),
        "de": ("alle genannten", "keine der genannten", "alle oben genannten", "keine der oben", "alle antworten sind"),
        "es": ("todas las anteriores", "ninguna de las anteriores", "todo lo anterior", "nada de lo anterior"),
        "bg": ("всички изброени", "нито едно от изброените", "никое от изброените", "всички горепосочени"),
        "ro": (
            "toate cele de mai sus",
            "niciuna dintre cele de mai sus",
            "toate variantele",
            "niciuna dintre variante",
        ),
        "el": ("όλα τα παραπάνω", "κανένα από τα παραπάνω", "όλες οι παραπάνω", "καμία από τις παραπάνω"),  # noqa: RUF001
    }
)
PICTURE_WORDS: Final[frozenset[str]] = frozenset(
    [
        "image",
        "picture",
        "photo",
        "photograph",
        "figure",
        "diagram",
        "chart",
        "graph",
        "audio",
        "sound",
        "document",
        "bild",
        "foto",
        "abbildung",
        "grafik",
        "diagramm",
        "imagen",
        "fotografía",
        "figura",
        "gráfico",
        "изображение",
        "снимка",
        "картина",
        "фигура",
        "графика",
        "imagine",
        "fotografie",
        "figură",
        "grafic",
        "diagramă",
        "εικόνα",
        "φωτογραφία",
        "σχήμα",
        "γράφημα",
        "διάγραμμα",
    ]
)
"""What says that there is a medium and nothing of what it shows; in whichever language."""
