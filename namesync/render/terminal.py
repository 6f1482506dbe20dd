"""Text from strangers' databases, made harmless and visible for a terminal.

A name may hold an escape sequence, a newline, or marks that turn the direction of the text (the "Trojan Source" attack,
CVE-2021-42574). Printed raw it could hide or forge a finding.
"""

from __future__ import annotations

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control, format and lone surrogate characters, line and paragraph separators."""


def visible(text: str) -> str:
    """The text on one line, with every character that does not show itself as an escape: `\\n`, `\\x1b`, `\\u202e`."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible_character, text))


def visible_name(name: str) -> str:
    """A name as a report shows it; in quotes where its ends could not be seen, or it looks like our own words."""
    shown = visible(name)
    plain = name.strip() == name and name[:1] not in ("", '"', "(", "!")
    return shown if plain else f'"{shown}"'


def _visible_character(character: str) -> str:
    unseen = unicodedata.category(character) in _UNSAFE or (character.isspace() and character != " ")
    return character.encode("unicode_escape").decode() if unseen else character
