"""Changes what a JSON or TOML text says: it stays well formed, or nearly so, and means something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date
from random import Random
from typing import Any

from tests.hostile.mutation import damaged


class Literal(str):
    """A text that stands in the file as it is, without quotes."""

    __slots__ = ()


_VALUES: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**4000, 0.5, float("inf"), float("-inf"), float("nan")),
    *(
        "",
        " ",
        "x",
        "\0",
        "a\0b",
        "\n",
        "\x1b[2J",
        "\ud800",
        "x\udfff",
        "\u202e",
        "'",
        '"',
        "`",
        "$$",
        "*",
        "[",
        "..",
        "/",
        "~",
    ),
    *("x" * 300, "é" * 40, "n" * 5000, "a/" * 3000, "${NOT_SET}", "${", "${X:-y}", "postgresql://u:p@h/x", "file:x", "{{7*7}}"),
    *([], {}, [[]], [{}], [None], [""], ["x", "x"], {"": ""}, {"x": {"x": {}}}, {"name": "x"}, ["x", 1]),
    *map(Literal, ("1e999", "-1e999", "7" * 4400, "NaN", "-0", "1.0", "[" * 3000, "2027-01-01", "2027-01-01T00:00:00Z", "nan")),
)


def twisted(random: Random, document: Any) -> Any:
    """The document with one to four of its values, keys or items changed: other types, gone, twice, at another's place."""
    whole = {"": deepcopy(document)}
    for _ in range(random.choice((1, 1, 2, 4))):
        _twist(random, whole)
    return whole.get("")


def _twist(random: Random, whole: dict[str, Any]) -> None:
    known = list(places(whole))
    holder, key = random.choice(known)
    other_holder, other_key = random.choice(known)
    how = random.random()
    if how < 0.45:
        like = [one for one in (*_VALUES, *(at[name] for at, name in known)) if type(one) is type(holder[key])]
        holder[key] = deepcopy(random.choice(like))
    elif how < 0.6:
        holder[key] = deepcopy(random.choice(_VALUES))
    elif how < 0.65:
        holder[key] = deepcopy(other_holder[other_key])
    elif how < 0.75 and isinstance(holder[key], str):
        holder[key] = damaged(random, [holder[key]]).decode(errors="replace")
    elif isinstance(holder, list):
        holder[key : key + 1] = [] if how < 0.85 else [holder[key], deepcopy(holder[key])]
    elif holder is not whole:
        value = holder.pop(key)
        if how > 0.85:
            holder[random.choice((str(other_key), f"{key}s", "", "x.y", "\0", "__class__"))] = value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where a value stands: what holds it, and its key or index there."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def as_json(value: Any) -> str:
    """The document as JSON, infinities and lone surrogates and all."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)}: {as_json(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_json, value))}]"
    return json.dumps(value)


def as_toml(document: Any) -> str:
    """The document as TOML: a table under a header where that can be, the rest as values."""
    if not isinstance(document, dict):
        return f"x = {_toml(document)}\n"
    plain, headed = [], []
    for key, value in document.items():
        name = json.dumps(key)
        tables = value if isinstance(value, list) and value and all(isinstance(one, dict) for one in value) else None
        if tables is not None:
            headed += [f"[[{name}]]\n{_statements(one)}" for one in tables]
        elif isinstance(value, dict) and value and all(isinstance(one, dict) for one in value.values()):
            headed += [f"[{name}.{json.dumps(inner)}]\n{_statements(one)}" for inner, one in value.items()]
        else:
            plain.append(f"{name} = {_toml(value)}\n")
    return "".join((*plain, *headed))


def _statements(table: dict[str, Any]) -> str:
    return "".join(
        f"{key if re.fullmatch('[a-z_]+', key) else json.dumps(key)} = {_toml(value)}\n" for key, value in table.items()
    )


def _toml(value: Any) -> str:
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float | date):
        return str(value)
    return "1979-05-27" if value is None else json.dumps(value)
