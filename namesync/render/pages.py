"""The page of each rule: what `namesync explain` prints, and the help of the formats that have a place for it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from namesync.report import Rule


@cache
def page(rule: Rule) -> str:
    """The rule's page, in Markdown."""
    return files("namesync").joinpath("rules", f"{rule}.md").read_text(encoding="utf-8")


def title(rule: Rule) -> str:
    """The page's first sentence, below its heading."""
    return page(rule).split("\n\n")[1].replace("\n", " ")


def standalone(rule: Rule) -> str:
    """The page for where its neighbours are not beside it: their names instead of links to them."""
    return re.sub(r"\[([\w-]+)\]\(\1\.md\)", r"`\1`", page(rule))
