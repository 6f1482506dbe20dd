"""Renames as SQL for MySQL 8 and 9, MariaDB 10.5 to 12.

A foreign key is dropped and added again in one ALTER. Where the server had made an index for it, it would replace that index
by one with the foreign key's new name; naming the index in the same ALTER settles what it is called, whoever made it (seen on
MySQL 9.7 and MariaDB 10.11). Every ALTER commits at once, so by default each looks first whether it is still to be done.
https://dev.mysql.com/doc/refman/8.4/en/alter-table.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from namesync.dialects import Dialect, Rename
from namesync.model import Kind, Object, Provider
from namesync.plan import Batch, Change, Guard, Step
from namesync.plan.guards import entwined
from namesync.render.sql import LOCK_TIMEOUT_S
from namesync.render.sql.mysql_guards import Asking, is_restrict, restrict_unsaid, split_at_restrict, text

_GUARDED = """\
-- Every ALTER commits at once, so each looks first whether it is still to be done. Stopped half-way, the file runs again."""

_UNCHECKED = """\
-- Foreign keys are made again without checking the rows, after a look for rows that point nowhere: where there is one, the
-- checks stay on, and the server refuses the ALTER (1846)."""


_LONG = 1_048_576


def script(changes: Sequence[Change], dialect: Dialect, *, checked: bool) -> str:
    """The text of the whole file."""
    written = "".join(step.new + step.old + repr(step.key) for change in changes for step in change.steps)
    head = [_GUARDED] if any(change.guard is not Guard.PLAIN for change in changes) else []
    if not checked and any(change.steps[0].kind is Kind.FOREIGN_KEY for change in changes):
        head.append(_UNCHECKED)
    if not written.isascii():
        head.append("SET NAMES utf8mb4;")
    settings = {"lock_wait_timeout": LOCK_TIMEOUT_S}
    if "GROUP_CONCAT" in (body := "\n\n".join(_Writer(dialect, checked).section(change) for change in changes)):
        settings["group_concat_max_len"] = _LONG  # 1,024 by default on MySQL, which cuts what is longer
    head += [f"SET SESSION {name} = {value};" for name, value in settings.items()]
    return "\n\n".join([*head, body, *(f"SET SESSION {name} = DEFAULT;" for name in reversed(settings))]) + "\n"


class _Writer:
    def __init__(self, dialect: Dialect, checked: bool) -> None:
        self.dialect = dialect
        self.checked = checked
        self.asking = Asking(dialect)

    def section(self, change: Change) -> str:
        """One batch: what happens to one table at once."""
        batch, plain = change.steps, change.guard is Guard.PLAIN
        foreign = batch[0].kind is Kind.FOREIGN_KEY
        title = "-- AlterTable" if foreign or self._recreated(batch[0]) else "-- RenameIndex"
        asked = [] if plain else self._asked(batch)
        run = (lambda statement: [f"{statement};"]) if plain else self._run_if_asked
        alter = self._plain(batch) if plain else self._put_together(batch)
        if foreign and not self.checked:
            return "\n".join([title, *asked, *self._unchecked(batch, run, alter)])
        return "\n".join([title, *asked, *run(alter)])

    def _plain(self, batch: Batch) -> str:
        clauses = [clause for step in batch for clause in self._clauses(step)]
        return ",\n  ".join([f"ALTER TABLE {self._table(batch[0].obj)} {clauses[0]}", *clauses[1:], *self._how(batch)])

    def _asked(self, batch: Batch) -> list[str]:
        """What is still to be done, as the clauses of an ALTER."""
        groups = [self._still_to_do(together) for together in entwined(batch, self.dialect)]
        return ["SET @todo = CONCAT_WS(', ',\n  " + ",\n  ".join(groups) + "\n);"]

    def _put_together(self, batch: Batch) -> str:
        how = "".join(f", {clause}" for clause in self._how(batch))
        pieces = [text(f"ALTER TABLE {self._table(batch[0].obj)} "), "@todo", *([text(how)] if how else [])]
        return f"CONCAT({', '.join(pieces)})"

    def _still_to_do(self, together: Batch) -> str:
        conditions = "\n    AND ".join(self.asking.conditions(together))
        clauses = ", ', ', ".join(self._asked_clauses(step) for step in together)
        return f"IF(\n    {conditions},\n    {clauses if len(together) == 1 else f'CONCAT({clauses})'},\n    NULL\n  )"

    def _asked_clauses(self, step: Step) -> str:
        """The clauses of a step as an SQL expression; which indexes are behind a foreign key is asked on the spot."""
        if step.kind is not Kind.FOREIGN_KEY:
            return text(", ".join(self._clauses(step)))
        drop, add = self._clauses(step)[0], f"ADD CONSTRAINT {self.dialect.quote(step.new)} {step.obj.sql}"
        behind = self.asking.indexes_behind(step)
        return f"CONCAT({text(f'{drop}, ')}, {behind},\n      {text(add) if self.checked else restrict_unsaid(add)})"

    @staticmethod
    def _run_if_asked(expression: str) -> list[str]:
        """Runs the statement an expression gives, if there is something to do; `DO 0` does nothing."""
        return [
            f"SET @statement = IF(@todo = '', 'DO 0', {expression});",
            "PREPARE namesync FROM @statement;",
            "EXECUTE namesync;",
            "DEALLOCATE PREPARE namesync;",
        ]

    def _clauses(self, step: Step) -> list[str]:
        old, new = self.dialect.quote(step.old), self.dialect.quote(step.new)
        if step.kind is Kind.FOREIGN_KEY:
            indexes = [clause for before, after in step.carried for clause in self._index(step, before, after)]
            return [f"DROP FOREIGN KEY {old}", *indexes, f"ADD CONSTRAINT {new} {self._foreign_key(step.obj.sql)}"]
        if self._recreated(step):
            return [f"DROP INDEX {old}", f"ADD {self._definition(step.obj, new)}"]
        return [f"RENAME INDEX {old} TO {new}"]

    def _foreign_key(self, sql: str) -> str:
        if self.checked or self.dialect.provider is not Provider.MARIADB:
            return sql
        return "".join(piece for piece in split_at_restrict(sql) if not is_restrict(piece))

    def _index(self, step: Step, before: str, after: str) -> list[str]:
        """Settles the name of an index on a foreign key's columns."""
        old, new = self.dialect.quote(before), self.dialect.quote(after)
        if self.dialect.rename[Kind.INDEX] is Rename.RENAME:
            return [f"RENAME INDEX {old} TO {new}"]
        return [f"DROP INDEX {old}", f"ADD INDEX {new} ({self._list(step.key.columns)})"]

    def _recreated(self, step: Step) -> bool:
        return self.dialect.rename[step.kind] is Rename.RECREATE

    def _how(self, batch: Batch) -> tuple[str, ...]:
        """Said aloud, so that a server that would copy the table refuses instead."""
        in_place = not self.checked if batch[0].kind is Kind.FOREIGN_KEY else not self._recreated(batch[0])
        return ("ALGORITHM=INPLACE", "LOCK=NONE") if in_place else ()

    def _unchecked(self, batch: Batch, run: Callable[[str], list[str]], alter: str) -> list[str]:
        """With foreign_key_checks off no row is read, let alone the table copied: so orphans are looked for first.

        Where there are some the checks stay on, and the server refuses the ALTER (1846), which asks for INPLACE.
        """
        orphans = "\n  OR ".join(f"EXISTS ({self._orphans(step)})" for step in batch)
        off = f"SET SESSION foreign_key_checks = (\n  {orphans}\n)"
        return [
            "SET @checks = @@SESSION.foreign_key_checks;",
            *run(off if run is not self._run_if_asked else text(off)),
            *run(alter),
            "SET SESSION foreign_key_checks = @checks;",
        ]

    def _orphans(self, step: Step) -> str:
        target = step.key.references
        if target is None:
            raise ValueError(f"a foreign key without a target: {step.key}")
        quote = self.dialect.quote
        pairs = [(quote(own), quote(theirs)) for own, theirs in zip(step.key.columns, target.columns, strict=True)]
        joined = " AND ".join(f"p.{theirs} = c.{own}" for own, theirs in pairs)
        told = " AND ".join(f"c.{own} IS NOT NULL" for own, _ in pairs)
        parent = self._path(target.table.schema, target.table.name)
        orphan = f"{told} AND p.{pairs[0][1]} IS NULL"
        return f"SELECT 1 FROM {self._table(step.obj)} AS c LEFT JOIN {parent} AS p ON {joined} WHERE {orphan}"

    def _definition(self, obj: Object, new: str) -> str:
        """An index as ALTER TABLE .. ADD wants it, for a server that can't rename one (MariaDB before 10.5.2)."""
        kind = {"fulltext": "FULLTEXT INDEX", "spatial": "SPATIAL INDEX"}.get(obj.definition.method)
        kind = kind or ("UNIQUE INDEX" if obj.key.kind is Kind.UNIQUE else "INDEX")
        whole = obj.definition.method == "spatial"  # its prefix of 32 is the server's own way to say that there is none
        parts = zip(obj.key.columns, obj.definition.parts, strict=True)
        columns = (
            f"{self.dialect.quote(column)}{f'({part.length})' if part.length and not whole else ''}" for column, part in parts
        )
        return f"{kind} {new} ({', '.join(columns)})"

    def _list(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.dialect.quote, names))

    def _table(self, obj: Object) -> str:
        return self._path(obj.key.table.schema, obj.key.table.name)

    def _path(self, schema: str, name: str) -> str:
        return f"{self.dialect.quote(schema)}.{self.dialect.quote(name)}" if schema else self.dialect.quote(name)
