"""What the HTML report looks like: on screens, on paper, and to those who can't see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from namesync.render.html.history import Moment
from namesync.report import Report, Severity
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.large import large
from tests.render.reports import CLEAN, EVERYTHING, GUIDE, TENANTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
DAY = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = [Moment(DAY + timedelta(days=day), {Severity.ERROR: 9 - day, Severity.WARNING: 3}) for day in range(9)]
WIDTHS = {"phone": 390, "tablet": 800, "screen": 1280}


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(name: str, scheme: str, opened: Open, tmp_path: Path) -> None:
    """The pictures stay in the test's folder, for whoever changes the design."""
    page = opened(EVERYTHING, width=WIDTHS[name], scheme=scheme, history=HISTORY)
    page.locator(".toggle").nth(1).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[name]
    picture = page.screenshot(path=tmp_path / f"{name}-{scheme}.png", full_page=True)
    assert len(picture) > 10_000


@pytest.mark.parametrize("name", ["long", "html", "bidi"])
def test_a_long_name_breaks_instead_of_the_page(name: str, opened: Open) -> None:
    page = opened(hostile(NAMES[name]), width=390)
    page.locator(".toggle").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_theme_is_the_systems_until_the_button_says_otherwise(opened: Open) -> None:
    light, page = background(opened(GUIDE)), opened(GUIDE, scheme="dark")
    dark = background(page)
    assert light != dark
    page.get_by_role("button", name="Theme: system").click()
    assert background(page) == light
    page.reload()
    assert background(page) == light
    page.get_by_role("button", name="Theme: light").click()
    assert background(page) == dark


def test_on_paper_all_that_is_shown_is_open_and_light(opened: Open, tmp_path: Path) -> None:
    page = opened(EVERYTHING, scheme="dark", at="#table=User")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".details").count() == page.locator(".toggle").count() == 4
    assert not page.locator("#filters").is_visible()
    assert background(page) == "rgb(255, 255, 255)"
    assert page.get_by_text("Decide which name wins.").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".details").count() == 0
    assert page.pdf(path=tmp_path / "report.pdf").startswith(b"%PDF")


# Accessibility.


@pytest.fixture(scope="session")
def axe() -> str:
    """The axe-core that comes with a test dependency."""
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("report", "width", "scheme"),
    [
        (EVERYTHING, 1280, "light"),
        (EVERYTHING, 1280, "dark"),
        (EVERYTHING, 390, "light"),
        (EVERYTHING, 390, "dark"),
        (TENANTS, 1280, "light"),
        (CLEAN, 1280, "dark"),
        (hostile(NAMES["html"]), 1280, "light"),
    ],
    ids=["screen-light", "screen-dark", "phone-light", "phone-dark", "tenants", "clean", "hostile"],
)
def test_axe_finds_nothing(report: Report, width: int, scheme: str, opened: Open, axe: str) -> None:
    page = opened(report, width=width, scheme=scheme, history=HISTORY)
    for toggle in page.locator(".toggle").all()[:3]:
        toggle.click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    page.evaluate(axe)
    found = page.evaluate("axe.run().then((result) => result)")
    told = [(violation["id"], [node["html"] for node in violation["nodes"]][:3]) for violation in found["violations"]]
    assert told == []
    assert len(found["passes"]) > 15


def test_axe_finds_nothing_in_the_pages(opened: Open, axe: str) -> None:
    page = opened(large(110))
    page.evaluate(axe)
    assert page.evaluate("axe.run('#pages').then((result) => result.violations.map((found) => found.id))") == []


def test_axe_finds_a_field_without_a_label(opened: Open, axe: str) -> None:
    page = opened(GUIDE)
    page.evaluate("(() => { const field = document.querySelector('[name=rule]'); field.parentElement.replaceWith(field); })()")
    page.evaluate(axe)
    assert page.evaluate("axe.run().then((result) => result.violations.map((found) => found.id))") == ["select-name"]


def test_rules_of_every_severity_are_told_apart_without_color(opened: Open) -> None:
    page = opened(EVERYTHING)
    tags = {tag.split(": ")[0] for tag in page.locator(".tags li").all_inner_texts()}
    assert tags == {"✕ error", "! warning", "– note"}
    fills = page.evaluate("[...document.querySelectorAll('.legend .square')].map((one) => getComputedStyle(one).fill)")
    assert len({str(fill).startswith("url") and str(fill) for fill in fills}) == 3
