"""Hostile text: everything that a model wrote, made visible and unable to act.

Escaping for HTML is the template's (it escapes all); here is what escaping does not do: control characters, terminal
escapes, blanks that are no space, and the marks that reorder or hide text are written out, and data for the page's
script cannot end it.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

KEPT = "\n\t"


def visible(text: str) -> str:
    """Return a text in which nothing is hidden: control characters as pictures, invisible marks by their number."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    code = ord(character)
    if 0x20 <= code < 0x7F or character in KEPT:
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}:
        return f"⟨U+{code:04X}⟩"
    return character


def script_json(value: Any) -> str:
    """Return JSON that can stand in a script element: ASCII alone, no character that HTML gives a meaning."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
