"""Damages texts at random, whatever is written in them; the same `Random` does the same damage."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

_PIECES = (
    *("\0", "\r", "\r\n", "\n", "\t", "\v", "\f", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e"),
    *("{", "}", "[", "]", "(", ")", "@", "@@", '"', "'", "`", '"""', "'''", "\\", ",", ":", "=", "?", "!", "#", "//", "///"),
    *("/*", "*/", "${", "$", "%s", "{0}", "--", ";", ".", "..", "-", "+", "<", "&", "|"),
    *("\\ud800", "\\udc00", "\\u0000", "\\uD83D\\uDE00", "\\u12", "\\x", "\\n", '\\"'),
    *("1e999", "-1e999", "NaN", "Infinity", "-0", "0x1F", "1_000", "01", "1.", ".5", "9" * 25, "7" * 4400, "٣", "²"),
    *(
        "null",
        "true",
        "nan",
        "inf",
        "2027-01-01",
        "2027-02-30",
        "27:61:00",
        "é",
        "e\u0301",
        "ﬁ",
        "ß",
        "İ",
        "ı",
        "😀",
        "𝒳",
        "名",
    ),
)
_BYTES = (
    b"\xff",
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xe2\x82",
    b"\xef\xbb\xbf",
)
_LOOKALIKES = {
    "a": "а",
    "e": "е",
    "o": "ο",
    "i": "і",
    "p": "р",
    "c": "с",
    '"': "”",
    "'": "’",
    "=": "＝",
    ":": "：",
    "@": "＠",
    "{": "｛",
    "-": "‐",
}
_NESTINGS = (("[", "]"), ("{", "}"), ("(", ")"), ("{a: ", "}"), ('{"a":', "}"), ("f(", ")"), ("{a = ", "}"), ("${A:-", "}"))
_TOKEN = re.compile(r"\w+|\"[^\"\n]*\"|\s+|.", re.DOTALL)

Change = Callable[[Random, str, Sequence[str]], str]


def damaged(random: Random, seeds: Sequence[str]) -> bytes:
    """One of the seeds with a damage or a few; half of them in tokens only, which more often leaves something readable."""
    text = random.choice(seeds)
    changes = _IN_TOKENS if random.random() < 0.5 else _CHANGES
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        text = random.choice(changes)(random, text, seeds)
    data = text.encode(errors="surrogatepass")
    return _broken_bytes(random, data) if random.random() < 0.1 else data


def _broken_bytes(random: Random, data: bytes) -> bytes:
    at = random.randint(0, len(data))
    if random.random() < 0.5 or not data[at:]:
        return data[:at] + random.choice(_BYTES) + data[at:]
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _span(random: Random, text: str) -> tuple[int, int]:
    start = random.randint(0, len(text))
    return start, min(start + int(random.expovariate(1 / 20)), len(text))


def _delete(random: Random, text: str, seeds: Sequence[str]) -> str:
    start, end = _span(random, text)
    return text[:start] + text[end:]


def _duplicate(random: Random, text: str, seeds: Sequence[str]) -> str:
    start, end = _span(random, text)
    return text[:end] + text[start:end] * random.choice((1, 1, 2, 50)) + text[end:]


def _insert(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(_PIECES) + text[at:]


def _truncate(random: Random, text: str, seeds: Sequence[str]) -> str:
    return text[: random.randint(0, len(text))]


def _splice(random: Random, text: str, seeds: Sequence[str]) -> str:
    """The beginning of one and the end of another, at any place or between lines."""
    other = random.choice(seeds)
    if random.random() < 0.5:
        return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]
    ours, theirs = text.split("\n"), other.split("\n")
    return "\n".join(ours[: random.randint(0, len(ours))] + theirs[random.randint(0, len(theirs)) :])


def _line_ends(random: Random, text: str, seeds: Sequence[str]) -> str:
    return text.replace("\n", random.choice(("\r\n", "\r", "\x85", "\u2028", "\n\n", "\v", "")))


def _mark(random: Random, text: str, seeds: Sequence[str]) -> str:
    return random.choice(("\ufeff", "\ufeff\ufeff", "\n\ufeff", "#!/x\n", "\0")) + text


def _nest(random: Random, text: str, seeds: Sequence[str]) -> str:
    """A place within brackets, some of them deeper than any parser recurses."""
    start, end = _span(random, text)
    depth, (opening, closing) = random.choice((2, 30, 150, 3000)), random.choice(_NESTINGS)
    return text[:start] + opening * depth + text[start:end] + closing * random.choice((depth, depth, depth - 1, 0)) + text[end:]


def _tokens(change: Callable[[Random, list[str], Sequence[str]], None]) -> Change:
    """A change of the tokens of a text, in place."""

    def changed(random: Random, text: str, seeds: Sequence[str]) -> str:
        tokens = _TOKEN.findall(text)
        if tokens:
            change(random, tokens, seeds)
        return "".join(tokens)

    return changed


def _place(random: Random, tokens: Sequence[str]) -> int:
    """A token that is no space, where there is one."""
    places = [place for place, token in enumerate(tokens) if not token.isspace()]
    return random.choice(places or range(len(tokens)))


def _swap_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    tokens[_place(random, tokens)] = tokens[_place(random, tokens)]


def _like_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    """A word in place of a word, a text in place of a text: what is left can often be read."""
    place = _place(random, tokens)
    others = [*tokens, *_TOKEN.findall(random.choice(seeds))]
    tokens[place] = random.choice([other for other in others if _sort(other) == _sort(tokens[place])])


def _sort(token: str) -> str:
    return "word" if token.isidentifier() else "number" if token.isdecimal() else token[:1]


def _foreign_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    others = _TOKEN.findall(random.choice(seeds)) or [""]
    tokens[_place(random, tokens)] = others[_place(random, others)]


def _drop_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    del tokens[_place(random, tokens)]


def _long_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    tokens[_place(random, tokens)] *= random.choice((2, 5, 80, 3000))


def _in_token(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    place = _place(random, tokens)
    at = random.randint(0, len(tokens[place]))
    tokens[place] = tokens[place][:at] + random.choice((*_PIECES, " ", "_", "A", "1")) + tokens[place][at:]


def _lookalike(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    place = _place(random, tokens)
    tokens[place] = "".join(_LOOKALIKES.get(letter, letter) for letter in tokens[place])


def _other_case(random: Random, tokens: list[str], seeds: Sequence[str]) -> None:
    place = _place(random, tokens)
    tokens[place] = random.choice((str.upper, str.lower, str.swapcase))(tokens[place])


def _other_line(random: Random, text: str, seeds: Sequence[str]) -> str:
    """A line twice, away, or at another's place."""
    lines = text.split("\n")
    line = lines[random.randrange(len(lines))]
    at = random.randrange(len(lines))
    lines[at : at + random.randint(0, 1)] = [line] * random.choice((0, 1, 1, 2))
    return "\n".join(lines)


_IN_TOKENS: Sequence[Change] = (
    *map(
        _tokens,
        (_like_token, _like_token, _swap_token, _foreign_token, _drop_token, _long_token, _in_token, _lookalike, _other_case),
    ),
    _other_line,
    _other_line,
)
_CHANGES: Sequence[Change] = (*_IN_TOKENS, _delete, _duplicate, _insert, _truncate, _splice, _line_ends, _mark, _nest)
