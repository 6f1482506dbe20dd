"""Where the time of one namesync command goes: `inside.py STAGES WORDS...`, in the folder of a project. Prints JSON.

STAGES is JSON, {"stage": "module:function"}. Each stage gets [seconds, seconds of processor]; what passes in another stage
within it counts as the other's. The difference of the two is waiting, which is to say the server's time.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from typing import Any

IMPORTS = "imports"
_MAIN = threading.get_ident()


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()  # the latter of all threads


class Clock:
    """Stage -> seconds and seconds of processor, as the main thread sees them."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._open: list[list[float]] = []

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            if threading.get_ident() != _MAIN:
                return function(*given, **named)
            self._open.append([0.0, 0.0])
            began = _now()
            try:
                return function(*given, **named)
            finally:
                within = self._open.pop()
                for place, (before, after) in enumerate(zip(began, _now(), strict=True)):
                    self.spent[stage][place] += after - before - within[place]
                    if self._open:
                        self._open[-1][place] += after - before

        return timed


def patch(stages: dict[str, str], clock: Clock) -> None:
    """Puts the clock around the functions, wherever they have been imported to."""
    for stage, place in stages.items():
        module, _, name = place.partition(":")
        original = getattr(importlib.import_module(module), name)
        timed = clock.around(stage, original)
        for each in [one for called, one in sys.modules.items() if called.startswith("namesync")]:
            for known, value in list(vars(each).items()):
                if value is original:
                    setattr(each, known, timed)


def main() -> None:
    started = time.monotonic() - float(os.environ["NAMESYNC_BENCHMARK_BEGAN"])
    stages, sys.argv[1:] = json.loads(sys.argv[1]), sys.argv[2:]
    clock = Clock()
    began = _now()
    builtins.__import__ = clock.around(IMPORTS, builtins.__import__)
    clock.around(IMPORTS, patch)(stages, clock)
    with redirect_stdout(io.StringIO()), suppress(SystemExit):
        importlib.import_module("namesync.cli").main()
    whole = [after - before for before, after in zip(began, _now(), strict=True)]
    rest = [all_of - sum(found[place] for found in clock.spent.values()) for place, all_of in enumerate(whole)]
    print(json.dumps({"the interpreter": [started, started], **clock.spent, "the rest": rest}))


if __name__ == "__main__":
    main()
