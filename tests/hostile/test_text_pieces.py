"""Damaged text once more, put together by hypothesis, which shortens whatever breaks a promise of `test_text.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile import text_seeds as seeds
from tests.hostile.conftest import CAMPAIGN
from tests.hostile.document_mutation import as_json, as_toml, places
from tests.hostile.tally import Tally
from tests.hostile.test_text import assert_configuration, assert_schema, assert_snapshot
from tests.hostile.text_trials import AREA, limited

LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)

tried = settings(max_examples=5_000 if CAMPAIGN else 60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each test: hypothesis takes no fixture that is made anew for each text."""
    return {name: tmp_path_factory.mktemp(name) for name in ("schemas", "snapshots", "configurations")}


@st.composite
def in_pieces(draw: st.DrawFn, texts: Callable[[], Sequence[str]]) -> bytes:
    """A text with some of its tokens replaced by tokens from anywhere, or by anything."""
    tokens = re.findall(r"\w+|\s+|.", draw(st.sampled_from(texts())))
    piece = st.sampled_from(sorted(set(tokens))) | st.text(max_size=5)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(tokens)))
        tokens[start : start + draw(st.integers(0, 8))] = draw(st.lists(piece, max_size=6))
    return "".join(tokens).encode(errors="surrogatepass")


@st.composite
def with_values(draw: st.DrawFn, documents: Callable[[], Sequence[Any]]) -> Any:
    """A document with some of its values replaced by any that JSON has."""
    whole = {"": deepcopy(draw(st.sampled_from(documents())))}
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(places(whole))))
        holder[key] = draw(JSON)
    return whole[""]


@tried
@given(text=in_pieces(seeds.schema_texts), seed=st.integers(0, 99))
def test_schemas(folders: dict[str, Path], tally: Tally, text: bytes, seed: int) -> None:
    with tally.trial(AREA, "schema.prisma put together of its pieces"), limited():
        assert_schema(text, Random(seed), folders["schemas"])


@tried
@given(place=st.integers(0, len(seeds.catalogs()) - 1), data=st.data())
def test_snapshots(folders: dict[str, Path], tally: Tally, place: int, data: st.DataObject) -> None:
    document = data.draw(with_values(lambda: [seeds.snapshot_documents()[place]]))
    with tally.trial(AREA, "snapshot with values of any type"), limited():
        assert_snapshot(as_json(document).encode(), seeds.catalogs()[place], folders["snapshots"])


@tried
@given(text=in_pieces(seeds.configurations) | with_values(seeds.configuration_documents).map(as_toml).map(str.encode))
def test_configurations(folders: dict[str, Path], tally: Tally, text: bytes) -> None:
    with tally.trial(AREA, "configuration put together of its pieces"), limited():
        assert_configuration(text, folders["configurations"] / "namesync.toml")
