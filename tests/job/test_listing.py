"""`namesync job history`, and the metrics."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.core.worlds import index
from tests.job.conftest import BOTH, Project


def test_runs(project: Project) -> None:
    for name in ("odd", "odder", "T_a_idx"):
        project.drift(name)
        project.job("run")
    rows = list(csv.DictReader(io.StringIO(project.job("history", "--format", "csv").out)))
    assert [(row["run"], row["new"], row["changed"], row["resolved"], row["exit_code"]) for row in rows] == [
        ("3", "0", "0", "1", "0"),
        ("2", "0", "1", "0", "1"),
        ("1", "1", "0", "0", "1"),
    ]
    assert len(json.loads(project.job("history", "--format", "json", "--limit", "2").out)["runs"]) == 2


def test_no_run_yet(project: Project) -> None:
    assert project.job("history").out == "no runs\n"


def test_findings(project: Project) -> None:
    project.drift("odd")
    project.job("run")
    assert "name-drift T (a)" in project.job("history", "--findings").out
    project.drift("T_a_idx")
    project.job("run")
    assert project.job("history", "--findings").out == "no findings\n"
    assert "resolved" in project.job("history", "--findings", "-v").out


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", "\n=x"])
def test_no_cell_is_a_formula(project: Project, name: str) -> None:
    """Wherever a stranger's name begins a cell."""
    project.configure(BOTH)
    project.have("prod", index("T", "a", "T_a_idx"))
    project.have("dev", index("T", "a", name))
    mark = project.check()["findings"][0]["fingerprint"]
    for words in ((), ("--findings",), ("--finding", mark)):
        text = project.job("history", "--format", "csv", *words).out
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]


def test_a_formula_alone_in_a_cell() -> None:
    from namesync.job.listing import Listing, to_csv

    text = to_csv(Listing("x", ("a",), [{"a": "=1+1"}, {"a": "x"}, {"a": -1}, {"a": None}, {"a": ["=2", "b"]}]))
    assert text.split("\r\n") == ["a", "'=1+1", "x", "-1", '""', "'=2; b", ""]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        pytest.param("abc", "too short for a fingerprint", id="short"),
        pytest.param("ffffffff", "no finding has this fingerprint", id="unknown"),
        pytest.param("%%%%%%%%", "no finding has this fingerprint", id="no pattern"),
    ],
)
def test_no_such_finding(project: Project, asked: str, why: str) -> None:
    project.drift("odd")
    project.job("run")
    ended = project.job("history", "--finding", asked)
    assert (ended.code, why in ended.err) == (2, True)


def test_names_can_not_upset_a_terminal(project: Project) -> None:
    project.have("prod", index("T", "a", "T_a_idx"))
    project.have("dev", index("T", "a", "odd\x1b[2J\u202e"))
    outputs = [project.job("run").out, project.job("history", "--findings").out]
    for out in outputs:
        assert "\\x1b[2J\\u202e" in out
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", out)


class TestMetrics:
    @pytest.fixture
    def file(self, project: Project) -> Path:
        project.configure(f'{BOTH}[environments.qa]\nfile = "qa.json"\n[job]\nmetrics = "out/namesync.prom"\n')
        (project.folder / "out").mkdir()
        return project.folder / "out" / "namesync.prom"

    def test_the_textfile(self, project: Project, file: Path) -> None:
        project.drift("odd")
        project.have("qa", index("T", "a", "T_a_idx"))
        project.job("run")
        values = _values(file)
        assert values['namesync_findings{"environment": "dev", "rule": "name-drift"}'] == 1
        assert values['namesync_environment_state{"environment": "qa", "state": "read"}'] == 1
        assert values["namesync_last_run_duration_seconds{}"] < 60
        success = values["namesync_last_success_timestamp_seconds{}"]
        (project.folder / "qa.json").unlink()
        project.job("run")
        values = _values(file)
        assert values['namesync_environment_state{"environment": "qa", "state": "unusable"}'] == 1
        assert values["namesync_last_success_timestamp_seconds{}"] == success
        assert [path.name for path in file.parent.iterdir()] == ["namesync.prom"]
        assert file.stat().st_mode & 0o777 == 0o644

    def test_prometheus_client_is_not_installed(self, project: Project, file: Path, no_module: Callable[[str], None]) -> None:
        no_module("prometheus_client")
        project.drift("odd")
        ended = project.job("run")
        assert (ended.code, "pip install 'namesync[job]'" in ended.err) == (2, True)
        assert not file.exists()


def _values(file: Path) -> dict[str, float]:
    return {
        f"{sample.name}{json.dumps(sample.labels)}": sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }
