"""`--format json`, version 1: the published schema, golden files, and the promises of the format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from namesync import __version__
from namesync.render import RENDERERS
from namesync.report import Report, Rule
from tests.render.reports import AMBIGUOUS, CLEAN, DRIFT, EVERYTHING, GUIDE, NOTHING_READ, REPORTS, SERVER_WITHOUT_NAMES

Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("namesync").joinpath("schemas", "report-1.json").read_text(encoding="utf-8"))
    return found


def parsed(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RENDERERS["json"](report))
    return found


def test_the_schema_is_itself_valid(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits_the_published_schema(name: str, schema: dict[str, Any]) -> None:
    jsonschema.validate(parsed(REPORTS[name]), schema)


@pytest.mark.parametrize("field", ["format_version", "findings", "summary", "environments", "command", "convention", "tool"])
def test_the_schema_misses_a_field_that_is_gone(field: str, schema: dict[str, Any]) -> None:
    document = parsed(EVERYTHING)
    del document[field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("field", sorted(json.loads(RENDERERS["json"](GUIDE))["findings"][0]))
def test_the_schema_misses_a_field_of_a_finding_that_is_gone(field: str, schema: dict[str, Any]) -> None:
    document = parsed(GUIDE)
    del document["findings"][0][field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("name", ["everything", "unreachable"])
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.json", RENDERERS["json"](replace(REPORTS[name])).replace(f'"{__version__}"', '"VERSION"'))


def test_the_contracts_example() -> None:
    """The shape that programs read, on the guide's foreign key."""
    finding = parsed(GUIDE)["findings"][0]
    assert finding == {
        "rule": "name-drift",
        "severity": "error",
        "kind": "foreign_key",
        "schema": None,
        "table": "Post",
        "columns": ["authorName"],
        "references": {"schema": None, "table": "User", "columns": ["name"]},
        "names": {"prod": "Custom_Production_Name", "dev": "Custom_Foreign_Key_Constraint"},
        "expected": "Post_authorName_fkey",
        "declared": None,
        "origins": {"prod": None, "dev": None},
        "message": DRIFT.message,
        "fingerprint": "f01",
    }


def test_the_summary_counts_every_rule() -> None:
    assert parsed(CLEAN)["summary"] == {"objects": 11} | {rule.value: 0 for rule in Rule}


def test_absent_and_nameless_are_told_apart() -> None:
    assert parsed(SERVER_WITHOUT_NAMES)["findings"][0]["names"] == {"prod": "", "dev": None}


def test_only_an_ambiguous_group_has_candidates() -> None:
    found = {finding["rule"]: finding.get("candidates") for finding in parsed(EVERYTHING)["findings"]}
    assert (
        found["ambiguous-match"]
        == {"prod": ["x1", "x2"], "dev": ["y1", "y2"]}
        == {name: list(names) for name, names in AMBIGUOUS.candidates.items()}
    )
    assert [rule for rule, candidates in found.items() if candidates is not None] == ["ambiguous-match"]


def test_an_unread_environment_has_its_error_and_no_provider() -> None:
    environment = parsed(NOTHING_READ)["environments"][0]
    assert (environment["provider"], environment["error"]) == (None, "no answer in time")


def test_any_name_survives_in_ascii() -> None:
    name = '\x1b[31m "\\\n\u202e日本😀\ud800'
    text = RENDERERS["json"](replace(GUIDE, findings=(replace(DRIFT, names={"prod": name, "dev": None}),)))
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["findings"][0]["names"]["prod"] == name
