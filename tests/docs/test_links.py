"""Links between documents lead to files and headings that are there, and every document is in the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, anchor, headings, links, pages

PAGES = {str(page.relative_to(ROOT)): page for page in pages()}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = PAGES[name]
    lost = []
    for link in links(page.read_text(encoding="utf-8")):
        target, _, part = link.partition("#")
        if ":" in target:
            continue  # elsewhere
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (part and part not in map(anchor, headings(file.read_text(encoding="utf-8")))):
            lost.append(link)
    assert lost == []


def test_every_document_is_in_the_index() -> None:
    index = {Path(link.partition("#")[0]).name for link in links((DOCS / "README.md").read_text(encoding="utf-8"))}
    assert {page.name for page in DOCS.glob("*.md")} - index - {"README.md"} == set()
