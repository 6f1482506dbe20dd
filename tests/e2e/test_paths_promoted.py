"""`--promote-join-tables` on the pairs that Prisma 5 and 1 left behind, the runbook followed to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.e2e.test_paths import POSTGRESQL, Project, goes_back, runs_again
from tests.servers import Server


@pytest.mark.parametrize("mode", ["keep-existing", "adopt-defaults"])
@pytest.mark.parametrize("pair", ["many-to-many", "prisma1"])
@pytest.mark.parametrize("server", POSTGRESQL[-1:], indirect=True)
def test_prisma_wants_no_primary_key_any_more(
    server: Server, pair: str, mode: str, tmp_path: Path, namesync: Run, request: pytest.FixtureRequest
) -> None:
    project = Project(server, pair, tmp_path, namesync, request)
    before, rows = project.names(), project.rows()
    emitted = project.json("emit", f"--{mode}", "--promote-join-tables", codes=(0, 1))
    project.follow(emitted["runbook"])
    for url in project.urls.values():
        assert "_AB_" not in project.prisma.diff(url)
    if (pair, mode) == ("many-to-many", "adopt-defaults"):
        assert [project.prisma.diff(url) for url in project.urls.values()] == ["", ""]
    status = project.json("status")
    after = project.names()
    again = project.json("emit", f"--{mode}", "--promote-join-tables", codes=(0, 1))
    assert (again["migrations"], again["written"]) == ([], [])
    url = server.create()
    project.prisma.deploy(url)
    assert "_AB_" not in project.prisma.diff(url)
    runs_again(project, emitted)
    assert project.names() == after
    goes_back(project, emitted, status)
    assert project.names() == before
    assert project.rows() == rows
