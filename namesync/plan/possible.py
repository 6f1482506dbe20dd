"""Which of the renames wanted can be done at all, and why the others can't."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

from namesync.dialects import Dialect, Rename
from namesync.errors import PlanError
from namesync.model import KIND_WORDS, Kind, Object, Taken
from namesync.plan.names import Names, Slot, slots_of
from namesync.plan.steps import Blocked


@dataclass(frozen=True, slots=True)
class Move:
    """A rename that is wanted: the object's place in the catalog, its new name, the index that goes along with it."""

    place: int
    new: str
    companion: int | None
    slots: tuple[Slot, ...]  # all that the new name takes


def possible(names: Names, wanted: Mapping[Object, str]) -> tuple[dict[int, Move], list[Blocked]]:
    """The moves that can be done, by place, and what is blocked; what is wanted and there already is neither.

    Raises PlanError where `wanted` has an object that is not in the catalog.
    """
    follow = followers(names, wanted)
    companions = {place: index for index, place in follow.items()}
    moves: dict[int, Move] = {}
    blocked: list[Blocked] = []
    for place, obj, new in _asked(names, wanted):
        if place in follow:
            continue
        if reason := _refusal(names, obj, new):
            blocked.append(Blocked(obj, new, reason))
            continue
        companion = companions.get(place)
        own = () if companion is None else names.slots(companion, new)
        moves[place] = Move(place, new, companion, (*names.slots(place, new), *own))
    reasons = _stuck(names, moves)
    blocked += [Blocked(names.objects[place], moves[place].new, reason) for place, reason in reasons.items()]
    blocked.sort(key=lambda one: one.obj.sort_key)
    return {place: move for place, move in moves.items() if place not in reasons}, blocked


def followers(names: Names, wanted: Mapping[Object, str]) -> dict[int, int]:
    """The indexes that follow their foreign keys: index -> foreign key. Not those that are to have a name of their own."""
    found: dict[int, int] = {}
    for place, obj in enumerate(names.objects) if names.recreates_foreign_keys else ():
        index = names.companion(obj) if obj.key.kind is Kind.FOREIGN_KEY else None
        if index is not None:
            companion = names.objects[index]
            if wanted.get(companion) in (None, wanted.get(obj)):
                found[index] = place
    return found


def before(names: Names, moves: Mapping[int, Move]) -> dict[int, int]:
    """Place -> the one that has to be renamed before it although it holds no name in question.

    An index that bears a foreign key's name goes along with it: so it leaves before, and another takes that name after.
    """
    if not names.recreates_foreign_keys:
        return {}
    fold = names.dialect.fold
    foreign = {
        (names.objects[place].key.table, fold(names.objects[place].name)): place
        for place in moves
        if names.objects[place].key.kind is Kind.FOREIGN_KEY
    }
    found = {}
    for place, move in moves.items():
        obj = names.objects[place]
        leaves, takes = foreign.get((obj.key.table, fold(obj.name))), foreign.get((obj.key.table, fold(move.new)))
        if leaves is not None and names.serves(obj, names.objects[leaves]):
            found[leaves] = place
        if takes is not None and names.serves(obj, names.objects[takes]):
            found[place] = takes
    return found


def owners(moves: Mapping[int, Move]) -> dict[int, int]:
    """Place -> the move that takes its name away: its own, or its foreign key's."""
    found = {place: place for place in moves}
    found.update({move.companion: place for place, move in moves.items() if move.companion is not None})
    return found


def described(obj: Object) -> str:
    """The object in plain words, without its name."""
    return f"the {KIND_WORDS[obj.key.kind]} of {obj.key.table.name} on ({', '.join(obj.key.columns)})"


def _asked(names: Names, wanted: Mapping[Object, str]) -> list[tuple[int, Object, str]]:
    """The objects that are to get another name, in the order of the catalog."""
    found: list[tuple[int, Object, str]] = []
    for obj, new in wanted.items():
        place = names.named(obj)
        if place is None or names.objects[place] != obj:
            raise PlanError(f"a name is wanted for {described(obj)}, {obj.name!r}, which the catalog does not have")
        if obj.name != new:
            found.append((place, obj, new))
    return sorted(found, key=itemgetter(0))


def _refusal(names: Names, obj: Object, new: str) -> str:
    """Why the object can't have that name whatever the others do, "" where it can."""
    dialect = names.dialect
    if obj.unmanaged:
        return f"Prisma can't express it: {obj.unmanaged}"
    if not dialect.nameable(obj):
        return "the server gives it no name of its own that could be changed"
    if _reserved(dialect, obj, new):
        return "that is no name the server lets one give"
    if dialect.length(new) > dialect.name_limit:
        return _too_long(dialect, obj, new)
    if obj.key.kind is Kind.FOREIGN_KEY and names.recreates_foreign_keys and not obj.sql:
        return "it would have to be made again, and the role that read it can't see its ON DELETE and ON UPDATE"
    if obj.key.kind is Kind.FOREIGN_KEY and dialect.misread and dialect.misread in dialect.quote(obj.key.table.name):
        return "the backslash in its table's name keeps MariaDB from dropping it: it would be there twice"
    if obj.key.kind is Kind.FOREIGN_KEY and any(len(names.holders(slot)) > 1 for slot in slots_of(obj, obj.name, dialect)):
        return "another foreign key of the table has a name that the server may take for the same when it drops one"
    if _points_at_no_key(names, obj):
        return "it points at columns that are not unique: newer servers refuse to make it again"
    return ""


def _reserved(dialect: Dialect, obj: Object, new: str) -> bool:
    """MySQL keeps PRIMARY for itself; a foreign key's index would be called so too. Only a snapshot can tell of a NUL."""
    primary = dialect.index_scope == "table" and new.casefold() == "primary"
    impossible = any("\0" in name for name in (new, obj.key.table.name, *obj.key.columns))
    return not new or impossible or primary or not dialect.nameable(replace(obj, name=new))


def _too_long(dialect: Dialect, obj: Object, new: str) -> str:
    unit = "bytes" if dialect.limit_in_bytes else "characters"
    reason = f"the name has {dialect.length(new)} {unit}, the server takes {dialect.name_limit}"
    if dialect.limit_in_bytes and new.encode()[: dialect.name_limit].decode(errors="ignore") == obj.name:
        return f"{reason} and would cut it to the name it has"
    return reason


def _points_at_no_key(names: Names, obj: Object) -> bool:
    """MySQL since 8.4 refuses such foreign keys unless restrict_fk_on_non_standard_key is off; existing ones live on.

    https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
    """
    target = obj.key.references
    if target is None or names.dialect.rename[Kind.FOREIGN_KEY] is not Rename.RECREATE:
        return False
    uniques = names.unique_columns(target.table)
    return uniques is not None and frozenset(target.columns) not in uniques


def _stuck(names: Names, moves: Mapping[int, Move]) -> dict[int, str]:
    """Place of a move that can't be done -> why: names wanted twice or held by what stays, to a fixpoint."""
    reasons = _wanted_twice(names, moves)
    waiting = _waiting(names, moves, reasons)
    queue = deque(reasons)
    while queue:
        staying = queue.popleft()
        for place in waiting[staying]:
            if place not in reasons:
                reasons[place] = f"the name is held by {described(names.objects[staying])}, which can't be renamed itself"
                queue.append(place)
    return reasons


def _waiting(names: Names, moves: Mapping[int, Move], reasons: dict[int, str]) -> dict[int, list[int]]:
    """Place of a move -> the moves that can't be done if it can't. Adds to `reasons` those that certainly can't."""
    owner = owners(moves)
    waiting: dict[int, list[int]] = defaultdict(list)
    for place, move in moves.items():
        for holder in (holder for slot in move.slots for holder in names.holders(slot)):
            if isinstance(holder, Taken):
                reasons.setdefault(place, f"the name is taken by {_article(holder.what)} {holder.what}")
            elif holder not in owner:
                reasons.setdefault(place, _kept(names.objects[place], names.objects[holder]))
            elif owner[holder] != place:
                waiting[owner[holder]].append(place)
    for place, first in before(names, moves).items():
        if names.objects[place].key.kind is Kind.FOREIGN_KEY:
            waiting[first].append(place)
    return waiting


def _wanted_twice(names: Names, moves: Mapping[int, Move]) -> dict[int, str]:
    claims: dict[Slot, list[int]] = defaultdict(list)
    for place, move in moves.items():
        for slot in move.slots:
            claims[slot].append(place)
    reasons: dict[int, str] = {}
    for places in claims.values():
        for place in places if len(places) > 1 else ():
            rival = next(other for other in places if other != place)
            reasons.setdefault(
                place, f"{described(names.objects[rival])}, {names.objects[rival].name!r}, wants the name as well"
            )
    return reasons


def _kept(obj: Object, holder: Object) -> str:
    if obj.key == holder.key:
        return "a twin of it, the same on the same columns, has the name already"
    return f"the name is held by {described(holder)}, which keeps it"


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"
