"""From catalogs and wanted names to ordered steps, proved before anything is written. Values in, values out.

names wanted (`aligned`, `adopted`) -> `plan_renames` for one environment -> `prove`
                                    -> `merge` for one migration file that is right in all of them
"""

from __future__ import annotations

from namesync.plan.guards import Guard
from namesync.plan.merging import Change, Down, Migration, Options, Style, merge
from namesync.plan.renames import plan_renames
from namesync.plan.simulate import prove, simulate
from namesync.plan.steps import Batch, Blocked, Hazard, Plan, Risk, Step, reverse
from namesync.plan.wanted import Wanted, adopted, aligned, unqualified

__all__ = [
    "Batch",
    "Blocked",
    "Change",
    "Down",
    "Guard",
    "Hazard",
    "Migration",
    "Options",
    "Plan",
    "Risk",
    "Step",
    "Style",
    "Wanted",
    "adopted",
    "aligned",
    "merge",
    "plan_renames",
    "prove",
    "reverse",
    "simulate",
    "unqualified",
]
