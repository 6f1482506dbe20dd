"""The SQL does on real servers what the plan says on values: random worlds, each style, run twice, stopped, undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from namesync.model import Catalog, Kind, Provider
from namesync.plan import Guard, Migration, Options, Style, Wanted, aligned, merge, unqualified
from namesync.render.sql import script
from tests.plan.blueprints import TABLES, TARGET, Environment, fleets
from tests.plan.test_worlds import goals
from tests.readers.reading import read_url
from tests.servers import Server

# Without shrinking: it would take a server hundreds of databases. The failing world is printed as it was drawn.
WORLDS = settings(
    max_examples=10,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


MODES = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT');\n"


class Databases:
    """One database for each environment of a fleet."""

    def __init__(self, server: Server, urls: Mapping[str, str]) -> None:
        self.server = server
        self.urls = urls
        self.before = self.catalogs()
        self.rows = self._rows()

    def catalogs(self) -> dict[str, Catalog]:
        return unqualified({name: read_url(url) for name, url in self.urls.items()})

    def run(self, sql: str, *only: str) -> None:
        for name in only or self.urls:
            if sql:
                self.server.execute(self.urls[name], sql)

    def are(self, expected: Mapping[str, Catalog]) -> None:
        """All environments have these names, and nothing but names has changed."""
        now = self.catalogs()
        assert {name: shape(catalog) for name, catalog in now.items()} == {
            name: shape(catalog) for name, catalog in expected.items()
        }
        assert self._rows() == self.rows

    def _rows(self) -> list[object]:
        quote = Environment(self.server.provider, ()).dialect.quote
        return [
            sorted(self.server.query(url, f"SELECT * FROM {quote(table)}"))
            for url in self.urls.values()
            for table in (*TABLES, TARGET)
        ]


def shape(catalog: Catalog) -> list[tuple[str, str, str, str]]:
    """What there is, by name. A foreign key's actions in the server's own words."""
    return sorted(
        (repr(obj.key), repr(obj.definition), obj.sql if obj.key.kind is Kind.FOREIGN_KEY else "", obj.name)
        for obj in catalog.objects
    )


@contextmanager
def databases(server: Server, fleet: Mapping[str, Environment]) -> Iterator[Databases]:
    urls = {name: server.create(environment.ddl()) for name, environment in fleet.items()}
    try:
        yield Databases(server, urls)
    finally:
        for url in urls.values():
            server.drop(url)


def wishes(data: st.DataObject, found: Mapping[str, Catalog], provider: Provider) -> Wanted:
    return aligned(found, "e0") if data.draw(st.booleans()) else goals(data.draw, dict(found), provider)


def sql_of(made: Migration, *, checked: bool = True) -> str:
    return script(made.changes, made.dialect, checked=checked)


@WORLDS
@given(data=st.data())
def test_the_server_does_what_the_plan_says(server: Server, data: st.DataObject) -> None:
    """One file, right in each environment wherever it stopped before, and once more; then each gets its own names back."""
    fleet = data.draw(fleets(server.provider, 2))
    mysql = server.provider.family is Provider.MYSQL
    with databases(server, fleet) as found:
        wanted = aligned(found.before, "e0") if data.draw(st.booleans()) else goals(data.draw, found.before, server.provider)
        options = Options(
            Style.PLAIN
            if len(fleet) == 1 and data.draw(st.booleans())
            else data.draw(st.sampled_from([Style.AUTO, Style.GUARDED])),
            history_known=data.draw(st.booleans()),
            checked=not mysql or data.draw(st.booleans()),
        )
        made = merge(found.before, wanted, options)
        file = script(made.changes, made.dialect, checked=options.checked)
        mode = MODES if mysql and data.draw(st.booleans()) else ""
        again = all(change.guard is not Guard.PLAIN for change in made.changes)
        if again:
            found.run(_part(made, data.draw(st.integers(0, len(made.changes))), checked=options.checked))
        found.run(mode + file)
        found.are(made.after)
        if again:
            found.run(file)
            found.are(made.after)
        for down in made.downs:
            found.run(mode + script(down.changes, made.dialect, checked=options.checked), *down.environments)
        found.are(found.before)


def _part(made: Migration, changes: int, *, checked: bool) -> str:
    """The first changes; of SQLite's one transaction, all but its end."""
    if made.dialect.provider is Provider.SQLITE:
        return script(made.changes, made.dialect).rpartition("COMMIT;")[0]
    return script(made.changes[:changes], made.dialect, checked=checked)
