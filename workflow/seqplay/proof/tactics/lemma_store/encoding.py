"""Proofs as records: terms whose names are content addresses, written and read.

An atom is a variable by its name, or a letter with what it stands for: ``f:`` and ``c:`` a program's own function
or constructor by its address, ``l:`` a function of the library or an operator, ``k:`` a constructor of the library,
``i:`` an integer, ``p:`` a lemma by its id. A proof is ``["leaf", lemmas, hypotheses]``, ``["if", condition, then,
else]`` or ``["case", subject, [[constructor, variables, proof], …]]``.

What is read may have been written by anybody: it becomes a proof of what its record says over this world's names, or
``Unreadable``; no text of it reaches a module but names and numbers of the forms below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqplay.files import canonical_json, content_id
from seqplay.haskell.syntax import LitKind
from seqplay.proof.language.core import BUILTIN, LIBRARY, App, Con, Expr, Lit, Var, apply
from seqplay.proof.language.terms import integer
from seqplay.proof.tactics.goal import Decision, Equality, Hypothesis, Leaf, Proof, Split, Tree, World
from seqplay.proof.tactics.lemma_store.addresses import Addresses
from seqplay.records import StoredLemma

Scope = Mapping[str, str]
_VARIABLE = re.compile(r"[yz]\d{1,4}")
_METRIC_WORDS = frozenset({"if", "then", "else", "len", "+", "-", "<", "0", "1"})
DEPTH = 60
"""How deep what is read may be nested."""


class Unreadable(Exception):
    """A stored lemma says nothing in this world, or nothing at all."""


class NotPortable(Exception):
    """A proof names what has no address."""


# ---------------------------------------------------------------- to records


class Writer:
    """Writes the proofs of one world; variables are ``y1`` … in the order of a proof's arguments, then ``z1`` … ."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def lemma(self, proof: Proof, known: Mapping[str, StoredLemma], shown: str) -> StoredLemma:
        """Return a proof as a record; ``known`` are the records of what it may recall, by the names here.

        Raises ``NotPortable``.
        """
        of = proof.of
        if not proof.lemmas <= known.keys():
            raise NotPortable("a lemma that it recalls")
        recalled = [known[name] for name in sorted(proof.lemmas)]
        scope = {name: f"y{at}" for at, name in enumerate(of.names, 1)}
        left, right = self._term(of.left, scope), self._term(of.right, scope)
        return StoredLemma(
            id=content_id("lemma", canonical_json([left, right])),
            left=left,
            right=right,
            variables=list(scope.values()),
            proof=self._tree(proof.tree, known, scope),
            metric=None if proof.metric is None else _renamed(proof.metric, scope),
            recalls=sorted({each.id for each in recalled}),
            depth=max((each.depth + 1 for each in recalled), default=0),
            shown=shown,
        )

    def _tree(self, tree: Tree, known: Mapping[str, StoredLemma], scope: Scope) -> Any:
        match tree:
            case Leaf(hints, hypotheses):
                recalled = [self._recalled(each, known, scope) for each in hints]
                return ["leaf", recalled, [[self._term(a, scope) for a in each.arguments] for each in hypotheses]]
            case Decision(condition, then, other):
                return ["if", self._term(condition, scope), *(self._tree(t, known, scope) for t in (then, other))]
            case Split(subject, cases):
                made = [self._case(*each, known, scope) for each in cases]
                return ["case", self._term(subject, scope), made]

    def _case(
        self, made: str, names: Sequence[str], tree: Tree, known: Mapping[str, StoredLemma], scope: Scope
    ) -> list[Any]:
        last = max((int(each[1:]) for each in scope.values() if each.startswith("z")), default=0)
        inner = {**scope, **{name: f"z{at}" for at, name in enumerate(names, last + 1)}}
        return [self._constructor(made), [inner[name] for name in names], self._tree(tree, known, inner)]

    def _recalled(self, hint: Expr, known: Mapping[str, StoredLemma], scope: Scope) -> Any:
        match hint:
            case Var(name) if name in known:
                return [f"p:{known[name].id}"]
            case App(Var(name), arguments) if name in known:
                return [f"p:{known[name].id}", *(self._term(each, scope) for each in arguments)]
        raise NotPortable("a lemma that it recalls")

    def _term(self, expr: Expr, scope: Scope) -> Any:
        match expr:
            case Var(name) if name in scope:
                return scope[name]
            case Var(name) if name in self._addresses.functions:
                return f"f:{self._addresses.functions[name]}"
            case Var(name) if name in BUILTIN or name.startswith(LIBRARY):
                return f"l:{name}"
            case Con(name):
                return self._constructor(name)
            case Lit(LitKind.INTEGER, text):
                return f"i:{int(text, 0)}"
            case App(function, arguments):
                return [self._term(function, scope), *(self._term(each, scope) for each in arguments)]
        raise NotPortable(str(expr))

    def _constructor(self, name: str) -> str:
        return f"c:{self._addresses.constructors[name]}" if name in self._addresses.constructors else f"k:{name}"


def _renamed(metric: str, scope: Scope) -> str:
    """Return a metric with other variables; raises ``NotPortable`` where it says more than numbers and lengths do."""
    words = metric.removeprefix("[").removesuffix("]").split()
    if not set(words) <= _METRIC_WORDS | scope.keys():
        raise NotPortable(f"a metric: {metric}")
    return f"[{' '.join(scope.get(word, word) for word in words)}]"


# ---------------------------------------------------------------- from records


@dataclass(frozen=True)
class Reader:
    """Reads lemmas into one world: where several definitions of it are one, the first in its order is meant."""

    world: World
    functions: Mapping[str, str]
    """Names by addresses, as ``constructors``."""
    constructors: Mapping[str, str]

    @classmethod
    def of(cls, world: World, addresses: Addresses) -> Reader:
        """Return the reader for a world."""
        return cls(world, _names(addresses.functions), _names(addresses.constructors))

    def sides(self, lemma: StoredLemma) -> tuple[Expr, Expr]:
        """Return the two sides of a lemma; raises ``Unreadable``."""
        scope = self._variables(lemma.variables)
        return self._term(lemma.left, scope, DEPTH), self._term(lemma.right, scope, DEPTH)

    def proof(self, lemma: StoredLemma, of: Equality, known: Mapping[str, Equality]) -> Proof:
        """Return the proof of a lemma that is stated as ``of``; ``known`` are the lemmas it may recall, by id.

        Raises ``Unreadable``.
        """
        scope = self._variables(lemma.variables)
        if lemma.metric is not None:
            words = lemma.metric.removeprefix("[").removesuffix("]").split()
            if lemma.metric != f"[{' '.join(words)}]" or not set(words) <= _METRIC_WORDS | scope:
                raise Unreadable(f"a metric: {lemma.metric}")
        recalled = {each: known[each] for each in lemma.recalls if each in known}
        tree = self._tree(lemma.proof, of, recalled, scope, DEPTH)
        return Proof(of, tree, lemma.metric, frozenset(each.name for each in recalled.values()))

    def _variables(self, names: Any) -> frozenset[str]:
        """Return names that a proof binds at once."""
        found = {self._variable(each) for each in names} if isinstance(names, list) else set()
        if not isinstance(names, list) or len(found) != len(names):
            raise Unreadable("variables")
        return frozenset(found)

    def _variable(self, name: Any) -> str:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name) or name in self.world.functions:
            raise Unreadable(f"a variable: {name}")
        return name

    def _tree(self, tree: Any, of: Equality, known: Mapping[str, Equality], scope: frozenset[str], depth: int) -> Tree:
        if depth < 0:
            raise Unreadable("too deep")
        match tree:
            case ["leaf", [*hints], [*hypotheses]]:
                made = tuple(self._recalled(each, known, scope) for each in hints)
                return Leaf(made, tuple(self._hypothesis(each, of, scope) for each in hypotheses))
            case ["if", condition, then, other]:
                held, *inner = (self._tree(each, of, known, scope, depth - 1) for each in (then, other))
                return Decision(self._term(condition, scope, DEPTH), held, *inner)
            case ["case", subject, [*cases]]:
                made_cases = tuple(self._case(each, of, known, scope, depth - 1) for each in cases)
                return Split(self._term(subject, scope, DEPTH), made_cases)
        raise Unreadable("a proof")

    def _case(
        self, case: Any, of: Equality, known: Mapping[str, Equality], scope: frozenset[str], depth: int
    ) -> tuple[str, tuple[str, ...], Tree]:
        match case:
            case [str(made), [*names], tree]:
                constructor, inner = self._atom(made, scope), scope | self._variables(names)
                if isinstance(constructor, Con):
                    return constructor.name, tuple(names), self._tree(tree, of, known, inner, depth)
        raise Unreadable("a case")

    def _recalled(self, hint: Any, known: Mapping[str, Equality], scope: frozenset[str]) -> Expr:
        match hint:
            case [str(head), *arguments] if head.removeprefix("p:") in known:
                lemma = known[head.removeprefix("p:")]
                if len(arguments) == len(lemma.variables):
                    return apply(Var(lemma.name), *(self._term(each, scope, DEPTH) for each in arguments))
        raise Unreadable("a lemma that it recalls")

    def _hypothesis(self, arguments: Any, of: Equality, scope: frozenset[str]) -> Hypothesis:
        if not isinstance(arguments, list) or len(arguments) != len(of.variables):
            raise Unreadable("a hypothesis")
        return Hypothesis(tuple(self._term(each, scope, DEPTH) for each in arguments), frozenset())

    def _term(self, term: Any, scope: frozenset[str], depth: int) -> Expr:
        match term:
            case str():
                return self._atom(term, scope)
            case [head, first, *others] if depth > 0:
                function = self._term(head, scope, depth - 1)
                if not isinstance(function, App | Lit):
                    return apply(function, *(self._term(each, scope, depth - 1) for each in (first, *others)))
        raise Unreadable("a term")

    def _atom(self, atom: str, scope: frozenset[str]) -> Expr:
        kind, _, name = atom.partition(":")
        if atom in scope:
            return Var(atom)
        if kind == "f" and name in self.functions:
            return Var(self.functions[name])
        if kind == "c" and name in self.constructors:
            return Con(self.constructors[name])
        if kind == "l" and (name in BUILTIN or (name.startswith(LIBRARY) and name in self.world.functions)):
            return Var(name)
        if kind == "k" and name in self.world.siblings and name not in self.constructors.values():
            return Con(name)
        if kind == "i" and re.fullmatch(r"-?\d{1,30}", name):
            return integer(int(name))
        raise Unreadable(f"an atom: {atom}")


def _names(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return names by addresses, of those at one address the first."""
    found: dict[str, str] = {}
    for name, address in addresses.items():
        found.setdefault(address, name)
    return found
