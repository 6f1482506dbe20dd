"""The order of renames: no name is given before it is free, and a cycle goes through a temporary name.

Renames that the server does at once (all of SQLite's, the indexes of one MySQL table) are one node of the graph; in a node
names may be swapped freely. Everything is ordered by object, so a plan is the same whatever the hash seed.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count

from namesync.dialects import Rename
from namesync.model import Kind
from namesync.plan.names import Names, Slot
from namesync.plan.possible import Move, before, owners


@dataclass(frozen=True, slots=True)
class Hop:
    """One rename of the object at a place of the catalog."""

    place: int
    new: str
    temporary: bool = False


@dataclass(slots=True)
class _Node:
    hops: list[Hop] = field(default_factory=list)
    waits: set[int] = field(default_factory=set)  # nodes that have to come before
    frees: list[int] = field(default_factory=list)  # nodes that wait for this one


def ordered(names: Names, moves: Mapping[int, Move]) -> list[list[Hop]]:
    """The moves as hops, grouped into what happens at once, in order. The moves must all be possible."""
    return _Ordering(names, moves).run()


class _Ordering:
    def __init__(self, names: Names, moves: Mapping[int, Move]) -> None:
        self.names = names
        self.moves = moves
        self.owner = owners(moves)
        self.before = before(names, moves)
        self.taken = {slot for move in moves.values() for slot in move.slots}
        self.nodes: list[_Node] = []
        self.node_of: dict[int, int] = {}  # a move's place -> its node
        self.pending: set[int] = set()
        self._make_nodes()
        self.ready = [index for index, node in enumerate(self.nodes) if not node.waits]
        self.first = 0  # no node before this one is pending
        heapq.heapify(self.ready)

    def run(self) -> list[list[Hop]]:
        done: list[list[Hop]] = []
        while self.pending:
            if not self.ready:
                self._break_a_cycle()
            index = heapq.heappop(self.ready)
            self.pending.discard(index)
            done.append(self.nodes[index].hops)
            for freed in self.nodes[index].frees:
                self._free(freed, index)
        return done

    def _make_nodes(self) -> None:
        groups: dict[Hashable, int] = {}
        foreign = Kind.FOREIGN_KEY
        # Foreign keys last: theirs are the strong locks, and the first ones are held until the transaction ends.
        for place in sorted(self.moves, key=lambda place: (self.names.objects[place].key.kind is foreign, place)):
            group = self._group(place)
            if group not in groups:
                groups[group] = self._new_node()
            self.nodes[groups[group]].hops.append(Hop(place, self.moves[place].new))
            self.node_of[place] = groups[group]
        for place, index in self.node_of.items():
            self._wait(index, self._waits(place, index))
        for place, index in self.node_of.items():
            if self._meets_itself(place):
                self._detour(index, self.nodes[index].hops[:1])

    def _new_node(self) -> int:
        self.nodes.append(_Node())
        self.pending.add(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def _group(self, place: int) -> Hashable:
        """What the move happens at once with."""
        dialect, key = self.names.dialect, self.names.objects[place].key
        if dialect.transactional_ddl and dialect.rename[key.kind] is Rename.RECREATE:
            return "all"
        if dialect.index_scope == "table" and key.kind is not Kind.FOREIGN_KEY:
            return key.table
        return place

    def _waits(self, place: int, own: int) -> set[int]:
        """The pending nodes, other than its own, that hold the names the move takes or have to come before it."""
        holders = (holder for slot in self.moves[place].slots for holder in self.names.holders(slot))
        nodes = {self.node_of[self.owner[holder]] for holder in holders if isinstance(holder, int)}
        return {index for index in nodes if index != own and index in self.pending} | self._comes_before(place, own)

    def _comes_before(self, place: int, own: int) -> set[int]:
        index = self.node_of[self.before[place]] if place in self.before else own
        return {index} - {own} if index in self.pending else set()

    def _wait(self, index: int, others: set[int]) -> None:
        for other in sorted(others - self.nodes[index].waits):
            self.nodes[other].frees.append(index)
        self.nodes[index].waits |= others

    def _meets_itself(self, place: int) -> bool:
        """Whether a foreign key to be dropped and added again changes the case of its name only: one ALTER can't do that."""
        obj, dialect = self.names.objects[place], self.names.dialect
        if obj.key.kind is not Kind.FOREIGN_KEY or dialect.rename[obj.key.kind] is not Rename.RECREATE:
            return False
        return not set(self.names.slots(place, obj.name)).isdisjoint(self.moves[place].slots)

    def _free(self, index: int, by: int) -> None:
        waits = self.nodes[index].waits
        if by in waits:
            waits.discard(by)
            if not waits:
                heapq.heappush(self.ready, index)

    def _break_a_cycle(self) -> None:
        """Every pending node waits for another: follow them until one comes again, and take the cheapest of that cycle."""
        while self.first not in self.pending:
            self.first += 1
        path: dict[int, None] = {}
        index = self.first
        while index not in path:
            path[index] = None
            index = min(self.nodes[index].waits)
        cycle = list(path)[list(path).index(index) :]
        chosen = min(cycle)  # foreign keys, the dear ones, have the highest numbers
        node = self.nodes[chosen]
        self._detour(chosen, [hop for hop in node.hops if self._waits(hop.place, chosen)])
        foreign = (hop.place for hop in node.hops if self.names.objects[hop.place].key.kind is Kind.FOREIGN_KEY)
        node.waits = {index for place in foreign for index in self._comes_before(place, chosen)}
        if not node.waits:
            heapq.heappush(self.ready, chosen)

    def _detour(self, index: int, hops: list[Hop]) -> None:
        """Let these hops of a node give a temporary name; the wanted one comes in a node of its own, later."""
        node = self.nodes[index]
        for hop in hops:
            node.hops[node.hops.index(hop)] = Hop(hop.place, self._fresh(hop.place), temporary=True)
            later = self._new_node()
            self.nodes[later].hops.append(hop)
            self._wait(later, {index, *self._waits(hop.place, index)})

    def _fresh(self, place: int) -> str:
        """A name nobody has or wants where the object's name must be unique: 21 ASCII characters, short for any server."""
        obj, move = self.names.objects[place], self.moves[place]
        material = "\0".join((repr(obj.key), obj.name, move.new))
        hashes = (sha256(f"{material}\0{number}".encode()).hexdigest() for number in count())
        name = next(name for name in (f"namesync_{digest[:12]}" for digest in hashes) if self._free_name(place, name))
        self.taken.update(self._slots(place, name))
        return name

    def _free_name(self, place: int, name: str) -> bool:
        return not any(slot in self.taken or self.names.holders(slot) for slot in self._slots(place, name))

    def _slots(self, place: int, name: str) -> list[Slot]:
        companion = self.moves[place].companion
        moving = (place,) if companion is None else (place, companion)
        return [slot for one in moving for slot in self.names.slots(one, name)]
