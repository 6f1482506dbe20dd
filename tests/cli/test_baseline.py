"""`--baseline` and `--write-baseline`: what is accepted passes, anything more does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from namesync import baseline
from namesync.errors import ConfigError, UsageError
from namesync.model import Key, Kind, TableRef
from namesync.report import Finding, Rule
from tests.cli.conftest import DEV, PROD, Run
from tests.core.worlds import unique, world

Snapshots = Callable[..., None]
PAIR = ("diff", "prod.json", "dev.json")


@pytest.fixture(autouse=True)
def _guide(snapshots: Snapshots) -> None:
    snapshots()


@pytest.fixture
def accepted(namesync: Run, tmp_path: Path) -> Path:
    """A baseline of what the guide's two environments differ in."""
    ended = namesync(*PAIR, "--write-baseline", "accepted.json")
    assert ended.code == 0
    assert "Custom_Production_Name" in ended.out  # what is accepted is shown
    assert ended.err == "wrote accepted.json: it accepts 4 findings\n"
    return tmp_path / "accepted.json"


def test_what_is_accepted_passes(namesync: Run, accepted: Path) -> None:
    ended = namesync(*PAIR, "--baseline", "accepted.json", "--fail-on", "note")
    assert (ended.code, ended.err) == (0, "")
    assert "accepted by the baseline      4" in ended.out
    document = json.loads(namesync(*PAIR, "--baseline", "accepted.json", "--format", "json").out)
    assert (document["findings"], document["accepted"]) == ([], 4)


def test_more_than_that_does_not(namesync: Run, accepted: Path, snapshots: Snapshots) -> None:
    snapshots(prod=world(*PROD.objects, unique("T", "a", "x")), dev=world(*DEV.objects, unique("T", "a", "y")))
    document = json.loads(namesync(*PAIR, "--baseline", "accepted.json", "--format", "json").out)
    assert [(one["rule"], one["table"]) for one in document["findings"]] == [("name-drift", "T")]
    assert namesync(*PAIR, "--baseline", "accepted.json").code == 1


def test_a_finding_that_changed_is_more(namesync: Run, accepted: Path, snapshots: Snapshots) -> None:
    """The key and the rule are those accepted; the name is another one since."""
    again = [replace(one, name="third") if one.name == "Custom_Foreign_Key_Constraint" else one for one in DEV.objects]
    snapshots(prod=PROD, dev=world(*again))
    ended = namesync(*PAIR, "--baseline", "accepted.json")
    assert ended.code == 1
    assert "third" in ended.out
    assert "User_email_key" not in ended.out


def test_what_is_gone_is_no_matter(namesync: Run, accepted: Path, snapshots: Snapshots) -> None:
    snapshots(prod=PROD, dev=PROD)
    assert namesync(*PAIR, "--baseline", "accepted.json", "--fail-on", "warning").code == 0


def test_check_has_it_too(namesync: Run, tmp_path: Path) -> None:
    assert namesync("check", "prod.json", "--fail-on", "note").code == 1
    assert namesync("check", "prod.json", "--write-baseline", "b.json").code == 0
    assert namesync("check", "prod.json", "--baseline", "b.json", "--fail-on", "note").code == 0


def test_it_is_written_the_same_every_time_and_for_review(namesync: Run, accepted: Path) -> None:
    before = accepted.read_bytes()
    namesync(*PAIR, "--write-baseline", "accepted.json")
    assert accepted.read_bytes() == before
    document = json.loads(before)
    schema = json.loads(files("namesync").joinpath("schemas", "baseline-1.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert [(one["rule"], one["table"], one["names"]["dev"]) for one in document["accepted"]] == [
        ("missing-object", "Post", None),
        ("name-drift", "Post", "Custom_Foreign_Key_Constraint"),
        ("off-convention", "Post", "odd_pk"),
        ("name-drift", "User", "User_email_key"),
    ]


def test_ignored_findings_are_not_in_it(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text('[[ignore]]\nreason = "theirs"\ntable = "Post"\n')
    namesync(*PAIR, "--write-baseline", "b.json")
    assert [one["table"] for one in json.loads((tmp_path / "b.json").read_text())["accepted"]] == ["User"]


def test_nothing_is_accepted_where_not_all_was_read(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "qa.json").write_text("{")
    assert namesync(*PAIR, "qa.json", "--write-baseline", "b.json").code == 2
    assert not (tmp_path / "b.json").exists()


def test_an_unreadable_environment_is_not_clean_for_all_that_is_accepted(namesync: Run, accepted: Path, tmp_path: Path) -> None:
    (tmp_path / "qa.json").write_text("{")
    assert namesync(*PAIR, "qa.json", "--baseline", "accepted.json").code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        ("{}", "damaged"),
        ("[]", "damaged"),
        ('{"format_version": 1, "accepted": [{"subject": ""}]}', "damaged"),
        ('{"format_version": 1, "accepted": 3}', "damaged"),
        ('{"format_version": 2, "accepted": []}', "a baseline of format 2, and this namesync knows 1"),
        ('{"format_version": "1", "accepted": []}', "a baseline of format 1"),
    ],
    ids=ascii,
)
def test_a_damaged_or_newer_one_could_not_run(text: str, message: str, namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(text)
    ended = namesync(*PAIR, "--baseline", "b.json")
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_one_that_is_not_there(namesync: Run) -> None:
    ended = namesync(*PAIR, "--baseline", "nowhere.json")
    assert ended.code == 2
    assert "nowhere.json: No such file" in ended.err


def test_reading_and_writing_at_once(namesync: Run, accepted: Path) -> None:
    assert namesync(*PAIR, "--baseline", "accepted.json", "--write-baseline", "b.json").code == 2


def test_one_that_cant_be_written(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "b.json").mkdir()
    assert namesync(*PAIR, "--write-baseline", "b.json").code == 2


FINDING = Finding(
    Rule.DEFINITION_DRIFT,
    Key(Kind.INDEX, TableRef("", "Post"), ("title",)),
    {"prod": "a", "dev": "a"},
    "words",
    "f" * 32,
    candidates={"prod": ("a", "b")},
    differences={"method": {"prod": "btree", "dev": "hash"}},
)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"message": "other words"}, True),
        ({"expected": "Post_title_idx"}, True),
        ({"origins": {"prod": "made by Prisma 2"}}, True),
        ({"names": {"prod": "a", "dev": "b"}}, False),
        ({"names": {"prod": "a", "dev": "a", "qa": "a"}}, False),
        ({"declared": "a"}, False),
        ({"candidates": {"prod": ("a", "c")}}, False),
        ({"differences": {"method": {"prod": "btree", "dev": "gin"}}}, False),
        ({"fingerprint": "0" * 32}, False),
    ],
    ids=str,
)
def test_what_makes_a_finding_more_than_was_accepted(changed: dict[str, object], same: bool, tmp_path: Path) -> None:
    baseline.write_baseline(tmp_path / "b.json", [baseline.entry(FINDING)])
    read = baseline.read_baseline(tmp_path / "b.json")
    assert baseline.accepts(read, baseline.entry(replace(FINDING, **changed))) is same  # type: ignore[arg-type]


def test_every_error_is_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        baseline.read_baseline(tmp_path)
    with pytest.raises(UsageError):
        baseline.write_baseline(tmp_path, [])
