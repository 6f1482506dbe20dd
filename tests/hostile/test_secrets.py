"""A marked password in every place where one can stand, in URLs of every kind: it is found nowhere afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.cli.conftest import namesync
from tests.hostile.marked import Marked, marked
from tests.hostile.places import PLACES
from tests.hostile.searching import AREA, Searcher, searcher
from tests.hostile.tally import Tally

__all__ = ["namesync", "searcher"]

URLS: dict[str, Callable[[Marked], str]] = {
    "refused": lambda one: f"postgresql://u:{one.encoded}@127.0.0.1:1/d",
    "refused by MySQL": lambda one: f"mysql://u:{one.encoded}@127.0.0.1:1/d",
    "raw": lambda one: f"postgresql://u:{one.raw}@127.0.0.1:1/d",
    "raw for MySQL": lambda one: f"mysql://u:{one.raw}@127.0.0.1:1/d?connect_timeout=1",
    "half encoded": lambda one: f"postgres://u:{one.lazily}@127.0.0.1:1/d",
    "bad port": lambda one: f"postgresql://u:{one.encoded}@127.0.0.1:99999/d",
    "no port": lambda one: f"postgresql://u:{one.encoded}@127.0.0.1:port/d",
    "bad escape": lambda one: f"postgresql://u:{one.encoded}%zz%4@127.0.0.1:1/d",
    "unknown scheme": lambda one: f"postgrsql://u:{one.encoded}@127.0.0.1:1/d",
    "unsupported": lambda one: f"sqlserver://127.0.0.1:1;user=u;password={one.encoded}",
    "proxy": lambda one: f"prisma://127.0.0.1/?api_key={one.encoded}",
    "jdbc": lambda one: f"jdbc:postgresql://127.0.0.1:1/d?user=u&password={one.encoded}",
    "no scheme": lambda one: f"u:{one.encoded}@127.0.0.1/d",
    "no slashes": lambda one: f"postgresql:u:{one.encoded}@127.0.0.1/d",
    "one slash": lambda one: f"postgresql:/u:{one.encoded}@127.0.0.1/d",
    "no colon": lambda one: f"postgresql//u:{one.encoded}@127.0.0.1/d",
    "no host": lambda one: f"postgresql://u:{one.encoded}",
    "many @": lambda one: f"postgresql://u@v:{one.encoded}@{one.encoded}@127.0.0.1:1/d",
    "a space": lambda one: f"postgresql://u:{one.encoded} {one.encoded}@127.0.0.1:1/d",
    "two lines": lambda one: f"postgresql://u:{one.encoded}\n{one.encoded}@127.0.0.1:1/d",
    "a file's scheme": lambda one: f"file://u:{one.encoded}@127.0.0.1:1/d",
    "SQLite's scheme": lambda one: f"sqlite://u:{one.encoded}@127.0.0.1:1/d",
    "a key of SQLite": lambda one: f"file:?password={one.encoded}",
    "password=": lambda one: f"postgresql://127.0.0.1:1/d?user=u&password={one.encoded}",
    "sslpassword=": lambda one: f"postgresql://u@127.0.0.1:1/d?sslkey=/dev/null&sslpassword={one.encoded}",
    "options=": lambda one: f"postgresql://u@127.0.0.1:1/d?options=-c%20app.secret%3D{one.encoded}",
    "a parameter that is wrong": lambda one: f"postgresql://u:{one.encoded}@127.0.0.1:1/d?connect_timeout={one.encoded}",
    "a mode that is wrong": lambda one: (
        f"mysql://u:{one.encoded}@127.0.0.1:1/d?sslaccept={one.encoded}&ssl_key_password={one.encoded}"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_urls(place: str, searcher: Searcher, tally: Tally) -> None:
    for number, url in enumerate(URLS.values()):
        secret = marked(random.Random())
        commands = searcher.turn(number + len(place), tally.size(1, 4))
        with tally.trial(AREA, "URLs that are malformed or lead nowhere, in every place", times=len(commands)):
            searcher.search(place, url(secret), secret, commands)
