"""Reports as text: every renderer is a pure function `Report -> str`, and all of them are in `RENDERERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from namesync.report import Report


def _text(report: Report) -> str:
    from namesync.render.text import render

    return render(report)


def _json(report: Report) -> str:
    from namesync.render.json import render

    return render(report)


def _markdown(report: Report) -> str:
    from namesync.render.markdown import render

    return render(report)


def _html(report: Report) -> str:
    from namesync.render.html import render

    return render(report)


def _sarif(report: Report) -> str:
    from namesync.render.sarif import render

    return render(report)


def _junit(report: Report) -> str:
    from namesync.render.junit import render

    return render(report)


def _github(report: Report) -> str:
    from namesync.render.github import render

    return render(report)


def _gitlab(report: Report) -> str:
    from namesync.render.gitlab import render

    return render(report)


RENDERERS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "markdown": _markdown,
        "html": _html,
        "sarif": _sarif,
        "junit": _junit,
        "github": _github,
        "gitlab": _gitlab,
    }
)
"""`--format` -> its renderer. Each imports what it needs when it runs, so that the program starts fast."""
