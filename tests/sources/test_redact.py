"""`redact`: texts that hold URLs, well formed or not, lose their passwords and nothing else that matters."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.errors import ConfigError, redact


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("postgresql://u:pw@h:5432/d?schema=x", "postgresql://u:***@h:5432/d?schema=x", id="a URL"),
        pytest.param("can't read postgres://u:pw@h/d: no", "can't read postgres://u:***@h/d: no", id="in a sentence"),
        pytest.param("postgres://u:p@h/d, mysql://u:q@h/d", "postgres://u:***@h/d, mysql://u:***@h/d", id="two"),
        pytest.param("postgres://u:p@s@h/d", "postgres://u:***@h/d", id="@ in it"),
        pytest.param("postgres://u:p/s?#@h/d", "postgres://u:***@h/d", id="/ ? # in it"),
        pytest.param("postgres://u:12/3@h/d", "postgres://u:***@h/d", id="it looks like a port"),
        pytest.param("postgres://u:my pass@h/d", "postgres://u:***@h/d", id="a space in it"),
        pytest.param("postgres:/u:pw@h/d", "postgres:/u:***@h/d", id="one slash"),
        pytest.param("postgres://u:secret", "postgres://u:***", id="no host"),
        pytest.param("postgres://u:pw@h/d\nx@y", "postgres://u:***@h/d\nx@y", id="no further than the line"),
        pytest.param("postgres://h:5432/d refused 'a'@'b'", "postgres://h:5432/d refused 'a'@'b'", id="a port is none"),
        pytest.param("(postgres://h:5432)", "(postgres://h:5432)", id="a port at the end"),
        pytest.param("http://h/a:b", "http://h/a:b", id="another URL"),
        pytest.param("x?sslpassword=a&password=b&y=c", "x?sslpassword=***&password=***&y=c", id="parameters"),
        pytest.param("prisma://h/?api_key=ey.J0&x=1", "prisma://h/?api_key=***&x=1", id="API key"),
        pytest.param("host=h password='a b' user=u", "host=h password=*** user=u", id="libpq, quoted"),
        pytest.param("PGPASSWORD=a", "PGPASSWORD=***", id="variable"),
        pytest.param(
            "denied for 'u'@'h' (using password: YES)", "denied for 'u'@'h' (using password: YES)", id="MySQL's words"
        ),
        pytest.param("postgres://u@v:p@h/d", "postgres://u@v:***@h/d", id="@ in the user"),
        pytest.param("postgres://u:a@b c@h/d", "postgres://u:***@h/d", id="@ and a space in it"),
        pytest.param("postgres://u@h:5432/d: no", "postgres://u@h:5432/d: no", id="none in it"),
        pytest.param("postgres://u@[::1]:5432/d: no", "postgres://u@[::1]:5432/d: no", id="IPv6"),
        pytest.param("postgres://…: the @ that ends it", "postgres://…: the @ that ends it", id="one that is not said"),
        pytest.param("", "", id="empty"),
    ],
)
def test_redact(text: str, want: str) -> None:
    assert redact(text) == want


@given(
    scheme=st.sampled_from(["postgresql", "postgres", "mysql+pymysql", "sqlserver", "odd"]),
    password=st.text(),
    before=st.sampled_from(["", "could not connect to ", "a@b: ", "url="]),
    after=st.sampled_from(["", "/db", "/db?x=y", ": refused by 'a'@'b'", "\nnext line"]),
)
def test_never_leaks_an_encoded_password(scheme: str, password: str, before: str, after: str) -> None:
    secret = "Zq" + quote(password, safe="") + "qZ"
    text = f"{before}{scheme}://user:{secret}@host{after}"
    assert secret not in redact(text)
    assert redact(redact(text)) == redact(text)


@given(password=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1))
def test_never_leaks_a_raw_password(password: str) -> None:
    """As people write them: nothing encoded, any character but spaces."""
    secret = f"Zq{password}qZ"
    assert secret not in redact(f"postgresql://user:{secret}@host/db")
    assert secret not in redact(f"error: postgresql://user:{secret}")


@given(name=st.sampled_from(["password", "sslpassword", "api_key", "PASSWORD"]), value=st.text())
def test_never_leaks_a_parameter(name: str, value: str) -> None:
    secret = "Zq" + quote(value, safe="") + "qZ"
    assert secret not in redact(f"mysql://h/d?{name}={secret}&x=y")


def test_no_error_holds_a_password() -> None:
    """Whoever made its text."""
    error = ConfigError("postgres://u:pw@h/d: no", "a hint")
    assert (error.what, str(error), error.args) == (
        "postgres://u:***@h/d: no",
        "postgres://u:***@h/d: no\na hint",
        ("postgres://u:***@h/d: no",),
    )
