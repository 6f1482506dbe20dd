"""The HTML report in a real Chromium, as a reader uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from namesync.render.html import render
from namesync.render.terminal import visible
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.large import large
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, GUIDE, TENANTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

Open = Callable[..., "Page"]


def status(page: Page) -> str:
    return page.locator("#status").inner_text()


def field(page: Page, label: str) -> Locator:
    return page.locator("#filters").get_by_label(label)


def objects(page: Page) -> list[str]:
    return page.locator(".toggle").all_inner_texts()


def test_everything_is_listed_under_its_table(opened: Open) -> None:
    page = opened(EVERYTHING)
    assert status(page) == "9 objects"
    assert page.locator("#objects h3").all_inner_texts() == ["Post", "User"]
    row = page.locator("tr", has_text="foreign key (authorName) → User (name)")
    assert row.locator("td").all_inner_texts() == ["Custom_Production_Name", "Custom_Foreign_Key_Constraint\n✕ differs", ""]
    row = page.locator("tr", has_text="schema-mismatch")
    assert row.locator("td").all_inner_texts() == ["User_pkey", "Custom_Primary_Key\n✕ differs", "User_pkey"]
    assert page.locator(".table thead th").all_inner_texts()[:4] == ["object", "prod (authority)", "dev", "schema.prisma"]


def test_many_environments_share_a_column(opened: Open) -> None:
    page = opened(TENANTS)
    assert page.locator(".group").all_inner_texts() == [
        "Post_authorName_fkey\nin 10 environments",
        "old_name\n✕ differs\nin tenant_03, tenant_07",
    ]


def test_a_clean_report_opens(opened: Open) -> None:
    page = opened(CLEAN)
    assert "every name is as it should be" in page.locator("#list").inner_text()
    page.locator("#theme").click()


# Filters, from the keyboard.


def test_search_with_the_keyboard(opened: Open) -> None:
    page = opened(EVERYTHING)
    field(page, "Search").focus()
    page.keyboard.type("CUSTOM_prod authorname")
    page.get_by_text("1 object found among 9").wait_for()
    assert objects(page) == ["foreign key (authorName) → User (name)"]
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.get_by_text("9 objects", exact=True).wait_for()


@pytest.mark.parametrize(
    ("label", "keys", "found"),
    [
        ("Rule", "name-d", 2),
        ("Kind", "pri", 2),
        ("Table", "us", 4),
        ("Drifts in", "prod", 4),
    ],
    ids=["rule", "kind", "table", "environment"],
)
def test_a_filter_with_the_keyboard(label: str, keys: str, found: int, opened: Open) -> None:
    page = opened(EVERYTHING)
    field(page, label).focus()
    page.keyboard.type(keys)
    page.get_by_text(f"{found} objects found among 9").wait_for()
    assert len(objects(page)) == found
    page.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    page.get_by_text("9 objects", exact=True).wait_for()


def test_every_control_is_reached_with_tab(opened: Open) -> None:
    page = opened(GUIDE)
    seen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        told = "document.activeElement.name || document.activeElement.id || document.activeElement.textContent.trim()"
        seen.append(page.evaluate(told))
    order = ["Skip to the list of objects", "theme", "search", "rule", "kind", "table", "environment", "Reset"]
    assert [name for name in seen if name in order][: len(order)] == order
    assert "foreign key (authorName) → User (name)" in seen


def test_a_square_of_the_map_is_a_filter(opened: Open) -> None:
    page = opened(EVERYTHING)
    page.get_by_role("link", name="User in prod: 1 object, note").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 object found among 9").wait_for()
    assert objects(page) == ["index (lower(email))"]
    assert (field(page, "Table").input_value(), field(page, "Drifts in").input_value()) == ("User", "prod")


def test_a_filter_is_in_the_address_and_back_from_it(opened: Open) -> None:
    page = opened(EVERYTHING, at="#rule=off-convention&table=Post")
    assert status(page) == "1 object found among 9"
    field(page, "Rule").select_option("name-drift")
    page.wait_for_url("**#rule=name-drift&table=Post")
    page.get_by_role("link", name="definition-drift").first.click()
    page.get_by_text("1 object found among 9").wait_for()
    assert field(page, "Table").input_value() == ""
    page.go_back()
    assert field(page, "Rule").input_value() == "name-drift"


def test_nothing_found_is_said(opened: Open) -> None:
    page = opened(EVERYTHING)
    field(page, "Search").fill("nowhere")
    page.get_by_text("0 objects found among 9").wait_for()
    assert objects(page) == []


# Details and copying.


def test_a_row_opens_and_closes(opened: Open) -> None:
    page = opened(GUIDE)
    toggle = page.locator(".toggle")
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.press("Enter")
    details = page.locator(".details")
    assert DRIFT.message in details.inner_text()
    assert "Prisma's default" in details.inner_text()
    toggle.press("Enter")
    assert (details.count(), toggle.get_attribute("aria-expanded")) == (0, "false")


def test_the_meaning_of_a_rule_is_a_step_away(opened: Open) -> None:
    page = opened(GUIDE)
    page.locator(".toggle").click()
    page.get_by_role("link", name="What name-drift means").click()
    page.get_by_text("Decide which name wins.").wait_for()


@pytest.mark.parametrize(
    ("way", "copied"),
    [
        ("SQL", 'ALTER TABLE "Post" RENAME CONSTRAINT "Custom_Foreign_Key_Constraint" TO "Custom_Production_Name";'),
        ("schema.prisma", '@relation(fields: [authorName], references: [name], map: "Custom_Production_Name")'),
        ("commands", "namesync emit --keep-existing prod dev\n# in dev:\nnpx prisma migrate deploy\n"),
    ],
    ids=["sql", "map", "runbook"],
)
def test_a_copy_button_copies(way: str, copied: str, opened: Open) -> None:
    page = opened(GUIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".toggle").click()
    page.get_by_role("button", name=f"Copy {way}").press("Enter")
    page.locator("button", has_text="Copied").wait_for()
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith(copied)


def test_where_copying_is_not_allowed_the_text_is_selected(opened: Open) -> None:
    page = opened(GUIDE)
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))")
    page.locator(".toggle").click()
    page.get_by_role("button", name="Copy SQL").click()
    page.locator("button", has_text="Press Ctrl+C").wait_for()
    assert str(page.evaluate("String(getSelection())")).startswith('ALTER TABLE "Post"')


# Many objects.


def test_twenty_thousand_objects(opened: Open) -> None:
    page = opened(large(20_000))
    assert status(page) == "Objects 1 to 100 of 20,000"
    opening = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert opening < 10_000  # milliseconds: about 600 on an idle machine
    assert page.evaluate("document.querySelectorAll('*').length") < 6_000
    field(page, "Search").fill("old_name_of_12345")
    page.get_by_text("1 object found among 20,000").wait_for(timeout=5_000)
    assert page.locator("#objects h3").all_inner_texts() == ["table_01543"]


def test_pages(opened: Open) -> None:
    page = opened(large(250))
    assert status(page) == "Objects 1 to 100 of 250"
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    assert status(page) == "Objects 101 to 200 of 250"
    page.keyboard.press("Enter")  # the focus stays
    assert status(page) == "Objects 201 to 250 of 250"
    assert page.get_by_role("button", name="Next").is_disabled()
    page.get_by_role("button", name="First").click()
    assert objects(page)[0] == "index (column_0, tenant_id)"
    field(page, "Table").fill("table_00003")
    page.get_by_text("8 objects found among 250").wait_for()
    assert not page.locator("#pages").is_visible()


# What a name can do: nothing.


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_is_only_shown(name: str, opened: Open) -> None:
    page = opened(hostile(name))
    for toggle in page.locator(".toggle").all():
        toggle.click()
    assert page.evaluate("typeof hacked") == "undefined"
    shown = re.sub(r"\s+", "", page.locator("#objects").inner_text())
    assert re.sub(r"\s+", "", visible(hostile(name).findings[0].message)) in shown


def test_what_the_policy_does_not_allow_is_refused(opened: Open, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "forged.html"
    file.write_text(render(GUIDE).replace("</header>", "<script>hacked = 1</script><img src='http://127.0.0.1:9/x'></header>"))
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(file.as_uri())
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert (
        page.evaluate("(() => { try { document.body.innerHTML = '<b>x</b>'; return 'set' } catch { return 'refused' } })()")
        == "refused"
    )
    page.close()
    assert len([text for text in refused if "Content Security Policy" in text]) >= 3
