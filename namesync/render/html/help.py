"""The rules' pages as HTML, for the end of the report."""

from __future__ import annotations

from collections.abc import Collection

from markdown_it import MarkdownIt
from markupsafe import Markup

from namesync.render.pages import page
from namesync.report import Rule

_HEADINGS_BELOW = 1
"""The pages stand below a heading of the second level, and begin with one themselves."""


def help_text(rule: Rule, shown: Collection[Rule]) -> Markup:
    """The page without its heading; links to other pages lead to their places in the report, if they are shown there."""
    body = page(rule).partition("\n\n")[2]
    for other in Rule:
        body = body.replace(f"[{other}]({other}.md)", f"[{other}](#rule-{other})" if other in shown else f"`{other}`")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + _HEADINGS_BELOW}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - made of our own pages
