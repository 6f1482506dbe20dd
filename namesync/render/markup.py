"""Text from strangers' databases as GitHub's and GitLab's Markdown: shown as it is, whatever it holds.

Nothing in it may become a link, an image, HTML, a heading, a table's border, an issue's number or somebody's name: a mention
in a comment notifies people.
"""

from __future__ import annotations

import re

from namesync.render.terminal import visible, visible_name

_PLAIN = re.compile(r"[^`|\\]+")
_SPECIAL = re.compile(r"[&<>*\[\]`|~#!^$\\@]|:(?=\S)|(?<![^\W_])_|_(?![^\W_])")
_NEVER_A_WORD = "&#8203;"
"""A space of no width: Dependabot and Renovate break mentions and references with it too."""


def code(name: str) -> str:
    """A name as code, also within a table; services leave what looks like a mention in code alone."""
    shown = visible_name(name)
    if _PLAIN.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_SPECIAL.sub(_reference, shown)}</code>"


def prose(text: str) -> str:
    """A sentence that may hold names, not at the beginning of a line; what could be syntax is a character reference."""
    escaped = _SPECIAL.sub(_reference, visible(text))
    broken = re.sub(r"&#(?:64|35);|\b(?:GH-|www)", rf"\g<0>{_NEVER_A_WORD}", escaped, flags=re.IGNORECASE)
    return re.sub(r"&#58;(?=//)", rf"\g<0>{_NEVER_A_WORD}", broken)


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
