"""Hostile names: a drawer of names of each class of characters, and how each server compares and cuts what it is given."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from random import Random

from namesync.model import Provider

PIECES: Mapping[str, tuple[str, ...]] = {
    "quotes of all kinds": ("'", '"', "''", '""', '\\"', "’", "“x”", "«»", "′", "„", "it's", 'a"b', "'); DROP TABLE x; --"),
    "backticks": ("`", "``", "a`b", "```"),
    "backslashes": ("\\", "\\\\", "\\'", "\\n", "\\0", "a\\"),
    "newlines and tabs": ("\n", "\r\n", "a\tb", "\u2028", "\x85", "\n--\n", "\n/\nGO\n"),
    "control characters": ("\x01", "\x1a", "\x1b[31m", "\x7f", "\b", "\x9b0m"),
    "$$ and dollar tags": ("$$", "$namesync0$", "$a$", "$1", "${x}", "$", "$$;$$"),
    "; and --": (";", "; SELECT 1", "--", "-- ", "/*", "*/", "#", "/*!50000 x */", "/* a */", ";;"),
    "%": ("%", "%s", "%(a)s", "%%", "%I", "%L", "100%"),
    ":name, @name, ?": (":name", ":schemas", "::text", "@todo", "@@x", "?", ":1", "@statement", "?1"),
    "braces and brackets": ("{", "}", "{{ 7*7 }}", "{0}", "{% raw %}", "[", "]", "[x]", "]]", "(", ")", "<b>"),
    "emoji": ("😀", "👩\u200d👧", "❤\ufe0f", "☃", "✈\ufe0f", "🇩🇪", "⚡", "☠"),
    "combining characters": ("e\u0301", "a\u0308\u0327", "Z\u0351\u036b", "\u0301", "x\u20dd", "n\u0303"),
    "right-to-left characters": ("שלום", "العربية", "\u202egnp", "\u200f", "\u2067x\u2069", "א"),
    "characters nobody sees": ("\u200b", "\ufeff", "\u00ad", "\u2060", "\xa0", "\u3000", "\u180e", "a  b"),
    "letters of many scripts": ("日本語", "ñ", "ß", "SS", "Ω", "ж", "ſ", "İ", "ı", "É", "ｆ", "ς", "ﬁ", "µ", "한"),
    "reserved words": (
        *("select", "table", "User", "order", "null", "TRUE", "default", "index", "GROUP", "constraint", "column", "from"),
        *("unique", "references", "to", "if", "exists", "end", "BEGIN", "public", "main", "rowid", "0x1F", "1e5", "12"),
    ),
    "names that look like ours": (
        *("namesync", "namesync_1", "namesync0", "namesync_not_null", "namesync_0123456789ab", "namesync_ffffffffffff"),
        *("namesync_scratch_0123456789ab", "namesync_12", "$namesync1$", "statement", "checks", "behind"),
    ),
    "names that look like a server's own": ("x_ibfk_1", "User_pkey", "x_key1", "autoindex_1", "SYS_1", "#sql-1", "x_check"),
}
"""Class -> the pieces that names of it are made of."""

CUT, CASE, NEAR = "cut inside a character", "names that differ by case only", "names that differ by accents or normal form only"
TEMPORARY = "our own temporary name, taken already"
CLASSES = (*PIECES, CUT, CASE, NEAR, TEMPORARY)
"""Every class of names that the issue of hostile identifiers names, and some more."""

_MARKS: Mapping[str, re.Pattern[str]] = {
    "quotes of all kinds": re.compile(r"""['"‘’“”„«»′]"""),
    "backticks": re.compile("`"),
    "backslashes": re.compile(r"\\"),
    "newlines and tabs": re.compile("[\n\r\t\u2028\x85]"),
    "control characters": re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"),
    "$$ and dollar tags": re.compile(r"\$"),
    "; and --": re.compile(r";|--|/\*|\*/|#"),
    "%": re.compile("%"),
    ":name, @name, ?": re.compile("[:@?]"),
    "braces and brackets": re.compile(r"[{}\[\]()<>]"),
    "emoji": re.compile("[\u2600-\u27bf\U0001f1e6-\U0001faff]"),
    "combining characters": re.compile("[\u0300-\u036f\u20dd]"),
    "right-to-left characters": re.compile("[\u0590-\u06ff\u200f\u202e\u2067]"),
    "characters nobody sees": re.compile("[\u200b\ufeff\u00ad\u2060\xa0\u3000\u180e]|  "),
    "letters of many scripts": re.compile("[\u00df\u00c9\u00f1\u00b5\u0130\u0131\u017f\u0370-\u04ff\u3000-\ud7ff\ufb01\uff46]"),
}
_PLAIN = string.ascii_letters + string.digits + "_"
_WHOLE = frozenset(PIECES) - frozenset(_MARKS)  # classes of whole names


def classes_of(name: str) -> set[str]:
    """The classes a name belongs to as far as it shows; not those of two names, and not whether it was cut."""
    found = {each for each, mark in _MARKS.items() if mark.search(name)}
    return found | {each for each in _WHOLE if name in PIECES[each] or name[:-1] in PIECES[each]}


def lower(name: str) -> str:
    """Letter by letter, as MySQL folds the names of indexes: İ is i, but ß is not ss."""
    return "".join(char.lower()[0] for char in name)


def _ascii_lower(name: str) -> str:
    return name.rstrip(" ").translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def without_accents(name: str) -> str:
    """Letter by letter, as MySQL compares the names of foreign keys."""
    return "".join(unicodedata.normalize("NFD", char)[0].upper()[0] for char in name.rstrip(" "))


class Rules:
    """What one server takes for a name: `index` and `foreign_key` give what two names have in common that it takes for one."""

    index: Callable[[str], str]
    foreign_key: Callable[[str], str]

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.mysql = provider.family is Provider.MYSQL
        self.index = self.foreign_key = {Provider.POSTGRESQL: str, Provider.SQLITE: _ascii_lower}.get(provider, lower)
        if self.mysql:
            self.foreign_key = _ascii_lower if provider is Provider.MARIADB else without_accents

    def cut(self, name: str) -> str:
        """What the server makes of the name: PostgreSQL cuts in silence; the others are not given longer ones."""
        if self.provider is Provider.POSTGRESQL:
            return name.encode()[:63].decode(errors="ignore")
        return name[:64] if self.mysql else name

    def takes(self, name: str) -> bool:
        """Whether a table, a column or an index may bear the name."""
        if not self.mysql:
            return bool(name) and not name.casefold().startswith("sqlite_")
        return bool(name) and name == name.rstrip() and lower(name) != "primary" and max(name) <= "\uffff"

    def quote(self, name: str) -> str:
        mark = "`" if self.mysql else '"'
        return mark + name.replace(mark, mark * 2) + mark


class Drawer:
    """Draws names for one world from some classes, and remembers which classes there were."""

    def __init__(self, random: Random, rules: Rules, favourites: Iterable[str]) -> None:
        self.random = random
        self.rules = rules
        self.favourites = tuple(favourites)
        self.was_cut = False

    def name(self, longest: int = 64) -> str:
        """A name the server takes, as it is given: PostgreSQL may cut it."""
        while True:
            drawn = self._drawn()[:longest]
            if not self.rules.takes(self.rules.cut(drawn)):
                continue
            self.was_cut |= cut_inside(drawn, self.rules.provider)
            return drawn if self.rules.provider is Provider.POSTGRESQL else self.rules.cut(drawn)

    def variant(self, name: str) -> str:
        """The name in another case, normal form, or without its accents; itself where nothing of that makes a difference."""
        variants = [name.swapcase(), name.upper(), name.lower(), name.title(), name.casefold(), without_accents(name)]
        variants += [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC")]
        fits = [each for each in variants if each != name and self.rules.takes(each) and self.rules.cut(each) == each]
        return self.random.choice(fits) if fits else name

    def _drawn(self) -> str:
        chosen = self.random.choice(self.favourites)
        if chosen == CUT:
            return self._long()
        if chosen in _WHOLE:
            return self.random.choice(PIECES[chosen]) + self.random.choice(("", "", "1"))
        if chosen not in PIECES:
            return self._plain(self.random.randint(1, 6))
        others = [self.random.choice(self.favourites) for _ in range(self.random.choice((0, 0, 1, 2)))]
        pieces = [self.random.choice(PIECES[each]) for each in (chosen, *others) if each in PIECES]
        pieces += [self._plain(self.random.randint(1, 4)) for _ in range(self.random.choice((0, 1, 1, 2)))]
        self.random.shuffle(pieces)
        return "".join(pieces)

    def _plain(self, length: int) -> str:
        return "".join(self.random.choice(_PLAIN) for _ in range(length))

    def _long(self) -> str:
        """A character of several bytes lies across the limit, or ends just before it."""
        char = self.random.choice("éж日" if self.rules.mysql else "éж日😀")
        size = len(char.encode())
        before = self._plain(3) + "x" * (63 - 3 - self.random.randint(0, size))
        if self.rules.mysql:
            return (self._plain(2) + char * 64)[:64]
        return before + char * 2


def cut_inside(name: str, provider: Provider) -> bool:
    """Whether the limit in bytes, PostgreSQL's or the one Prisma has for the others, falls inside a character."""
    limit = 63 if provider is Provider.POSTGRESQL else 64
    data = name.encode()
    return len(data) > limit and data[limit] & 0xC0 == 0x80
