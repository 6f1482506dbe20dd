"""`namesync.toml` and `[tool.namesync]`: every key read, nothing guessed, every mistake told with its place."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from namesync.config import Config, Environment, Ignore, Job, load_config
from namesync.config.parsing import parse
from namesync.errors import ConfigError

PATH = Path("/project/namesync.toml")
_KEYS = [
    *(
        field.name
        for cls in (Environment, Ignore, Job)
        for field in fields(cls)
        if cls is not Environment or field.name != "name"
    ),
    *("authority", "schema", "convention", "shadow_url"),
]


def read(text: str) -> Config:
    return parse(text, PATH)


def test_every_key() -> None:
    config = read("""
        authority = "live"
        schema = "db/schema.prisma"
        convention = "prisma5"
        shadow_url = "${COMMON_SHADOW_URL}"

        [environments.live]
        url = "${LIVE_URL}"
        schemas = ["public", "billing"]
        connect_timeout = 5
        statement_timeout = 2.5
        shadow_url = "${SHADOW_URL}"
        migrations = "live/migrations"
        [environments.staging]
        url_file = "/run/secrets/staging"
        [environments.dev]
        url_command = "vault read -field=url 'secret/my app'"
        [environments.test]
        url_command = ["pass", "show", "test db"]
        [environments.old]
        file = "snapshots/old.json"
        [environments.tenants]
        url = "${TENANTS_URL}"
        each_schema = "tenant_*"
        [environments.apps]
        url = "${APPS_URL}"
        each_database = "app_*"
        schemas = ["public"]
        compare = "majority"
        [environments.shops]
        each_url = "shops.txt"

        [[ignore]]
        rule = "off-convention"
        table = "legacy_*"
        kind = "index"
        name = "*_old"
        environment = "prod*"
        reason = "owned by the billing system"
        until = 2027-01-01
        [[ignore]]
        rule = "*-drift"
        reason = "later"

        [job]
        history = "${HISTORY_URL}"
        webhook = "${HOOK_URL}"
        apprise = ["${SLACK_URL}"]
        remind_after = "7d"
        metrics = "namesync.prom"
        attempts = 5
        deploy_wait = 30
        workers = 16
    """)
    environments = [
        Environment(
            "live",
            url="${LIVE_URL}",
            schemas=("public", "billing"),
            connect_timeout=5.0,
            statement_timeout=2.5,
            shadow_url="${SHADOW_URL}",
            migrations="live/migrations",
        ),
        Environment("staging", url_file="/run/secrets/staging"),
        Environment("dev", url_command=("vault", "read", "-field=url", "secret/my app")),
        Environment("test", url_command=("pass", "show", "test db")),
        Environment("old", file="snapshots/old.json"),
        Environment("tenants", url="${TENANTS_URL}", each_schema="tenant_*"),
        Environment("apps", url="${APPS_URL}", each_database="app_*", schemas=("public",), compare="majority"),
        Environment("shops", each_url="shops.txt"),
    ]
    assert config == Config(
        root=Path("/project"),
        path=PATH,
        authority="live",
        schema="db/schema.prisma",
        convention="prisma5",
        shadow_url="${COMMON_SHADOW_URL}",
        environments={one.name: one for one in environments},
        ignores=(
            Ignore(
                rule="off-convention",
                table="legacy_*",
                kind="index",
                name="*_old",
                environment="prod*",
                reason="owned by the billing system",
                until=date(2027, 1, 1),
            ),
            Ignore(rule="*-drift", reason="later"),
        ),
        job=Job(
            history="${HISTORY_URL}",
            webhook="${HOOK_URL}",
            apprise=("${SLACK_URL}",),
            remind_after=604_800.0,
            metrics="namesync.prom",
            attempts=5,
            deploy_wait=30.0,
            workers=16,
        ),
    )
    assert [one.name for one in environments if one.group] == ["tenants", "apps", "shops"]


def test_defaults() -> None:
    assert read("") == Config(
        root=Path("/project"), path=PATH, authority="prod", schema="", convention="auto", environments={}, ignores=()
    )


def test_no_url_is_printed() -> None:
    """A literal URL may stand in the file; the value that holds it does not show it."""
    shadow = 'shadow_url = "postgresql://u:hunter2@h/s"\n'
    config = read(f'{shadow}[environments.prod]\nurl = "postgresql://u:hunter2@h/d"\n{shadow}')
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('authority = "prod"\n[environments.prod\n', "at line 2", id="bad TOML"),
        pytest.param("[environments.prod]\nurl = 'a'\n[environments.prod]\n", "at line 3", id="one environment written twice"),
        pytest.param('autority = "prod"', "autority: unknown key\nDid you mean authority?", id="unknown key"),
        pytest.param("zzz = 1", "zzz: unknown key\nKnown: authority, schema, convention", id="unknown key, nothing near"),
        pytest.param(
            '[environments.prod]\nurl_comand = "x"',
            "environments.prod.url_comand: unknown key\nDid you mean url_command",
            id="unknown key of an environment",
        ),
        pytest.param('[[ignore]]\nrul = "x"\nreason = "y"', "ignore 1.rul: unknown key\nDid you mean rule", id="of an ignore"),
        pytest.param("authority = 1", "authority: a text is wanted here", id="a number for a text"),
        pytest.param('schema = "a\\u0000b"', "schema: a", id="NUL"),
        pytest.param('[environments.p]\nschemas = ["\\u0000"]', "environments.p.schemas: a list of texts", id="NUL in a list"),
        pytest.param(f"authority = {'[' * 5_000}", "values are nested too deeply", id="nested without end"),
        pytest.param(f"authority = {'1' * 5_000}", "a number has thousands of digits", id="a number without end"),
        pytest.param('authority = " "', "authority: a text is wanted here", id="blank"),
        pytest.param('convention = "rails"', "convention: one of auto, prisma, prisma5 is wanted", id="unknown convention"),
        pytest.param("environments = 1", "environments: tables ([environments.prod]) is wanted", id="no tables"),
        pytest.param(
            '[environments]\nprod = "postgresql://h/d"', "environments.prod: a table is wanted", id="a URL for a table"
        ),
        pytest.param('[environments."a=b"]\nurl = "x"', "environments.a=b: a name is made of", id="odd name"),
        pytest.param('[environments.p]\nurl = "x"\nfile = "y"', "environments.p: url and file can't stand", id="two origins"),
        pytest.param('[environments.p]\nschemas = "public"', "environments.p.schemas: a list of texts", id="no list"),
        pytest.param("[environments.p]\nschemas = []", "environments.p.schemas: a list of texts", id="empty list"),
        pytest.param('[environments.p]\nurl_command = "a \'b"', "environments.p.url_command: a command", id="open quote"),
        pytest.param(
            '[environments.p]\nurl_command = ["a", 1]', "environments.p.url_command: a list", id="a number in a command"
        ),
        pytest.param("[environments.p]\nconnect_timeout = 0", "environments.p.connect_timeout: a number of", id="no time"),
        pytest.param("[environments.p]\nconnect_timeout = true", "environments.p.connect_timeout: a number of", id="no number"),
        pytest.param("[environments.p]\nstatement_timeout = inf", "environments.p.statement_timeout: a number", id="for ever"),
        pytest.param("[environments.p]\nstatement_timeout = nan", "environments.p.statement_timeout: a number", id="nan"),
        pytest.param(
            '[environments.p]\neach_schema = "a"\neach_database = "b"',
            "environments.p: each_schema and each_database can't",
            id="two kinds of group",
        ),
        pytest.param(
            '[environments.p]\neach_schema = "a"\nschemas = ["b"]', "environments.p: each_schema and schemas", id="both"
        ),
        pytest.param(
            '[environments.p]\neach_schema = "a"\nfile = "b.json"', "environments.p: a group is found on", id="in a file"
        ),
        pytest.param('[[ignore]]\nrule = "name-drift"', "ignore 1: no reason is given", id="no reason"),
        pytest.param('[[ignore]]\nreason = "x"', "ignore 1: it would silence everything", id="everything"),
        pytest.param('[[ignore]]\nrule = "name-drif"\nreason = "x"', "ignore 1.rule: one of name-drift", id="unknown rule"),
        pytest.param('[[ignore]]\nkind = "table"\nreason = "x"', "ignore 1.kind: one of primary_key", id="unknown kind"),
        pytest.param(
            '[[ignore]]\nrule = "*"\nreason = "x"\nuntil = "2027-01-01"', "ignore 1.until: a date", id="until in quotes"
        ),
        pytest.param(
            '[[ignore]]\nrule = "*"\nreason = "x"\nuntil = 2027-01-01T00:00:00', "ignore 1.until: a date", id="with a time"
        ),
        pytest.param('[job]\nremind_after = "7 weeks"', 'job.remind_after: a duration such as "30m"', id="duration"),
        pytest.param('[job]\nremind_after = "0d"', 'job.remind_after: a duration such as "30m"', id="no duration"),
        pytest.param("[job]\nattempts = 0", "job.attempts: a number from 1 to 20 is wanted", id="attempts"),
        pytest.param("[job]\nattempts = true", "job.attempts: a number from 1 to 20 is wanted", id="no count"),
        pytest.param("[job]\nhistry = 1", "job.histry: unknown key\nDid you mean history?", id="job key"),
        pytest.param("job = 3", "job: a table is wanted here", id="no job table"),
        pytest.param('[environments.e]\neach_url = "x"\nurl_file = "y"', "each_url and url_file can't", id="each_url"),
        pytest.param('[environments.e]\ncompare = "x"', "compare: one of authority, majority is wanted", id="compare"),
        pytest.param('[ignore]\nrule = "x"', "ignore: an array of tables ([[ignore]]) is wanted", id="one ignore table"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value).startswith("/project/namesync.toml:")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param('# x\n\nautority = "prod"', "3: autority", id="top"),
        pytest.param(
            '[environments.dev]\nurl = "x"\n[environments.prod] # y\n  urll = 1', "4: environments.prod.urll", id="key"
        ),
        pytest.param("[environments]\nprod.urll = 1", "2: environments.prod.urll", id="dotted key"),
        pytest.param("[environments.'p']\nurl = 'x'\n\"file\" = 'y'", "1: environments.p:", id="table"),
        pytest.param(
            '[[ignore]]\nrule="*"\nreason="x"\n\n[[ ignore ]]\nrule = "x"', "6: ignore 2.rule", id="second of an array"
        ),
        pytest.param("environments = { prod = { urll = 1 } }", "1: environments.prod.urll", id="inline"),
        pytest.param(
            '[environments.e]\nurl = """\n[a] # "x"\n"""\nschemas = [\n  "a]", # ]\n  \'b[\',\n]\nurll = 1',
            "9: environments.e.urll",
            id="behind values of several lines",
        ),
    ],
)
def test_a_mistake_has_its_line(text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.what.startswith(f"/project/namesync.toml:{place}")


def test_a_mistake_in_pyproject_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.namesync.environments.prod]\nurll = 'x'\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:4: environments\.prod\.urll: unknown key"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    "text", ['tool = 1\nx = """\n[tool.namesync]\n"""', "[[tool]]\n[tool.namesync]\n"], ids=["text", "list"]
)
def test_what_is_no_table_of_tools_says_nothing_of_us(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert not load_config(tmp_path).environments


class TestDocumentation:
    TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("key", _KEYS)
    def test_every_key_is_there(self, key: str) -> None:
        assert f"`{key}`" in self.TEXT

    def test_the_example_is_right(self) -> None:
        config = read(self.TEXT.partition("```toml\n")[2].partition("```")[0])
        assert list(config.environments) == ["prod", "dev", "last_release", "tenants"]
        assert len(config.ignores) == 1


class TestWhere:
    """Which file is taken."""

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        (tmp_path / "app" / "src").mkdir(parents=True)
        return tmp_path

    def test_nearest_going_up(self, project: Path) -> None:
        (project / "namesync.toml").write_text('authority = "above"')
        assert load_config(project / "app" / "src").authority == "above"
        (project / "app" / "namesync.toml").write_text('authority = "nearer"')
        found = load_config(project / "app" / "src")
        assert (found.authority, found.root) == ("nearer", project / "app")

    def test_pyproject(self, project: Path) -> None:
        (project / "namesync.toml").write_text('authority = "above"')
        (project / "app" / "pyproject.toml").write_text('[tool.other]\nx = 1\n[tool.namesync]\nauthority = "py"\n')
        assert load_config(project / "app" / "src").authority == "py"
        (project / "app" / "namesync.toml").write_text('authority = "own"')
        assert load_config(project / "app" / "src").authority == "own"

    @pytest.mark.parametrize("text", ["[project]\nname = 'x'\n", "this is no TOML [tool.namesyncer]"])
    def test_pyproject_of_others_is_passed_over(self, project: Path, text: str) -> None:
        (project / "namesync.toml").write_text('authority = "above"')
        (project / "app" / "pyproject.toml").write_text(text)
        assert load_config(project / "app").authority == "above"

    def test_environments_in_pyproject(self, project: Path) -> None:
        (project / "pyproject.toml").write_text('[tool.namesync.environments.prod]\nurl = "x"\n')
        assert list(load_config(project).environments) == ["prod"]

    def test_none(self, project: Path) -> None:
        found = load_config(project)
        assert (found.path, found.root, dict(found.environments)) == (None, project, {})

    def test_explicit(self, project: Path) -> None:
        (project / "namesync.toml").write_text('authority = "near"')
        other = project / "other.toml"
        other.write_text('\ufeffauthority = "explicit"', encoding="utf-8")
        assert load_config(project, other).authority == "explicit"

    def test_explicit_mistakes(self, project: Path) -> None:
        with pytest.raises(ConfigError, match="no such file"):
            load_config(project, project / "absent.toml")
        (project / "pyproject.toml").write_text("[project]\n")
        with pytest.raises(ConfigError, match=r"no \[tool\.namesync\] in it"):
            load_config(project, project / "pyproject.toml")
        (project / "latin.toml").write_bytes(b"authority = '\xff'")
        with pytest.raises(ConfigError, match=r"not UTF-8 \(byte 13\)"):
            load_config(project, project / "latin.toml")
        with pytest.raises(ConfigError, match="Is a directory"):
            load_config(project, project / "app")
