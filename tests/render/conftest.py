"""The fixtures `browser`, a real Chromium, one for each worker of a run, and `opened`, a report in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from namesync.render.html import render
from namesync.report import Report
from tests.servers import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        missing("chromium", "none of chromium, chromium-browser and google-chrome is on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Its sandbox needs what root and containers don't have; the pages are our own.
        running = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a report as a file; at the end there may have been no message on the console, no error and no request."""
    complaints: list[str] = []
    contexts = []

    def open_(report: Report, *, width: int = 1280, scheme: Any = "light", at: str = "", history: Any = ()) -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(report, history), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request", lambda request: complaints.append(request.url) if not request.url.startswith(file.as_uri()) else None
        )
        page.goto(file.as_uri() + at)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [found for found in complaints if not found.startswith("data:,")] == []
