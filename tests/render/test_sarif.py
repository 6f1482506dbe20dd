"""SARIF 2.1.0: the standard's schema, what GitHub asks for beyond it, golden files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Standard

from namesync import __version__
from namesync.render import RENDERERS
from namesync.render.terminal import visible
from namesync.report import Report, Rule
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import CLEAN, DRIFT, GUIDE, MISMATCH, REPORTS, UNREACHABLE

Golden = Callable[[str, str], None]
EVERY = pytest.mark.parametrize("report", [*REPORTS.values(), *map(hostile, NAMES.values())], ids=[*REPORTS, *NAMES])


def run(report: Report) -> dict[str, Any]:
    [found] = json.loads(RENDERERS["sarif"](report))["runs"]
    return dict(found)


@pytest.mark.parametrize("name", ["everything", "unreachable"])
def test_golden(name: str, golden: Golden) -> None:
    document = json.loads(RENDERERS["sarif"](REPORTS[name]).replace(f'"{__version__}"', '"VERSION"'))
    for rule in document["runs"][0]["tool"]["driver"]["rules"]:
        rule["help"] = "the rule's page"
    golden(f"{name}.sarif.json", json.dumps(document, indent=2) + "\n")


@EVERY
def test_it_fits_the_standards_schema(report: Report) -> None:
    """The model is generated from the schema that OASIS publishes; unknown properties are refused."""
    Standard.model_validate_json(RENDERERS["sarif"](report))


@pytest.mark.parametrize("spoil", ["version", "level", "unknown"])
def test_the_schema_refuses_what_is_wrong(spoil: str) -> None:
    document = json.loads(RENDERERS["sarif"](GUIDE))
    match spoil:
        case "version":
            document["version"] = "2.2"
        case "level":
            document["runs"][0]["results"][0]["level"] = "fatal"
        case _:
            document["runs"][0]["results"][0]["severity"] = "high"
    with pytest.raises(ValueError, match="validation error"):
        Standard.model_validate_json(json.dumps(document))


@EVERY
def test_github_takes_it(report: Report) -> None:
    """One result without a place and GitHub refuses the file; it knows an alert again by `primaryLocationLineHash`."""
    found = run(report)
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in found["tool"]["driver"]["rules"])
    for result in found["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].isascii()
        assert not place["artifactLocation"]["uri"].startswith(("/", "./"))
        assert place["region"]["startLine"] >= 1
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    fingerprints = [(result["ruleId"], result["partialFingerprints"]["primaryLocationLineHash"]) for result in found["results"]]
    assert len(set(fingerprints)) == len(fingerprints)


def test_every_rule_is_there_found_or_not_with_its_page() -> None:
    rules = run(CLEAN)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(Rule)
    assert all(f"# {rule['id']}" in rule["help"]["markdown"] for rule in rules)
    assert not any(".md)" in rule["help"]["markdown"] for rule in rules)


def test_a_finding_in_a_schema_has_its_place_and_another_the_top_of_the_schema() -> None:
    report = replace(GUIDE, findings=(DRIFT, MISMATCH))
    places = [result["locations"][0]["physicalLocation"] for result in run(report)["results"]]
    assert [place["region"] for place in places] == [{"startLine": 1, "startColumn": 1}, {"startLine": 7, "startColumn": 3}]
    assert {place["artifactLocation"]["uri"] for place in places} == {"prisma/schema.prisma"}


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("prisma/schema.prisma", {"uri": "prisma/schema.prisma", "uriBaseId": "%SRCROOT%"}),
        ("./my schema/ä.prisma", {"uri": "my%20schema/%C3%A4.prisma", "uriBaseId": "%SRCROOT%"}),
        ("/home/me/schema.prisma", {"uri": "file:///home/me/schema.prisma"}),
        ("C:\\me\\schema.prisma", {"uri": "file:///C:/me/schema.prisma"}),
    ],
    ids=["relative", "escaped", "absolute", "windows"],
)
def test_the_schemas_path_is_a_uri(file: str, artifact: dict[str, str]) -> None:
    assert MISMATCH.location is not None
    finding = replace(MISMATCH, location=replace(MISMATCH.location, file=file))
    [result] = run(replace(GUIDE, findings=(finding,)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_an_incomplete_comparison_says_so() -> None:
    [invocation] = run(UNREACHABLE)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "qa could not be read" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert run(GUIDE)["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_shown_and_harmless(name: str) -> None:
    text = RENDERERS["sarif"](hostile(name))
    assert text.isascii()
    message = run(hostile(name))["results"][0]["message"]["text"]
    assert message == visible(message)
    assert "](" not in message.replace("\\](", "")  # 3.11.6: no embedded link
    assert message.replace("\\[", "[").replace("\\]", "]").endswith(visible(hostile(name).findings[0].message))
