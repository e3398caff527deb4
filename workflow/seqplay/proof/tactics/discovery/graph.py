"""Terms under equations: congruence closure that can say which equations make two terms equal.

A term is a number. Its head is a string: ``=x`` is a variable, ``!C`` a constructor, ``#5`` a literal, ``@`` an
application of what is no name, ``?n`` a conditional or case over its free variables, and all else a function. The
explanations follow Nieuwenhuis and Oliveras, Proof-Producing Congruence Closure (RTA 2005).
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from seqplay.proof.tactics.discovery.work import Work

UNPRINTABLE = 1_000
"""The size of what cannot be written in a proof: a conditional, which is only there while it is undecided."""
NOBODY = -1


class Reason(NamedTuple):
    """Why two terms are equal: an instance by its number, or what must be equal for it; neither: congruence, a case."""

    instance: int = NOBODY
    premises: tuple[tuple[int, int], ...] = ()
    congruence: bool = False


CASE = Reason()
"""A case split said so, or evaluation without any condition."""
_CONGRUENCE = Reason(congruence=True)


class Graph:
    """Classes of equal terms; never shrinks, and is copied at a case split."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.heads: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.size: list[int] = []
        self.origin: list[int] = []
        """The instance that brought a term in, ``NOBODY`` for the goal's own."""
        self.by_head: dict[str, list[int]] = {}
        self.members: dict[int, list[int]] = {}
        self.made: dict[int, int] = {}
        """For each class its constructor or literal, if there is one."""
        self.best: dict[int, int] = {}
        """For each class its smallest term."""
        self.conflict: tuple[int, int] | None = None
        """Two different constructors that are equal: this case cannot be."""
        self.dirty: deque[int] = deque()
        """Terms that may evaluate further."""
        self._root: list[int] = []
        self._uses: dict[int, list[int]] = {}
        self._table: dict[tuple[str, tuple[int, ...]], int] = {}
        self._raw: dict[tuple[str, tuple[int, ...]], int] = {}
        self._edge: list[int] = []
        self._reason: list[Reason] = []
        self._pending: deque[tuple[int, int, Reason]] = deque()

    def copy(self) -> Graph:
        """Return a graph of the same terms and equations, which shares the work."""
        new = Graph(self.work)
        new.heads, new.args, new.size, new.origin = self.heads[:], self.args[:], self.size[:], self.origin[:]
        new.by_head = {k: v[:] for k, v in self.by_head.items()}
        new.members = {k: v[:] for k, v in self.members.items()}
        new.made, new.best, new.conflict = self.made.copy(), self.best.copy(), self.conflict
        new.dirty = self.dirty.copy()
        new._root = self._root[:]
        new._uses = {k: v[:] for k, v in self._uses.items()}
        new._table, new._raw = self._table.copy(), self._raw.copy()
        new._edge, new._reason = self._edge[:], self._reason[:]
        self.work.spend(len(self.heads) // 8)
        return new

    # ------------------------------------------------------------ terms

    def find(self, term: int) -> int:
        """Return the name of a term's class."""
        root = self._root
        while root[term] != term:
            root[term] = root[root[term]]
            term = root[term]
        return term

    def same(self, left: int, right: int) -> bool:
        """Whether two terms are equal."""
        return self.find(left) == self.find(right)

    def add(self, head: str, args: tuple[int, ...] = (), origin: int = NOBODY) -> int:
        """Return the term of these parts."""
        key = (head, args)
        known = self._raw.get(key)
        if known is not None:
            return known
        self.work.spend()
        term = len(self.heads)
        self._raw[key] = term
        self.heads.append(head)
        self.args.append(args)
        self.size.append(sum(self.size[a] for a in args) + (UNPRINTABLE if head[0] == "?" else 1))
        self.origin.append(origin)
        self._root.append(term)
        self._edge.append(term)
        self._reason.append(CASE)
        self.members[term] = [term]
        self.best[term] = term
        if head[0] in "!#":
            self.made[term] = term
        self.by_head.setdefault(head, []).append(term)
        roots = tuple(self.find(a) for a in args)
        for root in dict.fromkeys(roots):
            self._uses.setdefault(root, []).append(term)
        congruent = self._table.setdefault((head, roots), term)
        self.dirty.append(term)
        if congruent != term:
            self._pending.append((term, congruent, _CONGRUENCE))
            self._close()
        return term

    def lookup(self, head: str, roots: tuple[int, ...]) -> int | None:
        """Return a term of this head over classes, if there is one."""
        return self._table.get((head, tuple(self.find(r) for r in roots)))

    def made_of(self, term: int) -> int | None:
        """Return the constructor or literal that a term is equal to, if known."""
        return self.made.get(self.find(term))

    # ------------------------------------------------------------ equations

    def merge(self, left: int, right: int, reason: Reason) -> None:
        """Make two terms equal, and all that follows by congruence."""
        self._pending.append((left, right, reason))
        self._close()

    def _close(self) -> None:
        while self._pending:
            left, right, reason = self._pending.popleft()
            one, two = self.find(left), self.find(right)
            if one == two:
                continue
            self.work.spend()
            if len(self.members[one]) > len(self.members[two]):
                one, two, left, right = two, one, right, left
            self._link(left, right, reason)
            self._absorb(one, two)

    def _absorb(self, one: int, two: int) -> None:
        """Make the class ``one`` part of ``two``."""
        self._root[one] = two
        made, other = self.made.get(one), self.made.get(two)
        if made is not None or other is not None:
            for root, has in ((one, made), (two, other)):
                if has is None:  # what is now known of these may let their users go on
                    self.dirty.extend(self._uses.get(root, ()))
                    self.dirty.extend(self.members[root])
        self.members[two].extend(self.members.pop(one))
        if self.size[self.best[one]] < self.size[self.best[two]]:
            self.best[two] = self.best[one]
        uses = self._uses.pop(one, [])
        for term in uses:
            key = (self.heads[term], tuple(self.find(a) for a in self.args[term]))
            congruent = self._table.setdefault(key, term)
            if congruent != term and self.find(congruent) != self.find(term):
                self._pending.append((term, congruent, _CONGRUENCE))
            if self.heads[term] in ("==", "/=", "@"):
                self.dirty.append(term)
        self._uses.setdefault(two, []).extend(uses)
        if made is None:
            return
        if other is None:
            self.made[two] = made
            return
        self._meet(made, other)

    def _meet(self, made: int, other: int) -> None:
        """Draw what follows of two equal constructors: that their parts are equal, or that this cannot be."""
        if self.heads[made] != self.heads[other] or len(self.args[made]) != len(self.args[other]):
            self.conflict = self.conflict or (made, other)
            return
        for a, b in zip(self.args[made], self.args[other], strict=True):
            self._pending.append((a, b, Reason(premises=((made, other),))))

    # ------------------------------------------------------------ explanations

    def _link(self, left: int, right: int, reason: Reason) -> None:
        """Add an edge to the forest of proofs: the path above ``left`` is turned around."""
        at, to, why = left, right, reason
        while True:
            above, before = self._edge[at], self._reason[at]
            self._edge[at], self._reason[at] = to, why
            if above == at:
                return
            at, to, why = above, at, before

    def explain(self, left: int, right: int) -> set[int]:
        """Return the instances that make two equal terms equal."""
        found: set[int] = set()
        seen: set[tuple[int, int]] = set()
        todo = [(left, right)]
        while todo:
            pair = todo.pop()
            if pair[0] == pair[1] or pair in seen:
                continue
            seen.add(pair)
            for term, to, reason in self._path(*pair):
                if reason.congruence:
                    todo.extend(zip(self.args[term], self.args[to], strict=True))
                    continue
                todo.extend(reason.premises)
                if reason.instance != NOBODY:
                    found.add(reason.instance)
                # What is evaluated must be there to be evaluated.
                found.update(each for each in (self.origin[term], self.origin[to]) if each != NOBODY)
        return found

    def _path(self, left: int, right: int) -> list[tuple[int, int, Reason]]:
        above = {left: 0}
        at = left
        while self._edge[at] != at:
            at = self._edge[at]
            above[at] = len(above)
        steps = []
        at = right
        while at not in above:
            steps.append((at, self._edge[at], self._reason[at]))
            at = self._edge[at]
        meet, at = at, left
        while at != meet:
            steps.append((at, self._edge[at], self._reason[at]))
            at = self._edge[at]
        return steps
