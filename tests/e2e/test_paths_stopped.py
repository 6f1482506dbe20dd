"""MySQL and MariaDB commit every ALTER at once: a migration stopped anywhere is told of, and the next run finishes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests import pairs
from tests.cli.conftest import Run
from tests.e2e.prisma import ByHand, Shell
from tests.e2e.test_paths import Names, Project, differing
from tests.engines import sources
from tests.readers.reading import read_url
from tests.servers import Server, connection

SERVERS = [name for name in sources() if name in ("mysql", "mariadb")]


def statements(sql: str) -> list[str]:
    """The statements of an emitted script; in these no name holds a semicolon at the end of a line."""
    return [piece for piece in re.split(r"(?<=;)\n", sql) if piece.strip()]


class Stopped(Project):
    """A project whose migration for dev is deployed, and stops."""

    def begin(self, *options: str) -> list[str]:
        """Emit, and do all that comes before the deploy; the statements to come."""
        emitted = self.json("emit", "--keep-existing", *options)
        (migration,) = emitted["migrations"]
        self.directory = migration["directory"]
        self.shell = Shell(self.folder, self.prisma)
        for command in [*emitted["runbook"]["prod"]["commands"], *emitted["runbook"]["dev"]["commands"][:-1]]:
            self.shell.type(command["line"])
        return statements(migration["sql"])

    def stop_after(self, script: list[str], dev: str) -> None:
        """A new dev, in which the migration came as far as these statements."""
        assert isinstance(self.prisma, ByHand)
        self.server.drop(self.urls["dev"])
        self.urls["dev"] = self.server.create(dev)
        (self.folder / ".env").write_text("".join(f'{name.upper()}_DATABASE_URL="{url}"\n' for name, url in self.urls.items()))
        self.prisma.resolve(self.urls["dev"], "0_init", applied=True)
        self.prisma.record(self.urls["dev"], self.directory, "NULL", 0)
        if script:
            self.server.execute(self.urls["dev"], "\n".join(script))

    def status(self, code: int) -> dict[str, Any]:
        """How the one migration stands in dev."""
        environment = self.json("status", codes=(code,))["environments"]["dev"]
        (standing,) = environment["migrations"]
        return {**standing, "next": [command["line"] for command in environment["next"]]}

    def left(self, wanted: Names) -> set[tuple[str, ...]]:
        """The objects of dev that have not the name they should have."""
        return differing(wanted, self.names_of(self.urls["dev"]))

    def points(self, script: list[str]) -> list[int]:
        """After how many statements the names are other than before: the script run on dev, statement by statement."""
        found, before = [0], self.names_of(self.urls["dev"])
        with connection(self.urls["dev"]) as connected, connected.cursor() as cursor:
            for count, statement in enumerate(script, 1):
                cursor.execute(statement)
                if (now := self.names_of(self.urls["dev"])) != before:
                    found.append(count)
                    before = now
        return found


@pytest.mark.parametrize(
    ("pair", "options"),
    [pytest.param("swapped", [], id="checked"), pytest.param("guide", ["--unchecked-foreign-keys"], id="unchecked")],
)
@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_stopped_after_any_statement(
    server: Server, pair: str, options: list[str], tmp_path: Path, namesync: Run, request: pytest.FixtureRequest
) -> None:
    scripts = pairs.folder(pair, server.provider) or Path()
    dev = (scripts / "dev.sql").read_text(encoding="utf-8")
    project = Stopped(server, pair, tmp_path, namesync, request)
    production = read_url(project.urls["prod"]).objects
    behind = {(obj.key.kind, obj.key.table.name, *obj.key.columns) for obj in production if obj.implicit}
    wanted, rows = project.names()["prod"], project.rows()["dev"]
    script = project.begin(*options)
    points = project.points(script)
    assert project.left(wanted) == set()
    assert len(points) >= 3
    for count in points:
        project.stop_after(script[:count], dev)
        left = len(project.left(wanted) - behind)
        told = project.status(code=1)
        assert (told["state"], told["names_to_change"], told["settled"]) == ("failed", left, False)
        again = [f"resolve --rolled-back {project.directory}", "deploy"]
        typed = [line.partition(" migrate ")[2] for line in told["next"] if " migrate " in line]
        assert typed == (again if left else [f"resolve --applied {project.directory}"])
        for line in told["next"]:
            project.shell.type(line)
        assert project.status(code=0)["settled"] is True
        assert project.left(wanted) == set()
        assert project.rows()["dev"] == rows
