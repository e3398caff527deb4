"""The reflected Prelude, read: its functions as core, their types, their numbers of arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import parse
from seqplay.proof.annotations.fragment import read_fragment
from seqplay.proof.inference.schemes import Scheme
from seqplay.proof.language import core
from seqplay.proof.language.library import PARTIAL, library_text
from seqplay.proof.language.names import Fresh
from seqplay.proof.translation.expressions import Expressions
from seqplay.proof.translation.patterns import Shapes
from seqplay.proof.translation.scope import Context, Scope
from seqplay.proof.translation.translate import Library


@dataclass(frozen=True)
class Reflected:
    """The library; names have the prefix ``L.``."""

    functions: Mapping[str, core.Function]
    """All; one that the logic knows by name alone is defined by itself."""
    schemes: Mapping[str, Scheme]
    """The types of all, those known by name alone included."""
    arities: Library
    specs: Mapping[str, str]
    """What the annotations say beyond the types: refinements and termination metrics."""

    def used(self, names: frozenset[str]) -> list[core.Function]:
        """Return the functions that the names stand for and those that they call, in the library's order."""
        seen: set[str] = set()
        queue = [name for name in names if name in self.functions]
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                queue += [other for other in core.calls(self.functions[name]) if other in self.functions]
        return [function for name, function in self.functions.items() if name in seen]


@cache
def reflected() -> Reflected:
    """Return the reflected Prelude."""
    source = parse(library_text())
    program = source.program.decls
    signatures = {name: decl for decl in program if isinstance(decl, hs.Signature) for name in decl.names}
    decls = {decl.name: decl for decl in program if isinstance(decl, hs.Fun)}
    arities = {name: len(decl.clauses[0].pats) for name, decl in decls.items()}
    context = Context(
        own={},
        arities={},
        shapes=Shapes({}, {}, {}),
        resolver=Resolver(source),
        synonyms=lambda type_: type_,
        fresh=Fresh(frozenset()),
        library=arities,
        partial=frozenset(),
    )
    bindings = Expressions(context).bindings
    functions: dict[str, core.Function] = {}
    for name, decl in decls.items():
        equations = bindings.clauses(decl, arities[name], Scope(name))
        signature = replace(signatures[name], names=(core.LIBRARY + name,))
        functions[core.LIBRARY + name] = core.Function(core.LIBRARY + name, equations, signature)
    schemes = {core.LIBRARY + name: Scheme(each.type, each.constraints) for name, each in signatures.items()}
    return Reflected(
        functions,
        schemes,
        Library(arities, PARTIAL),
        dict(_specs()),
    )


def _specs() -> Iterator[tuple[str, str]]:
    for annotation in read_fragment(library_text()).annotations:
        name, sign, spec = annotation.body.strip().partition(" :: ")
        if sign:
            yield core.LIBRARY + name, spec.strip()
