"""The rules' pages as HTML, for the end of the report."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

from namesync.render.pages import page
from namesync.report import Rule

_HEADINGS_BELOW = 2
"""The report has two levels of headings above a page's own."""


def help_text(rule: Rule) -> Markup:
    """The page without its heading; links to other pages lead to their places in the report."""
    body = page(rule).partition("\n\n")[2]
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(re.sub(r"\(([\w-]+)\.md\)", r"(#rule-\1)", body))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + _HEADINGS_BELOW}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - made of our own pages
