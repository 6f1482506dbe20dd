"""Users and passwords in URLs: any character gets through, none is shown."""

from __future__ import annotations

import string
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from namesync.errors import ConfigError
from tests.sources.test_url import read

SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # no server takes NUL in a name or a password
TEXTS = st.text(SIGNS, min_size=1)


@given(scheme=st.sampled_from(["postgresql", "mysql"]), user=TEXTS, password=st.text(SIGNS), database=TEXTS)
def test_what_is_encoded_comes_back(scheme: str, user: str, password: str, database: str) -> None:
    text = f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@h/{quote(database, safe='')}?schema=s"
    target = read(text)
    assert (target.url.username, target.url.password, target.url.database) == (user, password, database)


@given(password=st.text(min_size=6, alphabet=string.printable + "äß日😀"))
def test_no_password_is_shown_or_printed(password: str) -> None:
    """Neither of a URL that can be read nor of one that can't: the password stands there unencoded, whatever is in it."""
    secret = f"Zq{password}qZ"
    try:
        target = read(f"postgresql://app:{secret}@host/db?sslpassword={quote(secret)}")
        said = target.shown + repr(target)
    except ConfigError as error:
        said = str(error)
    assert secret not in said
    assert quote(secret) not in said


def test_mysql_password_is_utf_8() -> None:
    """PyMySQL encodes a text as Latin-1, which no server expects."""
    assert read("mysql://u:p%C3%A9@h/d").connect_args == {"password": "pé".encode()}
    assert read("postgresql://u:p%C3%A9@h/d").connect_args == {}
