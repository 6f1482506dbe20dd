"""Damaged text through the program: exit codes 0, 1 and 2, an error on standard error, no traceback; what is written is whole.

Names in a snapshot are strangers' text: every format has to stand them.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import xml.etree.ElementTree as ET
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from namesync.cli import program
from namesync.cli.failure import run
from namesync.prisma.schema import load_schema
from namesync.render import RENDERERS
from namesync.sources.snapshot import dump
from tests.hostile import text_seeds as seeds
from tests.hostile.document_mutation import as_json, as_toml, twisted
from tests.hostile.mutation import damaged
from tests.hostile.tally import Tally
from tests.hostile.text_trials import Trial, numbers, shared, trial

ERROR_LINE = 1_500  # characters


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


def namesync(*arguments: str) -> Ended:
    """The program in this process; its streams take what a terminal with UTF-8 takes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = run(program, list(arguments))
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    ended = Ended(code, *texts)
    assert ended.code in (0, 1, 2), ended
    assert "Traceback" not in ended.err, ended.err
    assert "unexpected: " not in ended.err, ended.err
    assert ended.code != 2 or "error: " in ended.err, ended
    assert all(len(line) < ERROR_LINE for line in ended.err.splitlines())
    return ended


def there(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((files("namesync") / "schemas" / name).read_text(encoding="utf-8")))


REPORT, EMIT = _validator("report-1.json"), _validator("emit-1.json")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@shared
def test_schemas(share: int, tally: Tally, tmp_path: Path) -> None:
    for number in numbers(tally, share, 32, 2_000):
        with trial(tally, "schema.prisma through check, emit and status", number) as one:
            schema(one, tmp_path)


@shared
def test_snapshots(share: int, tally: Tally, tmp_path: Path) -> None:
    for number in numbers(tally, share, 48, 4_000):
        with trial(tally, "snapshot through diff (every format), snapshot, emit and status", number) as one:
            snapshot(one, tmp_path)


@shared
def test_configurations(share: int, tally: Tally, tmp_path: Path) -> None:
    for number in numbers(tally, share, 32, 2_000):
        with trial(tally, "namesync.toml through config and diff", number) as one:
            configuration(one, tmp_path)


def schema(one: Trial, folder: Path) -> None:
    """`emit --keep-existing`: the schema is edited as a whole and reads again, or it is as it was and nothing else is there."""
    clear(folder)
    place = one.random.randrange(len(seeds.schemas()))
    one.text = damaged(one.random, [seeds.schema_texts()[place]])
    Path("schema.prisma").write_bytes(one.text)
    Path("prod.json").write_text(dump(seeds.live(seeds.schemas()[place], one.random)))
    assert_formats(namesync("check", "prod.json", *outputs(RENDERERS)), "check")
    emit("--keep-existing", folder, "prod.json")


def snapshot(one: Trial, folder: Path) -> None:
    clear(folder)
    place = one.random.randrange(len(seeds.catalogs()))
    if one.random.random() < 0.2:
        one.text = damaged(one.random, [seeds.snapshots()[place]])
    else:
        one.text = as_json(twisted(one.random, seeds.snapshot_documents()[place])).encode()
    Path("prod.json").write_bytes(one.text)
    Path("dev.json").write_text(seeds.snapshots()[place])
    order = one.random.sample(("prod.json", "dev.json"), 2)
    assert_formats(namesync("diff", *order, *outputs(RENDERERS)), "diff")
    again = namesync("snapshot", "prod.json", "-o", "again.json")
    assert Path("again.json").exists() == (again.code == 0)
    emit(one.random.choice(("--keep-existing", "--adopt-defaults")), folder, *order)


def configuration(one: Trial, folder: Path) -> None:
    clear(folder)
    if one.random.random() < 0.5:
        one.text = damaged(one.random, seeds.configurations())
    else:
        one.text = as_toml(twisted(one.random, one.random.choice(seeds.configuration_documents()))).encode(errors="replace")
    Path("namesync.toml").write_bytes(one.text)
    Path("a.json").write_text(seeds.snapshots()[0])
    shown = namesync("config", "--format", one.random.choice(("text", "json")))
    assert shown.code == 2 or "convention" in shown.out
    namesync("diff", "a=a.json", "b=a.json", "--format", "json")
    assert sorted(there(folder)) == ["a.json", "namesync.toml"]


def outputs(formats: Any) -> list[str]:
    return [word for name in formats for word in ("-o", f"{name}:out.{name}")]


def assert_formats(ended: Ended, command: str) -> None:
    """Every format is whole and well formed, or none is there."""
    written = {name: Path(f"out.{name}").read_bytes().decode() for name in RENDERERS if Path(f"out.{name}").exists()}
    if not written:
        assert ended.code == 2
        return
    assert written.keys() == RENDERERS.keys()
    document = json.loads(written["json"])
    REPORT.validate(document)
    assert document["command"] == command
    run_ = json.loads(written["sarif"])["runs"][0]
    for result in run_["results"]:
        for location in result["locations"]:
            assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert len(run_["results"]) == len(document["findings"])
    unread = [one for one in document["environments"] if one.get("error")]
    assert len(json.loads(written["gitlab"])) == len(document["findings"]) + len(unread)
    ET.fromstring(written["junit"])
    assert "</html>" in written["html"]
    assert all(line.startswith("::") for line in written["github"].splitlines())


def emit(mode: str, folder: Path, *environments: str) -> None:
    """What emit says is what it does, and it leaves nothing else behind."""
    before = there(folder)
    ended = namesync("emit", mode, *environments, "--format", "json")
    after = there(folder)
    if ended.code == 2:
        assert after == before
        return
    document = json.loads(ended.out)
    EMIT.validate(document)
    assert {name for name in after if after[name] != before.get(name)} == set(document["written"])
    assert before.keys() <= after.keys()
    if "schema.prisma" in after:
        load_schema(folder / "schema.prisma")
    assert namesync("status", *environments).code in (0, 1)


def clear(folder: Path) -> None:
    """Away with what the trial before wrote."""
    shutil.rmtree(folder)
    folder.mkdir()
    os.chdir(folder)
