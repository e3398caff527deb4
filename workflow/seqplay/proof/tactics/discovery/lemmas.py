"""Lemmas: conjectures that are stated once, tried, tried again when more is proved, and then proved or left."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from seqplay.proof.language.core import BUILTIN, Expr, Var
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import match_term, outer_subterms
from seqplay.proof.tactics.discovery.attempt import Means
from seqplay.proof.tactics.discovery.cases import Case
from seqplay.proof.tactics.discovery.evaluation import Sources
from seqplay.proof.tactics.discovery.exploration import CALLS, type_variables
from seqplay.proof.tactics.discovery.generalisation import Opening
from seqplay.proof.tactics.discovery.proving import FORWARD, Approach, prove
from seqplay.proof.tactics.discovery.work import OutOfWork, Work
from seqplay.proof.tactics.goal import Equality, Leaf, Proof, World
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.text import expressible, logical
from seqplay.proof.tactics.typing import IllTyped, Typing

RETRIES = 6
"""How often a conjecture is tried again when more is proved."""
SUGGESTED = 12
"""Conjectures of one open case."""
AGREED = 55
"""Of the refuter's inputs, on so many a conjecture must have values."""


@dataclass
class Lemmas:
    """The conjectures of one search, and what became of them."""

    world: World
    work: Work
    deadline: float = inf
    """A last stop, by the monotonic clock."""
    approach: Approach = FORWARD
    proved: dict[str, Proof] = field(default_factory=dict)
    """By name, each after those that it recalls."""
    failed: list[Equality] = field(default_factory=list)
    open: list[Case] = field(default_factory=list)
    """The cases of the last conjecture that stayed open."""
    _seen: set[tuple[Expr, Expr]] = field(default_factory=set)
    """Equations that were stated."""
    _refused: list[Equality] = field(default_factory=list)
    """What the checker did not accept."""
    _tried: dict[Equality, tuple[int, int]] = field(default_factory=dict)
    """How often each failed conjecture was tried again, and how many lemmas there were the last time."""
    _named: int = 0

    def __post_init__(self) -> None:
        self._typing = Typing.of(self.world)
        self._refuter = Refuter(self.world, CALLS)
        self._sources = Sources()

    # ------------------------------------------------------------ what is proved

    @property
    def means(self) -> Means:
        """What a proof may use by now."""
        return Means(self.world, self._sources, tuple(p.of for p in self.proved.values()))

    def add(self, proof: Proof) -> None:
        """Take a lemma from elsewhere, which is no conjecture any more."""
        self.proved[proof.of.name] = proof
        self.stated(proof.of.left, proof.of.right)

    def refuse(self, names: Iterable[str]) -> None:
        """Take back lemmas that the checker does not accept, and all that rest on them."""
        lost = set(names)
        for name, proof in list(self.proved.items()):
            if name in lost or proof.lemmas & lost:
                lost.add(name)
                del self.proved[name]
                self._refused.append(proof.of)

    def closure(self, names: frozenset[str]) -> list[Proof]:
        """Return the lemmas of these names with all that they recall, in the order in which they were proved."""
        wanted: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo.extend(self.proved[name].lemmas)
        return [proof for name, proof in self.proved.items() if name in wanted]

    # ------------------------------------------------------------ conjectures

    def suggested(self, case: Case) -> list[Equality]:
        """Return what an open case suggests and was not stated."""
        return self.all_stated(Opening(self.world, case, case.kinds, self.work).conjectures())[:SUGGESTED]

    def all_stated(self, pairs: Iterable[tuple[Expr, Expr]]) -> list[Equality]:
        """Return the pairs of terms that can be stated and were not."""
        return [equality for pair in pairs if (equality := self.stated(*pair)) is not None]

    def stated(self, left: Expr, right: Expr) -> Equality | None:
        """Return two terms as an equality over variables of its own; none if it was stated, or has no type."""
        parts = [part for side in (left, right) for part in outer_subterms(side)]
        names = dict.fromkeys(each.name for each in parts if isinstance(each, Var) and self._is_local(each.name))
        fresh = {n: f"y{i}" for i, n in enumerate(names, 1)}
        left, right = (substitute(side, {n: Var(f) for n, f in fresh.items()}) for side in (left, right))
        if (left, right) in self._seen or left == right:
            return None
        self._seen.add((left, right))
        if not (expressible(logical(left)) and expressible(logical(right))):
            return None
        try:
            types, context, kind = self._typing.equality(left, right, list(fresh.values()), {})
        except IllTyped:
            return None
        if not type_variables(kind) <= set[str]().union(*(type_variables(each) for each in types.values())):
            return None  # at what type it is recalled would be open
        return Equality("", tuple((n, types[n]) for n in fresh.values()), left, right, (), context)

    def _is_local(self, name: str) -> bool:
        return name not in self.world.functions and name not in BUILTIN and not name.startswith("Prelude.")

    def is_known(self, equality: Equality) -> bool:
        """Whether it is a lemma at other terms, or something that was tried."""
        others: Sequence[Equality] = [*(p.of for p in self.proved.values()), *self.failed, *self._refused]
        for other in others:
            for one, two in ((other.left, other.right), (other.right, other.left)):
                found: dict[str, Expr] = {}
                if match_term(one, equality.left, other.names, found):
                    if match_term(two, equality.right, other.names, found):
                        return True
        return False

    def consider(self, equality: Equality) -> bool:
        """Try to prove a conjecture; whether there is a new lemma now."""
        before = len(self.proved)
        if not self.prove(equality):
            self.failed.append(equality)
        return len(self.proved) > before

    def prove(self, equality: Equality, steps: int = 0) -> bool:
        """Whether a conjecture is proved, or follows from lemmas by evaluation alone, or a value refutes it: only the
        first is a lemma.
        """
        if time.monotonic() > self.deadline:
            raise OutOfWork
        self.open = []
        self._named += 1
        equality = replace(equality, name=f"explored{self._named}")
        try:
            with self.work.part(steps or self.approach.steps) as part:
                agreed = self._refuter.agreements(equality)
                if agreed is None or agreed < (AGREED if equality.variables else 1):
                    return True
                proof, self.open = prove(self.means, equality, part, self.approach)
        except OutOfWork:
            return False
        if proof is None:
            return False
        if not isinstance(proof.tree, Leaf) or proof.tree.hypotheses:
            self.proved[equality.name] = proof
        return True

    def retry(self) -> None:
        """Try what failed again, as long as there are new lemmas."""
        before = -1
        while len(self.proved) > before:
            before = len(self.proved)
            self.failed = [each for each in self.failed if self._rests(each) or not self.prove(each, self._more(each))]

    def _more(self, equality: Equality) -> int:
        """Return the steps of another attempt: more each time."""
        times, _ = self._tried[equality]
        return min(self.approach.steps << times // 2, self.approach.most)

    def _rests(self, equality: Equality) -> bool:
        """Whether a conjecture was tried often enough, or nothing was proved since."""
        times, known = self._tried.get(equality, (0, -1))
        if known == len(self.proved):
            return True
        self._tried[equality] = times + 1, len(self.proved)
        return times >= RETRIES


def generality(equality: Equality) -> tuple[int, int]:
    """Return a key by which general statements come before their instances."""
    sizes = [sum(1 for _ in outer_subterms(side)) for side in (equality.left, equality.right)]
    return -len(equality.variables), sum(sizes)
