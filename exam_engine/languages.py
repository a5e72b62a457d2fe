"""The languages in which people are spoken to: pages, refusals and letters.

One rule: English is the source, and every other one is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SOURCE: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "English",
        "bg": "Български",
        "ro": "Română",
        "es": "Español",
        "el": "Ελληνικά",
        "de": "Deutsch",
    }
)
"""By code, what each calls itself."""
