"""What is new, standing, changed and resolved, by fingerprint; what could not be looked at is nothing of these."""

from __future__ import annotations

from typing import Any

import pytest

from namesync.job.life import Known, Seen, What, lives


def seen(names: dict[str, str | None], subject: str = "", mark: str = "f", **more: Any) -> Seen:
    return Seen(subject, {"fingerprint": mark, "names": names, "environments": sorted(names), **more})


def become(
    before: Seen | None, now: Seen | None, *, judged: bool = True, unread: tuple[str, ...] = ()
) -> tuple[str, tuple[str, ...]]:
    known = [] if before is None else [Known(1, before, 1)]
    found = lives(known, [] if now is None else [now], judged=lambda _: judged, unread=frozenset(unread))
    assert len(found) == 1
    return found[0].what, found[0].details


AB = seen({"prod": "a", "dev": "b"})


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        pytest.param(None, AB, What.NEW, id="new"),
        pytest.param(AB, AB, What.STANDING, id="standing"),
        pytest.param(AB, None, What.RESOLVED, id="resolved"),
        pytest.param(AB, seen({"prod": "a", "dev": "c"}), What.CHANGED, id="another name"),
        pytest.param(AB, seen({"prod": "a", "dev": None}), What.CHANGED, id="absent now"),
        pytest.param(AB, seen({"prod": "a", "dev": "b"}, message="other words"), What.STANDING, id="other words"),
        pytest.param(AB, seen({"prod": "a", "dev": "b", "qa": "a"}), What.STANDING, id="a new environment with a known name"),
        pytest.param(AB, seen({"prod": "a", "dev": "b", "qa": "c"}), What.CHANGED, id="a new environment with a new name"),
        pytest.param(seen({"prod": "a", "dev": "b", "qa": "c"}), AB, What.STANDING, id="an environment was taken out"),
        pytest.param(
            seen({"prod": "a", "dev": "a"}, differences={"predicate": {"prod": "x", "dev": "y"}}),
            seen({"prod": "a", "dev": "a"}, differences={"predicate": {"prod": "x", "dev": "z"}}),
            What.CHANGED,
            id="another definition",
        ),
        pytest.param(
            seen({"prod": None}, candidates={"prod": ["a", "b"]}),
            seen({"prod": None}, candidates={"prod": ["a", "c"]}),
            What.CHANGED,
            id="other candidates",
        ),
    ],
)
def test_what(before: Seen | None, now: Seen | None, what: What) -> None:
    assert become(before, now)[0] == what


def test_what_changed_is_told() -> None:
    after = seen({"prod": "a", "dev": None}, differences={"predicate": {"prod": "x", "dev": "y"}})
    assert become(AB, after)[1] == ("differences.predicate: (absent) -> {'prod': 'x', 'dev': 'y'}", "names.dev: b -> (absent)")


def test_what_could_not_be_judged_stands() -> None:
    found = lives([Known(1, AB, 1)], [], judged=lambda _: False, unread=frozenset({"dev"}))
    assert [(life.what, life.verified) for life in found] == [(What.STANDING, False)]


def test_an_environment_that_could_not_be_read_changes_nothing() -> None:
    before = seen({"prod": "a", "dev": "b", "qa": "c"}, differences={"predicate": {"prod": "x", "dev": "x", "qa": "y"}})
    after = seen({"prod": "a", "dev": "b"})
    found = lives([Known(1, before, 1)], [after], judged=lambda _: True, unread=frozenset({"qa"}))[0]
    assert found.seen.content["names"] == {"qa": "c", "prod": "a", "dev": "b"}
    assert "qa" in found.seen.content["environments"]
    assert found.seen.content["differences"] == {"predicate": {"qa": "y"}}


def test_members_of_groups_have_lives_of_their_own() -> None:
    one, two = seen({"t": "b"}, "tenants/a"), seen({"t": "b"}, "tenants/b")
    found = lives([Known(1, one, 1)], [two], judged=lambda _: True, unread=frozenset())
    assert [(life.seen.subject, life.what) for life in found] == [("tenants/a", What.RESOLVED), ("tenants/b", What.NEW)]
