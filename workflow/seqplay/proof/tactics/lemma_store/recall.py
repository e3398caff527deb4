"""Recall: which lemmas of a store speak of a goal's own definitions, as proofs over these, for a checker to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from seqplay.files import canonical_json
from seqplay.proof.language.core import LIBRARY, Expr
from seqplay.proof.tactics.discovery.exploration import type_variables, used_functions
from seqplay.proof.tactics.goal import Equality, Proof, World
from seqplay.proof.tactics.lemma_store.addresses import Addresses
from seqplay.proof.tactics.lemma_store.encoding import NotPortable, Reader, Unreadable, Writer
from seqplay.proof.tactics.text import expressible, logical
from seqplay.proof.tactics.typing import IllTyped, Typing
from seqplay.records import StoredLemma

RECALLED = 30
"""Lemmas of one search at most: each is looked for in every case of every attempt."""
RECORDED, LONGEST = 40, 4_000
"""Lemmas that one search adds at most, and characters of the proof of one."""
PREFIX = "stored"
"""What their names begin with."""


@dataclass(frozen=True)
class LemmaStore:
    """The lemmas of a file."""

    lemmas: Sequence[StoredLemma] = ()

    @cached_property
    def _spoken(self) -> Sequence[_Spoken]:
        """The lemmas in the order in which they are worth recalling."""
        found = sorted(self.lemmas, key=lambda each: (-each.pairs, each.depth, len(str(each.proof)), each.id))
        return [_spoken(each) for each in found]

    def about(self, own: frozenset[str], library: frozenset[str]) -> list[StoredLemma]:
        """Return lemmas that may help, each after those that it recalls.

        They and their proofs speak of no other definitions than ``own``, and one side has no other function of the
        library than ``library``; both name definitions as records do.
        """
        here = {each.lemma.id: each for each in self._spoken if each.own <= own}
        lemmas = {id_: each.lemma for id_, each in here.items()}
        found: dict[str, StoredLemma] = {}
        for each in here.values():
            grown = dict(found)
            if any(side <= library for side in each.library):
                if _take(each.lemma, lemmas, grown) and len(grown) <= RECALLED:
                    found = grown
        return list(found.values())


class _Spoken(NamedTuple):
    """A lemma with what it speaks of."""

    lemma: StoredLemma
    own: frozenset[str]
    """The programs' own definitions in it and in its proof."""
    library: tuple[frozenset[str], frozenset[str]]
    """The functions of the library in either side."""


def _spoken(lemma: StoredLemma) -> _Spoken:
    left, right, proof = (_atoms(each) for each in (lemma.left, lemma.right, lemma.proof))
    own = frozenset(each for each in left | right | proof if each[:2] in ("f:", "c:"))
    sides = (frozenset(each for each in side if each.startswith(f"l:{LIBRARY}")) for side in (left, right))
    return _Spoken(lemma, own, (next(sides), next(sides)))


def _take(lemma: StoredLemma, here: Mapping[str, StoredLemma], found: dict[str, StoredLemma]) -> bool:
    """Add to what was found a lemma behind all that it recalls; whether all of that is here.

    What a lemma recalls has a smaller depth, so that this ends whatever the records say.
    """
    if lemma.id in found:
        return True
    for each in lemma.recalls:
        if each not in here or here[each].depth >= lemma.depth or not _take(here[each], here, found):
            return False
    found[lemma.id] = lemma
    return True


def _atoms(term: Any) -> frozenset[str]:
    if isinstance(term, list):
        return frozenset[str]().union(*(_atoms(each) for each in term))
    return frozenset({str(term)})


@dataclass
class Recall:
    """The lemmas of a store that may help with a goal."""

    store: LemmaStore
    world: World
    goal: Equality
    names: dict[str, StoredLemma] = field(default_factory=dict)
    """What was recalled, by the names that it has here."""

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the world."""
        return Addresses.of(self.world)

    def proofs(self) -> Iterator[Proof]:
        """Yield them as proofs to be checked, each after those that it recalls; what says nothing here is left out."""
        reader, typing = Reader.of(self.world, self.addresses), Typing.of(self.world)
        known: dict[str, Equality] = {}
        for lemma in self._about_goal():
            name = f"{PREFIX}{len(self.names) + 1}"
            try:
                of = _typed(typing, name, lemma, *reader.sides(lemma))
                proof = reader.proof(lemma, of, known)
            except (Unreadable, IllTyped, RecursionError):
                continue
            known[lemma.id], self.names[name] = of, lemma
            yield proof

    def _about_goal(self) -> list[StoredLemma]:
        addresses = self.addresses
        reached = used_functions(self.world, (self.goal.left, self.goal.right))
        functions = (f"f:{addresses.functions[name]}" for name in reached if name in addresses.functions)
        own = frozenset([*functions, *(f"c:{address}" for address in addresses.constructors.values())])
        return self.store.about(own, frozenset(f"l:{name}" for name in reached if name.startswith(LIBRARY)))

    def learnt(self, proofs: Iterable[Proof], shown: Callable[[Equality], str]) -> list[StoredLemma]:
        """Return what a search has proved as records, each after those that it recalls; what was recalled is as it was.

        ``shown`` gives the text of an equality.
        """
        writer = Writer(self.addresses)
        known = dict(self.names)
        found: dict[str, StoredLemma] = {}
        for proof in proofs:
            name = proof.of.name
            if name not in known:
                with suppress(NotPortable, RecursionError):
                    made = writer.lemma(proof, known, shown(proof.of))
                    if len(canonical_json(made.proof)) <= LONGEST:
                        known[name] = made
            if name in known:
                # Of two names of one lemma the first stays: what recalls the other has a larger depth still.
                found.setdefault(known[name].id, known[name].model_copy(update={"pairs": 1}))
        return list(found.values())[:RECORDED]


def _typed(typing: Typing, name: str, lemma: StoredLemma, left: Expr, right: Expr) -> Equality:
    if not (expressible(logical(left)) and expressible(logical(right))):
        raise Unreadable("a side")
    types, context, kind = typing.equality(left, right, lemma.variables, {}, general=True)
    if not type_variables(kind) <= set[str]().union(*(type_variables(each) for each in types.values())):
        raise Unreadable("a type that is open")  # at what type it is recalled would be open
    return Equality(name, tuple((n, types[n]) for n in lemma.variables), left, right, (), context)
