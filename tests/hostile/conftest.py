from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.hostile.tally import Tally

_FOLDER = "NAMESYNC_TEST_CAMPAIGN"  # for the counts of a long campaign: scripts/campaign sets it
CAMPAIGN = _FOLDER in os.environ


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """Counts what is tried: `with tally.trial("network", "resets"): ...`; `tally.size(short, long)` says how often."""
    folder = os.environ.get(_FOLDER)
    counts = Tally(long=folder is not None)
    yield counts
    if folder is not None:
        counts.write(Path(folder) / f"{uuid4()}.json")
