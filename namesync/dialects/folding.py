"""When a server takes two names for one: each function gives what such names have in common.

Where Unicode has got new letters since, a server may tell apart what is one here, never the other way round (tried with every
letter that a name may hold, on MySQL 9.7 and MariaDB 10.11).
"""

from __future__ import annotations

import string
import unicodedata

_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def ascii_lower(name: str) -> str:
    """Without regard to the case of ASCII letters: SQLite's names."""
    return name.translate(_ASCII)


def letter_by_letter(name: str) -> str:
    """Without regard to case, one letter for one: the names of indexes on MySQL. There `İ` is `i`, but `ß` not `ss`."""
    return name.lower() if name.isascii() else "".join(char.lower()[0] for char in name)


def without_accents(name: str) -> str:
    """As `utf8mb3_general_ci` compares: the names of foreign keys on MySQL. It knows the accents of European scripts only, and
    marks that are characters of their own count."""
    return padded(name).upper() if name.isascii() else "".join(map(_base, padded(name))).replace("Ϲ", "Σ")


def padded(name: str) -> str:
    """Without the spaces at the end, which don't count where names are compared as SQL compares strings."""
    return name.rstrip(" ")


def _base(char: str) -> str:
    european = char < "\u0600" or "\u1e00" <= char <= "\u1fff"
    return (unicodedata.normalize("NFD", char) if european else char)[0].upper()[0]
