"""Names that servers compare, parse or group in ways of their own: what the campaign of hostile identifiers found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest

from namesync.dialects import dialect_of
from namesync.model import Kind, Provider
from namesync.plan import Options, Style, Wanted, aligned, merge
from namesync.render.sql import script
from tests.plan.files import GUARDED, file, names, read
from tests.servers import Server

PARENT = "CREATE TABLE v (id int PRIMARY KEY);"
CHILD = "CREATE TABLE t (a int, b int, {}, CONSTRAINT `{}` FOREIGN KEY (a) REFERENCES v (id));"
LETTERS = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]


def test_no_two_letters_are_told_apart_that_the_server_takes_for_one(either: Server) -> None:
    """Every letter that a name may hold. Foreign keys compare as strings on MySQL; MariaDB folds ASCII only."""
    rows = ", ".join(f"('{letter.encode().hex()}')" for letter in LETTERS)
    url = either.create(
        "CREATE TABLE letters (l varchar(4)) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci;"
        f"CREATE TABLE hexes (h varchar(8)); INSERT INTO hexes VALUES {rows};"
        "INSERT INTO letters SELECT CONVERT(UNHEX(h) USING utf8mb3) FROM hexes;"
    )
    facts = dialect_of(read(url))
    asked = either.query(url, "SELECT CONVERT(l USING utf8mb4), HEX(LOWER(l)), HEX(WEIGHT_STRING(l)) FROM letters")
    assert len(asked) == len(LETTERS)
    assert _told_apart({letter: lowered for letter, lowered, _ in asked}, facts.fold) == []
    weights = {letter: weight for letter, _, weight in asked if weight != "FFFD"}  # that of all it does not know
    if either.provider is Provider.MYSQL:
        assert _told_apart(weights, facts.fold_foreign_key) == []


def _told_apart(same: dict[str, str], fold: Callable[[str], str]) -> list[set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for one, weight in same.items():
        groups[weight].add(fold(one))
    return [folded for folded in groups.values() if len(folded) > 1]


def _align(server: Server, prod: str, dev: str, options: Options) -> list[str]:
    """The names of dev's objects once they are those of prod."""
    urls = {"prod": server.create(prod), "dev": server.create(dev)}
    catalogs = {name: read(url) for name, url in urls.items()}
    made = merge(catalogs, aligned(catalogs, "prod"), options)
    assert not any(plan.blocked for plan in made.plans.values())
    server.execute(urls["dev"], script(made.changes, made.dialect, checked=options.checked))
    assert read(urls["dev"]) == made.after["dev"]
    renamed = names(urls["dev"])
    server.execute(urls["dev"], script(made.downs[0].changes, made.dialect, checked=options.checked))
    assert read(urls["dev"]).objects == catalogs["dev"].objects
    return renamed


OPTIONS = [pytest.param(GUARDED, id="checked"), pytest.param(Options(Style.GUARDED, checked=False), id="unchecked")]


@pytest.mark.parametrize("options", OPTIONS)
def test_an_index_that_bears_a_foreign_keys_name_by_chance_keeps_its_own(either: Server, options: Options) -> None:
    """In prod only the foreign key was given another name."""
    prod, dev = (PARENT + CHILD.format("KEY f (a)", name) for name in ("g", "f"))
    assert _align(either, prod, dev, options) == ["PRIMARY", "f", "g"]


@pytest.mark.parametrize("options", OPTIONS)
def test_indexes_whose_names_differ_by_accents_only(either: Server, options: Options) -> None:
    prod, dev = (PARENT + CHILD.format(f"KEY `É` (b, a), KEY `{name}` (a)", name) for name in ("g", "e"))
    assert _align(either, prod, dev, options) == ["PRIMARY", "g", "g", "É"]


@pytest.mark.parametrize("options", OPTIONS)
def test_indexes_of_both_names_that_do_not_serve_the_foreign_key(either: Server, options: Options) -> None:
    own = "UNIQUE KEY f (b), KEY g (b, a), KEY i (a)"
    prod, dev = (PARENT + CHILD.format(own, name) for name in ("g", "f"))
    assert _align(either, prod, dev, options) == ["PRIMARY", "f", "g", "g", "i"]


@pytest.mark.parametrize("options", OPTIONS)
def test_foreign_keys_whose_names_differ_by_a_letter_beyond_ascii(mariadb: Server, options: Options) -> None:
    """Two names to MariaDB, in a database too."""
    other = "CREATE TABLE u (a int, CONSTRAINT `É` FOREIGN KEY (a) REFERENCES v (id));"
    prod, dev = (PARENT + other + CHILD.format("KEY i (a)", name) for name in ("é", "f"))
    assert _align(mariadb, prod, dev, options) == ["PRIMARY", "i", "É", "É", "é"]


def test_mariadb_is_not_made_to_drop_the_wrong_one(mariadb: Server) -> None:
    """Of two such foreign keys of one table it drops either for the other, where it need not copy the table."""
    more = "KEY i (a), KEY j (b), CONSTRAINT `É` FOREIGN KEY (b) REFERENCES v (id)"
    url = mariadb.create(PARENT + CHILD.format(more, "é"))
    before = read(url)
    asked = {obj: "f" for obj in before.objects if obj.name == "é"}
    merged = merge({"only": before}, Wanted({"only": asked}, {"only": []}), GUARDED)
    assert not merged.changes
    assert "may take for the same" in merged.plans["only"].blocked[0].reason


def test_a_table_whose_backslash_hides_what_is_dropped(either: Server) -> None:
    """MariaDB would keep the old foreign key beside the new one, and say nothing."""
    url = either.create(PARENT + "CREATE TABLE `t\\` (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id));")
    before = read(url)
    (key,) = _foreign_keys(before.objects)
    merged = merge({"only": before}, Wanted({"only": {key: "g"}}, {"only": []}), GUARDED)
    if merged.changes:
        either.execute(url, script(merged.changes, merged.dialect))
    assert read(url) == merged.after["only"]
    blocked = [one.reason for one in merged.plans["only"].blocked]
    assert (len(blocked), names(url)) == ((1, ["PRIMARY", "f", "f"]) if blocked else (0, ["PRIMARY", "g", "g"]))
    assert bool(blocked) is (either.provider is Provider.MARIADB)


def test_names_whose_backslash_hides_what_is_dropped_next(either: Server) -> None:
    columns = "`a\\` int, b int, KEY i (`a\\`), KEY j (b)"
    keys = "CONSTRAINT f FOREIGN KEY (`a\\`) REFERENCES v (id), CONSTRAINT g FOREIGN KEY (b) REFERENCES v (id)"
    url = either.create(f"{PARENT} CREATE TABLE t ({columns}, {keys});")
    either.execute(url, file(read(url), f="x\\", g="y"))
    assert names(url) == ["PRIMARY", "i", "j", "x\\", "y"]


def _foreign_keys(objects: Iterable[object]) -> list[object]:
    return [obj for obj in objects if obj.key.kind is Kind.FOREIGN_KEY]  # type: ignore[attr-defined]


def test_sqlite_folds_ascii_only(sqlite: Server) -> None:
    """`É` and `é` are two names there."""
    url = sqlite.create('CREATE TABLE t (a int, b int); CREATE INDEX "É" ON t (a); CREATE INDEX x ON t (b);')
    sqlite.execute(url, file(read(url), x="é"))
    assert names(url) == ["É", "é"]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("leaves", "takes"), [("ж", "Ж"), ("Ω", "ω"), ("a", "A")])
def test_no_alter_drops_a_name_and_adds_another_case_of_it(either: Server, leaves: str, takes: str, options: Options) -> None:
    """MariaDB would drop the foreign key that it has just added."""
    both = f"{PARENT} CREATE TABLE t (a int, b int, {{}}); ".format(
        ", ".join(f"CONSTRAINT `{{}}` FOREIGN KEY ({column}) REFERENCES v (id)" for column in "ab")
    )
    prod, dev = both.format(takes, "c"), both.format("q", leaves)
    assert _align(either, prod, dev, options) == names(either.create(prod))
