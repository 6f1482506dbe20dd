"""Which objects `--only` and `--exclude` take."""

from __future__ import annotations

import pytest

from namesync.emit.choice import choice
from namesync.errors import UsageError
from tests.core.worlds import fk, index

POST = index("Post", "title", "Post_title_idx")
KEY = fk("Comment", "postId", "Post(id)", "odd")


@pytest.mark.parametrize(
    ("only", "exclude", "taken"),
    [
        pytest.param([], [], [POST, KEY], id="everything"),
        pytest.param(["Post"], [], [POST], id="a-table"),
        pytest.param(["table:P*"], [], [POST], id="tables-by-glob"),
        pytest.param(["kind:foreign_key"], [], [KEY], id="a-kind"),
        pytest.param(["name:odd"], [], [KEY], id="a-name"),
        pytest.param(["name:new"], [], [POST, KEY], id="the-name-wanted"),
        pytest.param(["Post", "Comment"], [], [POST, KEY], id="either-of-two-tables"),
        pytest.param(["Post", "kind:foreign_key"], [], [], id="every-field-must-fit"),
        pytest.param([], ["Comment", "kind:unique"], [POST], id="any-exclusion-counts"),
        pytest.param(["Post", "Comment"], ["kind:index"], [KEY], id="exclusion-wins"),
    ],
)
def test_choices(only: list[str], exclude: list[str], taken: list) -> None:
    chosen = choice(only, exclude)
    assert [obj for obj in (POST, KEY) if chosen.takes(obj, "new")] == taken


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(UsageError, match="kind:constraint"):
        choice(["kind:constraint"])
