"""The rules: each judges one match, and says in plain words what is equal and what differs."""

from __future__ import annotations

from collections.abc import Mapping

from namesync.check.context import SCHEMA, Context
from namesync.check.words import describe, holder_words, kind_word, listed, shown, spread
from namesync.match import Ambiguity, Match, as_prisma_sees
from namesync.model import Kind, Object
from namesync.report import Finding, Rule

_PAIRS = "Prisma 5 and before make the pairs of a many-to-many table a unique index, Prisma 6 and later a primary key"


def name_drift(found: Match, context: Context) -> Finding | None:
    """One key, different names in different environments."""
    live = _nameable(found, context)
    names = {environment: obj.name for environment, obj in live.items()}
    if len(set(names.values())) < 2 or _unmanaged(found):
        return None
    alike = {environment: obj for environment, obj in live.items() if not obj.implicit}
    what = kind_word(found.key, alike.values())
    if _differences(found, context):
        message = f"same {what}, but its name and its definition differ: {spread(names)}"
    else:
        message = f"same {what}, only the name differs: {spread(names)}"
    return _finding(Rule.NAME_DRIFT, found, context, message + _prisma_calls_it(found, context))


def name_collision(found: Match, context: Context) -> Finding | None:
    """The authority's name, which the object should get in another environment, is taken there or wanted twice."""
    reasons = []
    for environment, obj in found.objects.items():
        target = context.targets.get((environment, id(obj)))
        if target is None:
            continue
        reasons += [
            f"in {environment}, {holder_words(holder)} has the name {shown(target)} already, which {shown(obj.name)} should get"
            for holder in context.holders(environment, obj, target)
            if not (isinstance(holder, Object) and (environment, id(holder)) in context.targets)
        ]
        reasons += [
            f"in {environment}, {holder_words(rival)} should get the name {shown(target)} as well"
            for rival in context.rivals(environment, obj, target)
        ]
    if not reasons:
        return None
    return _finding(Rule.NAME_COLLISION, found, context, "; ".join(reasons) + ": it can't be renamed before that is settled")


def schema_mismatch(found: Match, context: Context) -> Finding | None:
    """A live name differs from the one `schema.prisma` declares, be it one the server gave (`sqlite_autoindex_User_1`)."""
    declared = found.objects.get(SCHEMA)
    if declared is None or not declared.name or _unmanaged(found):
        return None
    live = _live(found)
    odd = {environment: obj.name for environment, obj in live.items() if obj.name not in ("", declared.name)}
    if not odd:
        return None
    if declared.key.kind is Kind.FOREIGN_KEY and declared.key.table.name in context.join_tables:
        return off_convention(found, context)  # Prisma never compares these (`sql_schema_differ.rs`)
    what = kind_word(found.key, live.values())
    message = f"same {what}, only the name differs: {shown(declared.name)} in schema.prisma, {spread(odd)}"
    default = "" if declared.name == context.expected(found) else _prisma_calls_it(found, context)
    return _finding(Rule.SCHEMA_MISMATCH, found, context, message + default)


def definition_drift(found: Match, context: Context) -> Finding | None:
    """Same key, different definition."""
    differences = _differences(found, context)
    if not differences:
        return None
    told = "; ".join(f"{what}: {spread(values, str)}" for what, values in differences.items())
    message = f"same {kind_word(found.key)} on the same columns, but its definition differs: {told}"
    return _finding(Rule.DEFINITION_DRIFT, found, context, message, differences)


def missing_object(found: Match, context: Context) -> Finding | None:
    """In some environments only, and not merely out of this role's sight."""
    absent = [environment for environment in context.catalogs if _missing(environment, found, context)]
    if not absent:
        return None
    what = kind_word(found.key, _live(found).values())
    tables = [name for name in absent if not context.has_table(name, found.key)]
    message = f"this {what} is in {listed(found.objects)}, not in {listed(absent)}"
    if tables:
        message += f" (the whole table is missing in {listed(tables)})"
    return _finding(Rule.MISSING_OBJECT, found, context, message + _advice(found, absent, context))


def off_convention(found: Match, context: Context) -> Finding | None:
    """One name everywhere, not the convention's."""
    live = _nameable(found, context)
    names = {obj.name for obj in live.values()}
    expected = context.expected(found)
    if len(names) != 1 or expected is None or expected in names or _unmanaged(found):
        return None
    name = names.pop()
    everywhere = "in every environment" if len(live) == len(context.catalogs) > 1 else f"in {listed(live)}"
    message = f"{shown(name)} {everywhere}; Prisma would call it {shown(expected)}"
    environment, obj = next(iter(live.items()))
    holders = context.holders(environment, obj, expected)
    if holders:
        message += f", a name that {holder_words(holders[0])} has: it needs a `map:`"
    elif context.wanted_by_others(environment, obj, expected):
        message += ", a name that another object wants as well: it needs a `map:`"
    return _finding(Rule.OFF_CONVENTION, found, context, message)


def unmanaged_object(found: Match, context: Context) -> Finding | None:
    """Prisma can't express it: reported, never renamed."""
    reason = next((obj.unmanaged for obj in found.objects.values() if obj.unmanaged), "")
    if not _unmanaged(found):
        return None
    names = {environment: obj.name for environment, obj in _live(found).items()}
    told = f"its name differs ({spread(names)})" if len(set(names.values())) > 1 else shown(next(iter(names.values())))
    return _finding(Rule.UNMANAGED_OBJECT, found, context, f"{told}: {reason}; namesync reports it and never renames it")


def ambiguous_match(found: Ambiguity, context: Context) -> Finding:
    """Several objects of one key that can't be told apart: no name is proposed."""
    candidates = {name: tuple(obj.name for obj in objects) for name, objects in found.candidates.items()}
    told = "; ".join(f"{name} has {listed(shown(one) for one in names)}" for name, names in candidates.items())
    everything = [obj for objects in found.candidates.values() for obj in objects]
    what = kind_word(found.key, everything)
    return Finding(
        rule=Rule.AMBIGUOUS_MATCH,
        key=context.shown(found.key, everything[0]),
        names={name: _only(candidates.get(name, ())) for name in context.environments},
        message=f"several objects are the same {what} and can't be told apart, so none is renamed: {told}",
        fingerprint=context.fingerprint(Rule.AMBIGUOUS_MATCH, found),
        candidates=candidates,
    )


def _only(names: tuple[str, ...]) -> str | None:
    return names[0] if len(names) == 1 else None


def _finding(
    rule: Rule, found: Match, context: Context, message: str, differences: Mapping[str, Mapping[str, str]] | None = None
) -> Finding:
    expected = context.expected(found)
    declared = context.declared(found)
    live = _live(found)
    model = found.objects.get(context.authority) or next(iter(found.objects.values()))
    return Finding(
        rule=rule,
        key=context.shown(found.key, model),
        names={
            name: live[name].name if name in live else None
            for name in context.environments
            if name in live or not context.hides(name, found.key)
        },
        message=message,
        fingerprint=context.fingerprint(rule, found),
        expected=expected,
        declared=(declared.name or None) if declared else None,
        origins={name: context.origin(name, live[name], expected) if name in live else None for name in context.environments},
        differences=differences or {},
        location=declared.location if declared else None,
    )


def _live(found: Match) -> dict[str, Object]:
    return {environment: obj for environment, obj in found.objects.items() if environment != SCHEMA}


def _nameable(found: Match, context: Context) -> dict[str, Object]:
    """The live objects, if one of them at least has a name of its own."""
    live = {name: obj for name, obj in _live(found).items() if context.dialects[name].nameable(obj)}
    return live if any(not obj.implicit for obj in live.values()) else {}


def _unmanaged(found: Match) -> bool:
    """Whether Prisma can't express the object; what a schema declares it can (a partial index, from Prisma 7 on)."""
    return SCHEMA not in found.objects and any(obj.unmanaged for obj in found.objects.values())


def _prisma_calls_it(found: Match, context: Context) -> str:
    expected = context.expected(found)
    if expected is None:
        return ""
    holding = [name for name, obj in _live(found).items() if obj.name == expected]
    return f" ({listed(holding)} has Prisma's own name)" if len(holding) == 1 else f"; Prisma would call it {shown(expected)}"


def _differences(found: Match, context: Context) -> dict[str, dict[str, str]]:
    """What differs -> environment -> its value; seen as Prisma sees it where a schema takes part."""
    first, *others = (obj.definition for obj in found.objects.values())
    if all(other == first for other in others):
        return {}
    declared = any(context.catalogs[environment].declared for environment in found.objects)
    told = {
        environment: describe(as_prisma_sees(obj.definition) if declared else obj.definition, found.key.kind)
        for environment, obj in found.objects.items()
    }
    questions = {question: None for values in told.values() for question in values}
    rows = {question: {name: values.get(question, "-") for name, values in told.items()} for question in questions}
    unseen = {"on delete": {"-"}, "on update": {"-"}}  # of a foreign key, where the role may not see its actions
    return {
        question: values for question, values in rows.items() if len(set(values.values()) - unseen.get(question, set())) > 1
    }


def _missing(environment: str, found: Match, context: Context) -> bool:
    if environment in found.objects or context.hides(environment, found.key):
        return False
    invisible_to_prisma = all(obj.unmanaged or obj.implicit for obj in found.objects.values())
    return not (context.catalogs[environment].declared and invisible_to_prisma)


def _advice(found: Match, absent: list[str], context: Context) -> str:
    broken = [
        name for name, obj in found.objects.items() if found.key.kind is not Kind.FOREIGN_KEY and not obj.definition.valid
    ]
    if broken:
        return f": it is INVALID in {listed(broken)}, as CREATE INDEX CONCURRENTLY leaves it when it fails: drop it, or REINDEX"
    pairs = found.key.kind in (Kind.PRIMARY_KEY, Kind.UNIQUE) and found.key.columns == ("A", "B")
    if pairs and found.key.table.name in context.join_tables:
        mends = ", which `prisma migrate dev` makes of it" if SCHEMA in context.catalogs else ""
        return f": {_PAIRS}{mends}"
    if SCHEMA in absent and found.key.kind in (Kind.UNIQUE, Kind.FOREIGN_KEY) and context.has_twin(found):
        return ": `prisma db pull` prints one of several like it only: leave it, or drop it with a migration"
    if SCHEMA in absent:
        return ": run `prisma db pull` to bring it into the schema, or drop it with a migration"
    if SCHEMA in found.objects:
        return ": run `prisma migrate deploy`, or `prisma db pull` if it should not be there"
    return ""
