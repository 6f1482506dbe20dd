"""The HTML report: one file that needs nothing else and asks for nothing.

Its content security policy allows the one script and the one style sheet that are in it, by their hashes, and nothing more.
Text is escaped by Jinja2; the list's data is JSON, which the script puts on the page as text, never as HTML.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from namesync import __version__
from namesync.render.html.data import payload, rows
from namesync.render.html.help import help_text
from namesync.render.html.history import Moment, course
from namesync.render.html.picture import drift_map
from namesync.render.pages import title
from namesync.render.terminal import visible
from namesync.render.words import counted, left_out, verdict
from namesync.report import SEVERITIES, Report, Rule, Severity

SIGNS: Mapping[Severity, str] = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.NOTE: "–"}


def render(report: Report, history: Sequence[Moment] = ()) -> str:
    """The page. `history`: earlier runs of the same comparison, drawn where there are two or more."""
    style, script = _resource("page.css"), _resource("page.js")
    counts, objects = report.summary, rows(report)
    page: str = _template().render(
        report=report,
        verdict=verdict(report),
        left_out=left_out(report),
        rules=[(rule, SEVERITIES[rule], counts[rule], title(rule)) for rule in Rule if counts[rule]],
        severities=sorted(Severity, reverse=True),
        signs=SIGNS,
        map=drift_map(report, objects),
        course=course(history),
        data=_json(payload(report, objects)),
        style=Markup(style),  # noqa: S704 - the package's own file
        script=Markup(script),  # noqa: S704 - the package's own file
        policy=_policy(style, script),
        version=__version__,
    )
    return page


def _policy(style: str, script: str) -> str:
    """https://www.w3.org/TR/CSP3/: what is not allowed here is refused."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(data: Mapping[str, Any]) -> Markup:
    """JSON that can stand in a script element: ASCII, and no `<`, so that nothing in it ends the element."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - has no `<`


@cache
def _resource(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(visible=visible, counted=counted)
    environment.globals["help_text"] = help_text
    return environment.get_template("page.html.jinja")
