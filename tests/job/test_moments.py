"""What the job remembers, drawn in the HTML report."""

from __future__ import annotations

from pathlib import Path

from namesync.job.moments import moments
from namesync.job.run import open_project
from namesync.report import Severity
from tests.core.worlds import index
from tests.job.conftest import BOTH, Project


def test_each_run_counts_what_stood_then(project: Project) -> None:
    project.configure(BOTH)
    project.drift("odd")
    project.check()
    project.check()
    project.have("dev", index("T", "a", "T_a_idx"))
    project.check()
    found = moments(open_project(project.folder / "namesync.toml").history)
    assert [dict(one.counts) for one in found] == [{Severity.ERROR: 1}, {Severity.ERROR: 1}, {}]
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_the_report_shows_how_it_went(project: Project) -> None:
    project.configure(BOTH)
    project.drift("odd")
    assert "How it went" not in project.run("report", "prod", "dev").out
    assert not (project.folder / ".namesync").exists(), "a report makes no history"
    project.check()
    project.check()
    assert "How it went" in project.run("report", "prod", "dev").out


def test_a_broken_history_does_not_break_the_report(project: Project) -> None:
    project.configure(BOTH)
    project.drift("odd")
    Path(project.folder, ".namesync").mkdir()
    Path(project.folder, ".namesync", "history.db").write_text("no database at all, only text that is long enough" * 20)
    ended = project.run("report", "prod", "dev")
    assert "the history is left out of the report" in ended.err
    assert ended.out.startswith("<!doctype html>")
