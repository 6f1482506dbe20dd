"""What a URL says on TLS, in Prisma's words and in those of the drivers."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from namesync.errors import ConfigError
from tests.sources.test_url import read


def test_prisma_certificate_is_the_one_to_trust(tmp_path: Path) -> None:
    """Prisma's `sslcert` is libpq's `sslrootcert`; beside a key, or with a driver's name in the scheme, the client's own."""
    for name in ("ca.pem", "client.pem"):
        (tmp_path / name).touch()
    ca, client = str(tmp_path / "ca.pem"), str(tmp_path / "client.pem")

    def arguments(text: str) -> dict[str, object]:
        return read(text, tmp_path).connect_args

    assert arguments("postgresql://h/d?sslmode=require&sslcert=ca.pem") == {"sslmode": "require", "sslrootcert": ca}
    assert arguments("postgresql://h/d?sslcert=ca.pem&sslaccept=strict") == {"sslmode": "verify-full", "sslrootcert": ca}
    assert arguments("postgresql://h/d?sslcert=ca.pem&sslaccept=accept_invalid_certs") == {}
    assert arguments("postgresql+psycopg://h/d?sslcert=client.pem&sslpassword=x") == {"sslcert": client, "sslpassword": "x"}
    assert arguments("postgresql://h/d?sslmode=verify-ca&sslrootcert=ca.pem&sslcert=client.pem&sslkey=client.pem") == {
        "sslmode": "verify-ca",
        "sslrootcert": ca,
        "sslcert": client,
        "sslkey": client,
    }


@pytest.mark.parametrize("accept", ["strict", "something-new"])
def test_strict_trusts_the_systems_certificates(accept: str) -> None:
    """An unknown `sslaccept` is strict, as for Prisma."""
    arguments = read(f"postgresql://h/d?sslmode=require&sslaccept={accept}").connect_args
    assert arguments["sslmode"] == "verify-full"
    assert arguments["sslrootcert"] == (ssl.get_default_verify_paths().cafile or "system")


@pytest.mark.parametrize(
    ("query", "verify", "hostname"),
    [
        pytest.param("sslaccept=strict", ssl.CERT_REQUIRED, True, id="strict"),
        pytest.param("sslaccept=accept_invalid_certs", ssl.CERT_NONE, False, id="any certificate"),
        pytest.param("sslcert=ca.pem", ssl.CERT_REQUIRED, False, id="a certificate"),
        pytest.param("sslcert=ca.pem&sslaccept=strict", ssl.CERT_REQUIRED, True, id="a certificate, strict"),
        pytest.param("ssl_ca=ca.pem", ssl.CERT_REQUIRED, True, id="PyMySQL's"),
        pytest.param("ssl_ca=ca.pem&ssl_check_hostname=false", ssl.CERT_REQUIRED, False, id="PyMySQL's, any host"),
        pytest.param("ssl-mode=REQUIRED", ssl.CERT_NONE, False, id="mysql's REQUIRED"),
        pytest.param("ssl-mode=VERIFY_CA", ssl.CERT_REQUIRED, False, id="mysql's VERIFY_CA"),
        pytest.param("sslmode=verify-full", ssl.CERT_REQUIRED, True, id="libpq's verify-full"),
    ],
)
def test_mysql_tls(query: str, verify: ssl.VerifyMode, hostname: bool, authority: Path) -> None:
    context = read(f"mysql://h/d?{query}", authority).connect_args["ssl"]
    assert (context.verify_mode, context.check_hostname) == (verify, hostname)


@pytest.mark.parametrize("query", ["", "ssl-mode=PREFERRED", "sslmode=prefer"])
def test_mysql_leaves_tls_to_the_server(query: str) -> None:
    assert read(f"mysql://h/d?{query}").connect_args == {}


def test_mysql_certificate_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="a certificate can't be used"):
        read("mysql://h/d?sslcert=ca.pem", tmp_path)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with a certificate authority: the first of those the system trusts."""
    context = ssl.create_default_context()
    trusted = context.get_ca_certs(binary_form=True)
    if not trusted:
        pytest.skip("this system trusts no certificate authority")
    (tmp_path / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(trusted[0]))
    return tmp_path
