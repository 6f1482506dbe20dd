"""`namesync job run`: what it prints, how it ends, and what it remembers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from namesync.job.history import LEASE_S
from tests.core.worlds import index
from tests.job.conftest import BOTH, Project

SCHEMAS = Path(__file__).parents[2] / "namesync" / "schemas"


def test_the_life_of_a_finding(project: Project) -> None:
    project.drift("odd")
    first = project.check()
    assert (first["summary"], first["code"]) == ({"new": 1, "changed": 0, "resolved": 0, "standing": 0}, 1)
    assert project.check()["summary"] == {"new": 0, "changed": 0, "resolved": 0, "standing": 1}
    project.drift("odder")
    changed = project.check()
    assert changed["summary"] == {"new": 0, "changed": 1, "resolved": 0, "standing": 0}
    assert changed["findings"][0]["details"] == ["names.dev: odd -> odder"]
    project.drift("T_a_idx")
    resolved = project.check()
    assert (resolved["summary"], resolved["code"]) == ({"new": 0, "changed": 0, "resolved": 1, "standing": 0}, 0)
    project.drift("odd")
    again = project.check()
    assert again["summary"]["new"] == 1
    assert again["findings"][0]["fingerprint"] == first["findings"][0]["fingerprint"]
    ended = project.job("history", "--finding", first["findings"][0]["fingerprint"][:8], "--format", "json")
    assert [event["what"] for event in json.loads(ended.out)["events"]] == ["new", "changed", "resolved", "new"]


def test_the_json_is_as_its_schema_says(project: Project) -> None:
    schema = json.loads((SCHEMAS / "job-1.json").read_text())
    project.drift("odd")
    for _ in range(2):
        Draft202012Validator(schema).validate(json.loads(project.job("run", "--format", "json").out))
    history = Draft202012Validator(json.loads((SCHEMAS / "job-history-1.json").read_text()))
    for words in ((), ("--findings",), ("--finding", project.check()["findings"][0]["fingerprint"])):
        history.validate(json.loads(project.job("history", "--format", "json", *words).out))


def test_text_says_what_changed(project: Project) -> None:
    project.drift("odd")
    out = project.job("run").out
    assert "new: 1\n  + name-drift T (a): same index, only the name differs" in out
    assert out.endswith("\n1 new, 0 changed, 0 resolved, 0 standing\n")
    assert "name-drift" not in project.job("run").out
    assert "name-drift" in project.job("run", "-v").out
    project.drift("odder")
    assert "  ~ name-drift T (a)" in (out := project.job("run").out)
    assert "      names.dev: odd -> odder\n" in out


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        pytest.param((), (1, 1, 1, 0), id="as it is"),
        pytest.param(("--new-only",), (1, 0, 1, 0), id="what is new"),
        pytest.param(("--fail-on", "never"), (0, 0, 0, 0), id="never"),
    ],
)
def test_exit_codes(project: Project, words: tuple[str, ...], codes: tuple[int, ...]) -> None:
    found = []
    for name in ("odd", "odd", "odder", "T_a_idx"):
        project.drift(name)
        found.append(project.job("run", *words).code)
    assert tuple(found) == codes


def test_a_baseline_accepts_what_is_in_it(project: Project) -> None:
    project.drift("odd")
    assert project.job("run", "--write-baseline", "accepted.json").code == 1
    text = (project.folder / "accepted.json").read_text()
    ended = project.check("--baseline", "accepted.json")
    assert (ended["code"], [finding["accepted"] for finding in ended["findings"]]) == (0, [True])
    project.drift("odder")
    assert project.job("run", "--baseline", "accepted.json").code == 1
    project.drift("odd")
    project.have("dev", index("T", "a", "odd"), index("T", "b", "one_more"))
    assert project.job("run", "--baseline", "accepted.json", "--fail-on", "warning").code == 1
    project.drift("odd")
    project.job("run", "--write-baseline", "accepted.json")
    assert (project.folder / "accepted.json").read_text() == text


@pytest.mark.parametrize("text", ["", "{}", '{"format_version": 9}', '{"format_version": 1, "accepted": [3]}'])
def test_a_damaged_baseline(project: Project, text: str) -> None:
    (project.folder / "accepted.json").write_text(text)
    ended = project.job("run", "--baseline", "accepted.json")
    assert ended.code == 2
    assert "accepted.json" in ended.err


def test_an_ignore_that_ended_is_told(project: Project) -> None:
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011
    project.configure(f'{BOTH}[[ignore]]\nrule = "name-drift"\nreason = "later"\nuntil = {yesterday}\n')
    project.drift("odd")
    ended = project.check()
    assert ended["code"] == 1
    assert "ended on" in ended["warnings"][0]
    project.configure(f'{BOTH}[[ignore]]\nrule = "name-drift"\nreason = "later"\nuntil = {date.today()}\n')  # noqa: DTZ011
    assert project.check()["summary"] == {"new": 0, "changed": 0, "resolved": 1, "standing": 0}


def test_an_environment_that_can_not_be_used_hides_nothing(project: Project) -> None:
    project.configure(f'{BOTH}[environments.qa]\nurl = "${{QA_URL}}"\n')
    project.drift("odd")
    ended = project.check()
    assert ended["code"] == 2
    states = {one["name"]: one["state"] for one in ended["environments"]}
    assert states == {"prod": "read", "dev": "read", "qa": "unusable"}
    assert ended["summary"]["new"] == 1
    assert "QA_URL" in ended["err"]


def test_what_was_not_looked_at_stands(project: Project) -> None:
    """A finding is not resolved because one of its environments was left out, or can't be read."""
    project.configure(f'{BOTH}[environments.qa]\nfile = "qa.json"\n')
    project.drift("T_a_idx")
    project.have("qa", index("T", "a", "odd"))
    assert project.check()["summary"]["new"] == 1
    left_out = project.check("prod", "dev")
    assert (left_out["summary"]["standing"], left_out["findings"][0]["verified"]) == (1, False)
    (project.folder / "qa.json").unlink()
    assert project.check()["summary"]["standing"] == 1
    project.configure(BOTH)  # taken out for good
    assert project.check()["summary"]["resolved"] == 1


def test_one_environment_is_compared_with_the_convention(project: Project) -> None:
    project.configure('[environments.prod]\nfile = "prod.json"\n')
    project.have("prod", index("T", "a", "odd"))
    ended = project.check()
    assert [finding["rule"] for finding in ended["findings"]] == ["off-convention"]


def test_nothing_to_check(project: Project) -> None:
    project.configure("")
    ended = project.job("run")
    assert (ended.code, "no environment was named" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param("5/4", "no shard: 5/4", id="too high"),
        pytest.param("0/4", "no shard: 0/4", id="from 1"),
        pytest.param("x", "no shard: x", id="no number"),
        pytest.param("4", "no shard: 4", id="nothing counts"),
    ],
)
def test_no_shard(project: Project, words: str, why: str) -> None:
    ended = project.job("run", "--shard", words)
    assert (ended.code, why in ended.err) == (2, True)


def test_kubernetes_counts_shards(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "3")
    project.drift("odd")
    assert project.check("--shard", "4")["scope"] == "4/4"


def test_where_the_history_is(project: Project) -> None:
    project.configure(f'{BOTH}[job]\nhistory = "${{HISTORY_URL:-file:deep/down/here.db}}"\n')
    project.drift("odd")
    project.job("run")
    assert (project.folder / "deep" / "down" / "here.db").is_file()
    assert not (project.folder / ".namesync").exists()


def test_a_lease_outlives_every_wait() -> None:
    """A connection and a query may take that long by default; a deployment is waited for as long, too."""
    assert LEASE_S > 10 + 60 + 60


def test_an_environment_that_is_away_makes_nothing_new(project: Project) -> None:
    """What can only be said of all environments waits until all are there."""
    project.drift("odd")
    project.have("prod", index("T", "a", "odder"))
    away = (project.folder / "dev.json").read_text()
    assert [found["rule"] for found in project.check()["findings"]] == ["name-drift"]
    (project.folder / "dev.json").unlink()
    document = project.check()
    assert [(found["rule"], found["what"], found["verified"]) for found in document["findings"]] == [
        ("name-drift", "standing", False)
    ]
    (project.folder / "prod.json").rename(project.folder / "gone.json")
    nobody = project.check()
    assert (nobody["summary"]["standing"], nobody["code"]) == (1, 2)
    (project.folder / "gone.json").rename(project.folder / "prod.json")
    (project.folder / "dev.json").write_text(away)
    assert project.check()["summary"] == {"new": 0, "changed": 0, "resolved": 0, "standing": 1}


def test_a_group_that_comes_back(project: Project) -> None:
    (project.folder / "urls").write_text("")
    text = '[environments.g]\neach_url = "urls"\ncompare = "majority"\n[job]\nattempts = 1\n'
    project.configure(text)
    assert project.check()["code"] == 2
    assert _state(project, "g") == "unusable"
    sqlite = [f"{name}=file:{project.folder / name}.db" for name in ("a", "b")]
    (project.folder / "urls").write_text("\n".join(sqlite))
    for name in ("a", "b"):
        with closing(sqlite3.connect(project.folder / f"{name}.db")) as connected:
            connected.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    document = project.check()
    assert (document["code"], document["groups"][0]["alike"]) == (0, 2)
    assert _state(project, "g") == "read"


def _state(project: Project, name: str) -> str:
    with closing(sqlite3.connect(project.folder / ".namesync" / "history.db")) as connected:
        row = connected.execute("SELECT state FROM namesync_environment WHERE name = ?", (name,)).fetchone()
    return str(row[0])
