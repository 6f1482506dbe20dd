"""`--format markdown`: a page for the ticket in which the runbook is worked off."""

from __future__ import annotations

import re

import pytest

from tests.emit.conftest import DEFAULTS, DEV, Project, guide, lines


@pytest.mark.parametrize("mode", ["--keep-existing", "--adopt-defaults"])
def test_every_command_is_a_box_to_tick(project: Project, mode: str) -> None:
    page = project.text("--format", "markdown", "emit", mode, "prod", "dev", "--dry-run")
    found = project.json("emit", mode, "prod", "dev", "--dry-run")
    boxes = re.findall(r"- \[ \] .*\n\n  ```sh\n  (.*)\n  ```\n", page)
    stamp = re.compile(r"\d{14}")
    expected = [line for name in ("prod", "dev") for line in lines(found, name)]
    assert [stamp.sub("", line) for line in boxes] == [stamp.sub("", line) for line in expected]
    assert page.index("### prod") < page.index("### dev")
    assert "Dry run: nothing has been written" in page
    assert "\n\n\n" not in page


def test_what_is_written_is_listed(project: Project) -> None:
    page = project.text("--format", "markdown", "emit", "--keep-existing", "prod", "dev")
    (folder,) = project.folders()
    assert page.startswith("# The names of prod stay, and schema.prisma says them\n\nNames differ in dev: ")
    assert f"## Written\n\n- prisma/migrations/{folder}/migration.sql\n" in page


def test_nothing_to_do(project: Project) -> None:
    project.snapshots(prod=DEFAULTS, dev=DEFAULTS)
    page = project.text("--format", "markdown", "emit", "--keep-existing", "prod", "dev")
    assert page == (
        "# The names of prod stay, and schema.prisma says them\n\n## nothing to do: the names are as they should be\n"
    )


def test_names_are_no_markup(project: Project) -> None:
    """Nothing in a name becomes a link, an image, HTML, or somebody's name."""
    project.snapshots(prod=guide("![x](http://evil)", "<img src=x>", "@everyone\n# `x`"), dev=DEV)
    page = project.text("--format", "markdown", "emit", "--keep-existing", "prod", "dev", "--dry-run")
    assert "](" not in page
    assert "<img" not in page
    assert "@everyone" not in page
    assert "\n# `x`" not in page
