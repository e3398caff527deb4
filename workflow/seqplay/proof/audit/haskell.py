"""The Haskell of a proof: declarations, expressions, patterns, types and names that are known to be sound.

Local functions may not call themselves: recursion belongs into a lemma at the top level, where it has a metric.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source
from seqplay.haskell.syntax import scope as scoping
from seqplay.proof.audit.measures import endless
from seqplay.proof.audit.names import CLASSES, CONSTRUCTORS, DEFINED, THEOREM, TYPES, Scope
from seqplay.proof.audit.refusal import Refusal

_EXPRESSIONS = (
    *(hs.Var, hs.Con, hs.Lit, hs.App, hs.Infix, hs.Neg, hs.LeftSection, hs.RightSection, hs.Lam, hs.Let, hs.If),
    *(hs.Case, hs.Tuple, hs.ListLit, hs.Typed, hs.Comp),
)
_PATTERNS = (hs.PVar, hs.PWild, hs.PLit, hs.PCon, hs.PTuple, hs.PList, hs.PAs)
_WHY_NODE: dict[type[hs.Node], tuple[str, str]] = {
    hs.PBang: ("bang pattern", "it forces a value, which the logic cannot speak of"),
    hs.PLazy: ("lazy pattern", "it puts a failure off until nobody looks"),
    hs.PView: ("view pattern", "it is not in the allow-list"),
    hs.PRec: ("record pattern", "write the constructor with all its arguments"),
    hs.PTyped: ("typed pattern", "it is not in the allow-list"),
    hs.Record: ("record", "a record without a field throws; write the constructor with all its arguments"),
    hs.Do: ("do", "a proof has no effects"),
    hs.Range: ("range", "it may be infinite"),
    hs.LamCase: ("\\case", "write a lambda and a case"),
    hs.MultiIf: ("multi-way if", "write guards or if"),
    hs.TypeApp: ("type application", "it is not in the allow-list"),
    hs.TupleSection: ("tuple section", "write a lambda"),
}


class HaskellAudit:
    """Collects the refusals of one fragment's Haskell."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope
        self.code = source.code.encode("utf-8", "surrogatepass")
        self.functions = [decl for decl in source.program.decls if isinstance(decl, hs.Fun)]
        self.own = [decl.name for decl in self.functions]

    def refusals(self) -> Iterator[Refusal]:
        """Yield everything outside the allow-list."""
        if self.source.module is not None:
            yield Refusal("module", 1, "a proof has no module header")
        for line in self.source.imports:
            yield Refusal(f"import {line.module}", line.line, "a proof imports nothing")
        for place in self.source.errors:
            yield Refusal(place.text, place.line, "it does not parse")
        for decl in self.source.program.decls:
            yield from self._top(decl)
        yield from self._definitions()

    # ------------------------------------------------------------ declarations

    def _top(self, decl: hs.Decl) -> Iterator[Refusal]:
        match decl:
            case hs.Fun():
                yield from self._function(decl)
            case hs.Signature():
                yield from self._types(decl)
                for name in decl.names:
                    if name not in self.own:
                        yield self._at(decl, name, "a signature without a definition in the proof")
            case hs.PatBind():
                yield self._at(decl, "pattern binding", "only functions and values stand at the top level of a proof")
            case hs.Fixity():
                yield self._at(decl, decl.associativity, "the fixities are the pipeline's")
            case hs.DataDecl():
                yield self._at(decl, f"{decl.tokens[0]} {decl.name}", "a proof declares no types")
            case hs.Body():
                yield self._at(decl, f"{decl.keyword} {decl.name}", "a proof declares no classes and instances")
            case hs.Opaque():
                yield self._at(decl, " ".join(decl.tokens[:3]), "this declaration is not in the allow-list")
            case _:
                yield self._at(decl, type(decl).__name__, "this declaration is not in the allow-list")

    def _function(self, decl: hs.Fun) -> Iterator[Refusal]:
        known = self.scope.reserved | set(self.own)
        seen: set[str] = set()
        for node in hs.descendants(decl):
            yield from self._node(node)
            if isinstance(node, hs.Var) and node.name not in seen:
                seen.add(node.name)
        for name in sorted(scoping.free_names(decl) - known):
            yield self._at(self._use(decl, name), name, self.scope.why_not(name))
        for inner in hs.descendants(decl):
            if inner is not decl and isinstance(inner, hs.Fun | hs.PVar | hs.PAs) and inner.name in self.own:
                yield self._at(inner, inner.name, "a local name takes the place of a definition of the proof")

    def _definitions(self) -> Iterator[Refusal]:
        if THEOREM not in self.own:
            yield Refusal(THEOREM, 1, "the proof does not define it")
        for index, decl in enumerate(self.functions):
            if decl.name in self.own[:index]:
                yield self._at(decl, decl.name, "it is defined twice")
            if decl.name in DEFINED:
                yield self._at(decl, decl.name, "the name has another meaning in the logic")
        values = {decl.name for decl in self.functions if not decl.clauses[0].pats}
        for decl in _circular(self.functions):
            if decl.name in values:
                yield self._at(decl, decl.name, "a value that is defined by itself")

    def measures(self, names: Iterable[str]) -> Iterator[Refusal]:
        """Yield where functions that the proof makes measures may not end."""
        calls = {decl.name: _free(decl) for decl in self.functions}
        for decl in self.functions:
            if decl.name in names:
                for node, why in endless(decl, calls):
                    yield self._at(node, decl.name, why)

    # ------------------------------------------------------------ below declarations

    def _node(self, node: hs.Node) -> Iterator[Refusal]:
        match node:
            case hs.Fun(name, _) | hs.PVar(name) | hs.PAs(name, _) if name in self.scope.reserved:
                yield self._at(node, name, "it takes the place of a name that the pipeline defines")
            case hs.Con(name) | hs.PCon(name, _) if not self._is_constructor(name):
                why = self.scope.why_not(name).replace("not defined in the proof and ", "")
                yield self._at(node, name, why)
            case hs.Signature():
                yield from self._types(node)
            case hs.Case(_, ()):
                yield self._at(node, "case of {}", "a case without alternatives")
            case hs.PatBind(pat, _) if not _irrefutable(pat):
                yield self._at(node, "pattern binding", "its pattern may fail; use case")
            case hs.Fixity() | hs.Opaque():
                yield self._at(node, "local declaration", "this declaration is not in the allow-list")
            case hs.Let(decls, _) | hs.LetStmt(decls) | hs.Rhs(_, decls):
                for decl in _circular([d for d in decls if isinstance(d, hs.Fun)]):
                    yield self._at(decl, decl.name, "local recursion; make it a lemma at the top level")
            case _:
                pass
        if isinstance(node, hs.Expr) and not isinstance(node, _EXPRESSIONS):
            yield self._outside(node)
        if isinstance(node, hs.Pat) and not isinstance(node, _PATTERNS):
            yield self._outside(node)

    def _is_constructor(self, name: str) -> bool:
        return name in CONSTRUCTORS or name in self.scope.constructors or set(name) <= set("(,)")

    def _outside(self, node: hs.Node) -> Refusal:
        construct, why = _WHY_NODE.get(type(node), (type(node).__name__, "it is not in the allow-list"))
        return self._at(node, construct, why)

    def _types(self, signature: hs.Signature) -> Iterator[Refusal]:
        for constraint in signature.constraints:
            if constraint.name not in CLASSES or not isinstance(constraint.type, hs.TyVar):
                yield self._at(signature, constraint.name or "constraint", "only classes of the Prelude on a variable")
        for node in hs.descendants(signature.type):
            match node:
                case hs.TyCon(name, _) if name not in TYPES and name not in self.scope.types and set(name) - set("(,)"):
                    yield self._at(signature, name, "the type is not in scope of a proof")
                case hs.TyOther(tokens):
                    yield self._at(signature, " ".join(tokens), "the type is not in the allow-list")
                case _:
                    pass

    # ------------------------------------------------------------ places

    def _use(self, decl: hs.Decl, name: str) -> hs.Node:
        """The first place where a name is written."""
        uses = (node for node in hs.descendants(decl) if isinstance(node, hs.Var) and node.name == name)
        return next(uses, decl)

    def _at(self, node: hs.Node, construct: str, why: str) -> Refusal:
        offset = max(node.span[0], 0)
        return Refusal(construct, self.code[:offset].count(b"\n") + 1, why)


def _irrefutable(pat: hs.Pat) -> bool:
    match pat:
        case hs.PVar() | hs.PWild():
            return True
        case hs.PTuple(items):
            return all(_irrefutable(item) for item in items)
        case _:
            return False


def _circular(decls: Sequence[hs.Fun]) -> Iterator[hs.Fun]:
    """Yield the functions of a group that call themselves, directly or through others of the group."""
    names = {decl.name for decl in decls}
    calls = {decl.name: (_free(decl) & names) for decl in decls}
    for decl in decls:
        reached: set[str] = set()
        frontier: Iterable[str] = calls[decl.name]
        while frontier:
            reached |= set(frontier)
            frontier = set().union(*(calls[name] for name in frontier)) - reached
        if decl.name in reached:
            yield decl


def _free(decl: hs.Fun) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    return found.union(*(scoping.free_names(clause) for clause in decl.clauses))
