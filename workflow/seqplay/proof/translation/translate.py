"""A program in the language of theorems: what its entry reaches, with every function at the top level.

The translation keeps the meaning on values: a program is accepted only if all its functions are total and end (which
Liquid Haskell checks), so that strictness, sharing and the order of evaluation make no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import Source
from seqplay.proof.language import core
from seqplay.proof.language.names import Fresh, plain_name
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.terms import rhs_terms, subterms
from seqplay.proof.translation.bindings import arrows
from seqplay.proof.translation.comprehensions import ENDLESS
from seqplay.proof.translation.expressions import Expressions
from seqplay.proof.translation.scope import Context, Scope
from seqplay.proof.translation.types import Types, read_types

LARGEST = 4000
"""Terms of a translated program: beyond, the solver does not end in time."""


@dataclass(frozen=True)
class Library:
    """What the translation must know of the reflected Prelude: its functions' arities, and which are partial."""

    arities: dict[str, int]
    partial: frozenset[str]


@dataclass(frozen=True)
class Translated:
    """A program in the language of theorems."""

    entry: str
    functions: tuple[core.Function, ...]
    """Reached from the entry; those with a signature of their own have it, the others are ``local``."""
    data: tuple[core.DataType, ...]
    hints: dict[str, tuple[int, hs.Type]]
    """Local signatures, by function: they hold after that many arguments."""
    types: Types

    def function(self, name: str) -> core.Function:
        """Return a function by its name."""
        return next(each for each in self.functions if each.name == name)


def translate(source: Source, entry: str, library: Library, suffix: str = "") -> Translated:
    """Return a program as its entry sees it; raises ``Refused``.

    ``suffix`` is appended to the names of own types and constructors.
    """
    if source.errors:
        place = source.errors[0]
        raise Refused(Refusal.SYNTAX, f"line {place.line}: {place.text}")
    try:
        return _Program(source, library, suffix).from_entry(entry)
    except RecursionError:
        raise Refused(Refusal.SIZE, "the program nests too deeply") from None


class _Program:
    """Translates one program."""

    def __init__(self, source: Source, library: Library, suffix: str) -> None:
        self.types = read_types(source, suffix)
        self.decls: dict[str, hs.Decl] = {}
        self.signatures: dict[str, hs.Signature] = {}
        for decl in source.program.decls:
            if isinstance(decl, hs.Fun):
                self.decls[decl.name] = decl
            elif isinstance(decl, hs.Signature):
                self.signatures.update(dict.fromkeys(decl.names, decl))
        defined = [name for name in source.defined if name not in self.decls]
        surface = _names(source.program)
        fresh = Fresh(surface | {plain_name(name) for name in surface})
        fresh.taken |= set(library.arities)
        shapes = self.types.shapes()
        self.labels = {label for shape in shapes.constructors.values() for label in shape.labels}
        own: dict[str, str] = {}
        for name in [*self.decls, *defined, *self.labels]:
            wanted = plain_name(name)
            free = wanted == name or wanted not in surface
            own[name] = wanted if free and wanted not in own.values() else fresh.take(wanted)
        self.context = Context(
            own=own,
            arities={},
            shapes=shapes,
            resolver=Resolver(source),
            synonyms=self.types.expand,
            fresh=fresh,
            library=library.arities,
            partial=library.partial,
        )
        self.expressions = Expressions(self.context)
        self.context.methods = self.types.methods
        self.context.arities = self._arities()

    def _arities(self) -> dict[str, int]:
        known: dict[str, int] = dict.fromkeys(self.labels, 1)
        for name, signature in self.signatures.items():
            if name in self.decls:
                try:
                    known[name] = arrows(self.types.expand(signature.type))
                except Refused:
                    continue
        for name, decl in self.decls.items():
            if name not in known and isinstance(decl, hs.Fun):
                known[name] = self.expressions.bindings.arity(decl, {}, Scope(name))
        return known

    def from_entry(self, entry: str) -> Translated:
        """Return everything that the entry reaches."""
        functions: dict[str, core.Function] = {}
        queue = [entry]
        while queue:
            name = queue.pop(0)
            target = self.context.own[name]
            if target in functions:
                continue
            self.context.wanted.clear()
            functions[target] = self._function(name)
            queue += self.context.wanted
        functions.update(self.context.made)
        for function in functions.values():
            _finite(function)
        size = sum(1 for each in functions.values() for term in _terms(each) for _ in subterms(term))
        if size > LARGEST:
            raise Refused(Refusal.SIZE, f"{size} terms, more than {LARGEST}")
        return Translated(
            self.context.own[entry], tuple(functions.values()), self.types.data(), self.context.hints, self.types
        )

    def _function(self, name: str) -> core.Function:
        target = self.context.own[name]
        if name in self.labels:
            return self._selector(name)
        decl = self.decls.get(name)
        if not isinstance(decl, hs.Fun):
            raise Refused(Refusal.SYNTAX, f"{name} is bound by a pattern or outside the analysed syntax")
        scope = Scope(target)
        signature = self.signatures.get(name)
        if signature is not None:
            signature = replace(signature, names=(target,), type=self.types.expand(signature.type))
        equations = self.expressions.bindings.clauses(decl, self.context.arities[name], scope)
        return core.Function(target, equations, signature, local=signature is None)

    def _selector(self, label: str) -> core.Function:
        equations = []
        for name, shape in self.context.shapes.constructors.items():
            if label in shape.labels:
                patterns = tuple(core.PVar("x") if each == label else core.PWild() for each in shape.labels)
                pattern = core.PCon(self.context.shapes.name(name), patterns)
                equations.append(core.Equation((pattern,), core.unconditional(core.Var("x"))))
        return core.Function(self.context.own[label], tuple(equations), local=True)


def _terms(function: core.Function) -> list[core.Expr]:
    return [term for equation in function.equations for term in rhs_terms(equation.rhs)]


def _finite(function: core.Function) -> None:
    if ENDLESS in core.calls(function):
        raise Refused(Refusal.INFINITE, "an endless range")


def _names(program: hs.Program) -> frozenset[str]:
    names: set[str] = set()
    for node in hs.descendants(program):
        match node:
            case hs.Var(name) | hs.PVar(name) | hs.PAs(name, _) | hs.Fun(name, _) | hs.FieldPat(name, _):
                names.add(name)
            case _:
                pass
    return frozenset(names)
