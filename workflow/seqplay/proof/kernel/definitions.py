"""The definitions that a proof is about, with what must be shown of each: programs, library, proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Atom, Meta, Rigid, list_of
from seqplay.haskell.syntax import LitKind
from seqplay.proof.kernel.elaboration import Data, Elaborator, Scheme, Scope, scheme_of
from seqplay.proof.kernel.facts import RESULT, Meaning
from seqplay.proof.kernel.reading import PROOF, Reading
from seqplay.proof.kernel.refinements import Refinement, read_metric, read_signature, refinement
from seqplay.proof.kernel.terms import (
    ORDER,
    TRUE,
    Op,
    Term,
    Unsupported,
    both,
    less,
    make,
    negation,
    number,
    plain,
    subterms,
)
from seqplay.proof.language import core
from seqplay.proof.language.library import OPAQUE
from seqplay.proof.theorem.metrics import parameter
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected

LENGTH = "len"


@dataclass(frozen=True)
class Definition:
    """A function, what is to be shown of it, and what may be used of it then."""

    name: str
    meaning: Meaning
    equations: Term | None
    """Its body, also where the logic may not unfold it; None for what is known by name alone."""
    metric: tuple[Term, ...]
    """The termination metric that was given, over the parameters; empty: to be found."""
    needs: frozenset[str]
    """The functions that it speaks of, itself perhaps among them."""

    @property
    def parameters(self) -> tuple[Term, ...]:
        """The variables of the body."""
        return self.meaning.parameters


class Definitions:
    """Definitions by name, elaborated when they are asked for; ``metric`` is the proof's own."""

    def __init__(self, problem: Problem, reading: Reading, metric: str = "") -> None:
        self.data = Data({each.name: each for each in problem.data})
        self._problem = problem
        self._reading = reading
        self._metric = metric
        self._own = {each.name: each for each in problem.functions}
        self._made: dict[str, Definition] = {}
        self._schemes: dict[str, Scheme | None] = {}

    def __getitem__(self, name: str) -> Definition:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._elaborated(name)
        return made

    def claim(self, expr: core.Expr) -> Term:
        """Return a term over the theorem's variables."""
        scheme = self._scheme(PROOF)
        assert scheme is not None
        return self._logic().predicate(expr, self._variables(scheme), Meta())

    # ------------------------------------------------------------ types

    def _function(self, name: str) -> core.Function | None:
        if name in self._own:
            return self._own[name]
        return self._reading.functions.get(name) or reflected().functions.get(name)

    def _scheme(self, name: str) -> Scheme | None:
        if name not in self._schemes:
            self._schemes[name] = self._read_scheme(name)
        return self._schemes[name]

    def _read_scheme(self, name: str) -> Scheme | None:
        if name in (LENGTH, ORDER):
            item = Rigid("a", name)
            return Scheme((item,), (list_of(item),), Atom("Int"))
        function = self._function(name)
        if function is None:
            return None
        if name == PROOF and name in self._reading.functions:
            whole: hs.Type = hs.TyCon("()")
            for _, kind in reversed(self._problem.variables):
                whole = hs.TyCon("->", (kind, whole))
            return scheme_of(name, whole, len(self._problem.variables))
        if function.signature is not None:
            return scheme_of(name, function.signature.type, function.arity)
        said = self._refinement(name, function.arity)
        if said is None:
            raise Unsupported(f"{name} has no signature")
        type_: hs.Type = said.result_type
        for kind in reversed(said.types):
            type_ = hs.TyCon("->", (kind, type_))
        return scheme_of(name, type_, function.arity)

    def _refinement(self, name: str, arity: int) -> Refinement | None:
        if name in self._reading.functions:
            signature = self._reading.signatures.get(name)
            return refinement(signature, arity, self._reading.names) if signature is not None else None
        spec = reflected().specs.get(name) if name not in self._own else None
        if spec is None:
            return None
        bare = name.removeprefix(core.LIBRARY)
        names = {full.removeprefix(core.LIBRARY): full for full in reflected().functions}
        return refinement(read_signature(f"{bare} :: {spec}"), arity, names)

    # ------------------------------------------------------------ definitions

    def _logic(self) -> Elaborator:
        return Elaborator(self._scheme, self.data, logic=True)

    def _variables(self, scheme: Scheme) -> Scope:
        """Return the theorem's variables as the proof's parameters."""
        parameters = _parameters(PROOF, scheme)
        names = [name for name, _ in self._problem.variables]
        return {name: (each.type, _constant(each)) for name, each in zip(names, parameters, strict=True)}

    def _elaborated(self, name: str) -> Definition:
        if name == ORDER:
            return Definition(name, Meaning((), (), None, TRUE, None, TRUE), None, (), frozenset())
        scheme = self._scheme(name)
        if scheme is None:
            raise Unsupported(f"{name} has no definition here")
        parameters = _parameters(name, scheme)
        result = make(Op.VAR, RESULT + name, (), scheme.result)
        if name == LENGTH:
            return self._length(scheme, parameters, result)
        function = self._function(name)
        assert function is not None
        opaque = name.startswith(core.LIBRARY) and name.removeprefix(core.LIBRARY) in OPAQUE
        body = None if opaque else Elaborator(self._scheme, self.data).body(function, parameters, scheme.result)
        before, after, metric = self._said(name, function, parameters, result)
        spoken = [each for each in (body, before, after, *metric) if each is not None]
        needs = {each.name[0] for each in subterms(*spoken) if each.op in (Op.CALL, Op.PARTIAL)}
        meaning = Meaning(
            scheme.variables,
            parameters,
            plain(body) if body is not None and self._unfolds(name) else None,
            before,
            after,
            result,
        )
        return Definition(name, meaning, body, metric, frozenset(needs))

    def _unfolds(self, name: str) -> bool:
        proofs_own = name in self._reading.functions
        return not proofs_own or name in self._reading.reflected or name not in self._reading.lines

    def _length(self, scheme: Scheme, parameters: tuple[Term, ...], result: Term) -> Definition:
        """Return the length of a list, which refinements speak of; that it is never negative is built in."""
        rest = core.App(
            core.Var("+"), (core.Lit(LitKind.INTEGER, "1"), core.App(core.Var(LENGTH), (core.Var("rest"),)))
        )
        equations = (
            core.Equation((core.PCon("[]"),), core.unconditional(core.Lit(LitKind.INTEGER, "0"))),
            core.Equation((core.PCon(":", (core.PWild(), core.PVar("rest"))),), core.unconditional(rest)),
        )
        body = Elaborator(self._scheme, self.data).body(core.Function(LENGTH, equations), parameters, scheme.result)
        after = negation(less(result, number(0)))
        meaning = Meaning(scheme.variables, parameters, body, TRUE, after, result)
        return Definition(LENGTH, meaning, body, (), frozenset({LENGTH}))

    def _said(
        self, name: str, function: core.Function, parameters: tuple[Term, ...], result: Term
    ) -> tuple[Term, Term | None, tuple[Term, ...]]:
        """Return a function's pre- and postcondition and its metric, over the parameters and the result."""
        logic = self._logic()
        if name == PROOF and name in self._reading.functions:
            scheme = self._scheme(name)
            assert scheme is not None
            scope = self._variables(scheme)
            after = logic.predicate(core.App(core.Var("=="), (self._problem.left, self._problem.right)), scope)
            metric = read_metric(self._metric, {LENGTH: LENGTH}) if self._metric else ()
            return TRUE, after, tuple(logic.predicate(each, scope, Atom("Int")) for each in metric)
        said = self._refinement(name, function.arity)
        if said is None:
            scope = {parameter(at): (each.type, _constant(each)) for at, each in enumerate(parameters)}
            given = self._problem.metrics.get(name) if name in self._own else None
            metric = read_metric(given, {}) if given else ()
            return TRUE, None, tuple(logic.predicate(each, scope, Meta()) for each in metric)
        scope = {each: (term.type, _constant(term)) for each, term in zip(said.arguments, parameters, strict=True)}
        before = TRUE
        for each in said.before:
            before = both(before, logic.predicate(each, scope))
        scope = {**scope, said.result: (result.type, _constant(result))}
        claims = [logic.predicate(each, scope) for each in said.after]
        return (
            before,
            reduce(both, claims) if claims else None,
            tuple(logic.predicate(each, scope, Meta()) for each in said.metric),
        )


def _parameters(name: str, scheme: Scheme) -> tuple[Term, ...]:
    return tuple(make(Op.VAR, f"{name} {at + 1}", (), kind) for at, kind in enumerate(scheme.parameters))


def _constant(term: Term) -> Callable[[], Term]:
    return lambda: term
