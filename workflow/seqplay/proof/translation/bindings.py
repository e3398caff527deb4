"""Local declarations, guards and where: values stay where they are, functions are lifted to the top level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.scope import free_names, has_wildcard
from seqplay.proof.language import core
from seqplay.proof.language.graph import components
from seqplay.proof.language.names import plain_name
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.terms import as_expr, guarded, subterms
from seqplay.proof.translation.patterns import bound_names
from seqplay.proof.translation.scope import Context, Scope
from seqplay.proof.translation.translator import Translator

_PARTIAL_IF_ZERO = frozenset(core.LIBRARY + name for name in ("div", "mod", "quot", "rem", "divMod", "quotRem"))


@dataclass(frozen=True)
class Value:
    """A local variable and its value."""

    name: str
    value: core.Expr


@dataclass(frozen=True)
class Matched:
    """A pattern that cannot fail, and the value that it takes apart."""

    pattern: core.Pattern
    value: core.Expr


Unit = Value | Matched


class Bindings:
    """Translates groups of declarations and what stands under them."""

    def __init__(self, context: Context, translator: Translator) -> None:
        self.context = context
        self.translator = translator

    # ------------------------------------------------------------ right-hand sides

    def rhs(self, rhs: hs.Rhs, scope: Scope, args: tuple[core.Expr, ...] = ()) -> core.Rhs:
        """Return a right-hand side, its bodies applied to arguments."""
        total = any(not _tests(branch, self.context, scope) for branch in rhs.branches)
        guarded_ = any(_tests(branch, self.context, scope) for branch in rhs.branches)
        units, inner = self.declare(rhs.wheres, scope, matched=total, late=guarded_)
        branches = tuple(self._branch(branch, inner, args) for branch in rhs.branches)
        return _under(units, branches)

    def _branch(self, branch: hs.Branch, scope: Scope, args: tuple[core.Expr, ...]) -> core.Branch:
        guards: list[core.Guard] = []
        for stmt in _tests(branch, self.context, scope):
            match stmt:
                case hs.Test(expr):
                    guards.append(core.Test(self.translator.expr(expr, scope)))
                case hs.Gen(pat, expr):
                    value = self.translator.expr(expr, scope)
                    self.forced(pat, value, scope)
                    reading, grown = self.context.reading(scope, self.translator.expr)
                    guards.append(core.Match(reading.pattern(pat), value))
                    guards += reading.guards
                    scope = grown[0]
                case hs.LetStmt(decls):
                    units, scope = self.declare(decls, scope, matched=True)
                    for unit in units:
                        pattern = core.PVar(unit.name) if isinstance(unit, Value) else unit.pattern
                        guards.append(core.Match(pattern, unit.value))
                case _:
                    raise Refused(Refusal.SYNTAX, "a guard of an unknown kind")
        return core.Branch(tuple(guards), self.translator.call(branch.body, args, scope))

    # ------------------------------------------------------------ groups

    def declare(
        self, decls: Sequence[hs.Decl], scope: Scope, *, matched: bool, late: bool = False
    ) -> tuple[list[Unit], Scope]:
        """Return the values that a group binds, in the order in which they need each other, and the scope below.

        With ``matched``, a pattern that cannot fail is kept whole; otherwise each of its variables is taken out alone.
        With ``late``, a value that calls the function itself is put where it is used: behind the guards that end it.
        """
        made: dict[int, hs.Fun | hs.PatBind] = {}
        types: dict[str, hs.Signature] = {}
        for at, decl in enumerate(decls):
            match decl:
                case hs.Fun() | hs.PatBind():
                    made[at] = decl
                case hs.Signature():
                    types.update(dict.fromkeys(decl.names, decl))
                case hs.Fixity():
                    pass
                case _:
                    raise Refused(Refusal.SYNTAX, "a local declaration that is no plain binding")
        owner = {name: at for at, decl in made.items() for name in self._names(decl)}
        edges = {at: [owner[n] for n in sorted(free_names(decl)) if n in owner] for at, decl in made.items()}
        units: list[Unit] = []
        for group in components(edges):
            members = [made[at] for at in group]
            recursive = len(group) > 1 or group[0] in edges[group[0]]
            functions = [each for each in members if isinstance(each, hs.Fun) and self.arity(each, types, scope)]
            if len(functions) == len(members):
                scope = self._functions(functions, types, scope)
            elif recursive:
                names = ", ".join(name for each in members for name in self._names(each))
                raise Refused(Refusal.INFINITE, f"{names} is defined by itself without being a function")
            else:
                more, scope = self._value(members[0], types, scope, matched, late)
                units += more
        return units, scope

    def _names(self, decl: hs.Fun | hs.PatBind) -> list[str]:
        return [decl.name] if isinstance(decl, hs.Fun) else bound_names(decl.pat, self.context.shapes)

    def arity(self, decl: hs.Fun, types: Mapping[str, hs.Signature], scope: Scope) -> int:
        """Return how many arguments a binding takes: its patterns, and what its body or signature adds."""
        patterns = len(decl.clauses[0].pats)
        if decl.name in types:
            return max(patterns, arrows(self.context.synonyms(types[decl.name].type)))
        branches = decl.clauses[0].rhs.branches
        if len(decl.clauses) == 1 and len(branches) == 1 and not branches[0].guards:
            return patterns + self._lacking(branches[0].body, scope)
        return patterns

    def _lacking(self, expr: hs.Expr, scope: Scope) -> int:
        """Return how many arguments an expression certainly still takes, by its form."""
        match expr:
            case hs.Lam(pats, body):
                return len(pats) + self._lacking(body, scope)
            case hs.LamCase() | hs.LeftSection() | hs.RightSection():
                return 1
            case hs.TupleSection(items):
                return sum(item is None for item in items)
            case hs.Infix(hs.Var("."), _, _) if "." not in scope.values and "." not in self.context.own:
                return 1
            case hs.App() | hs.Var():
                head, args = hs.spine(expr)
                if isinstance(head, hs.Var) and head.name not in scope.values:
                    if head.name in self.context.arities:
                        return max(0, self.context.arities[head.name] - len(args))
                    return max(0, self.context.base_arity(head.name) - len(args))
                return 0
            case _:
                return 0

    def _value(
        self, decl: hs.Fun | hs.PatBind, types: Mapping[str, hs.Signature], scope: Scope, matched: bool, late: bool
    ) -> tuple[list[Unit], Scope]:
        rhs = decl.clauses[0].rhs if isinstance(decl, hs.Fun) else decl.rhs
        value = as_expr(self.rhs(rhs, scope))
        if isinstance(decl, hs.PatBind):
            self.forced(decl.pat, value, scope)
        if isinstance(decl, hs.Fun):
            if decl.name in types:
                value = core.Ann(value, self.context.synonyms(types[decl.name].type))
            return self._bound(decl.name, value, scope, late)
        pat = decl.pat.pat if isinstance(decl.pat, hs.PBang) else decl.pat
        if isinstance(pat, hs.PVar):
            return self._bound(pat.name, value, scope, late)
        reading, grown = self.context.reading(scope, self.translator.expr)
        pattern = reading.pattern(pat)
        if reading.guards:
            raise Refused(Refusal.PATTERN, "a literal in the pattern of a local binding")
        sure = reading.irrefutable(pat)
        if matched and sure and not self.partial(value):
            return [Matched(pattern, value)], grown[0]
        return self._parts(pattern, value, scope, grown[0], sure)

    def _bound(self, name: str, value: core.Expr, scope: Scope, late: bool) -> tuple[list[Unit], Scope]:
        # What can fail must stay where it is needed: Liquid Haskell looks at a binding without what guards its uses.
        again = late and scope.owner in core.free(value)
        if again or self.partial(value) or isinstance(value, core.Var | core.Lit):
            return [], scope.with_value(name, value)
        new = self.context.local_name(name, scope)
        return [Value(new, value)], scope.with_local(name, new)

    def _parts(
        self, pattern: core.Pattern, value: core.Expr, scope: Scope, inner: Scope, sure: bool
    ) -> tuple[list[Unit], Scope]:
        """Return one value for each variable of a pattern."""
        units: list[Unit] = []
        whole = value
        if sure and not self.partial(value):
            name = self.context.fresh.take("whole")
            units.append(Value(name, value))
            whole = core.Var(name)
        result = scope if not units else Scope(scope.owner, scope.values, (*scope.locals, units[0].name))  # type: ignore[union-attr]
        surface = {shown.name: name for name, shown in inner.values.items() if isinstance(shown, core.Var)}
        for name in core.pattern_names(pattern):
            taken = core.Case(whole, (core.Alternative(_only(pattern, name), core.unconditional(core.Var(name))),))
            if sure and units:
                units.append(Value(name, taken))
                result = result.with_local(surface[name], name)
            else:
                result = result.with_value(surface[name], taken)
        return units, result

    def forced(self, pat: hs.Pat, value: core.Expr, scope: Scope) -> None:
        """Refuse a bang pattern on what may have no value: where nothing uses it, no check of it is left."""
        banged = any(isinstance(each, hs.PBang) for each in hs.descendants(pat))
        if banged and (self.partial(value) or scope.owner in core.free(value)):
            raise Refused(Refusal.PATTERN, "a bang pattern that forces what may have no value")

    def plain(self, value: core.Expr, scope: Scope) -> bool:
        """Whether an expression certainly has a value: it calls nothing but the logic's operators."""
        return all(
            each.name in core.BUILTIN or each.name in scope.locals
            for each in subterms(value)
            if isinstance(each, core.Var)
        )

    def partial(self, value: core.Expr) -> bool:
        """Whether an expression calls what needs a condition on its arguments."""
        return any(_needs(each, self.context.partial) for each in subterms(value))

    # ------------------------------------------------------------ local functions

    def _functions(self, decls: Sequence[hs.Fun], types: Mapping[str, hs.Signature], scope: Scope) -> Scope:
        if any(has_wildcard(decl) for decl in decls):
            raise Refused(Refusal.RECORD, "a record wildcard in a local function")
        used = frozenset().union(*(free_names(decl) for decl in decls))
        needed = frozenset().union(*(core.free(scope.values[name]) for name in used if name in scope.values))
        captured = scope.captured(needed)
        params = tuple(core.Var(name) for name in captured)
        names = {decl.name: self.context.fresh.take(f"{scope.owner}_{_word(decl.name)}") for decl in decls}
        inner = scope
        for decl in decls:
            inner = inner.with_value(decl.name, core.apply(core.Var(names[decl.name]), *params))
        for decl in decls:
            front = tuple(core.PVar(name) for name in captured)
            equations = self.clauses(decl, self.arity(decl, types, scope), inner)
            lifted = tuple(core.Equation(front + each.patterns, each.rhs) for each in equations)
            signature = types.get(decl.name)
            hint = self.context.synonyms(signature.type) if signature else None
            self.context.made[names[decl.name]] = core.Function(names[decl.name], lifted, local=True)
            if hint is not None:
                self.context.hints[names[decl.name]] = (len(captured), hint)
        return inner

    def clauses(self, decl: hs.Fun, arity: int, scope: Scope) -> tuple[core.Equation, ...]:
        """Return the equations of a function, each with as many patterns as it takes arguments."""
        made: list[core.Equation] = []
        for clause in decl.clauses:
            reading, grown = self.context.reading(scope, self.translator.expr)
            patterns = [reading.pattern(pat) for pat in clause.pats]
            extra = [reading.fresh("y") for _ in range(arity - len(clause.pats))]
            rhs = self.rhs(clause.rhs, grown[0], tuple(core.Var(name) for name in extra))
            patterns += [core.PVar(name) for name in extra]
            made.append(core.Equation(tuple(patterns), guarded(rhs, reading.guards)))
        return tuple(made)


def arrows(type_: hs.Type) -> int:
    """Return the number of arguments of a function type."""
    count = 0
    while isinstance(type_, hs.TyCon) and type_.name == "->":
        count, type_ = count + 1, type_.args[1]
    return count


def _word(name: str) -> str:
    return plain_name(name).removesuffix("_")


def _tests(branch: hs.Branch, context: Context, scope: Scope) -> tuple[hs.Stmt, ...]:
    """Return the guards of a branch without those that always hold."""
    return tuple(
        stmt
        for stmt in branch.guards
        if not (
            isinstance(stmt, hs.Test)
            and (
                stmt.expr == hs.Con("True")
                or (stmt.expr == hs.Var("otherwise") and "otherwise" not in {*scope.values, *context.own})
            )
        )
    )


def _under(units: Sequence[Unit], branches: tuple[core.Branch, ...]) -> core.Rhs:
    """Return branches under values: bindings as long as they are plain, then a case for each pattern."""
    bindings: list[core.Binding] = []
    for at, unit in enumerate(units):
        if isinstance(unit, Matched):
            inner = _under(units[at + 1 :], branches)
            body = core.Case(unit.value, (core.Alternative(unit.pattern, inner),))
            return core.Rhs((core.Branch((), body),), tuple(bindings))
        bindings.append(core.Binding(unit.name, unit.value))
    return core.Rhs(branches, tuple(bindings))


def _only(pattern: core.Pattern, name: str) -> core.Pattern:
    """Return a pattern in which one variable alone is bound."""
    match pattern:
        case core.PVar(other):
            return pattern if other == name else core.PWild()
        case core.PAs(other, inner):
            return core.PVar(name) if other == name else _only(inner, name)
        case core.PCon(constructor, arguments):
            return core.PCon(constructor, tuple(_only(argument, name) for argument in arguments))
        case _:
            return pattern


def _needs(expr: core.Expr, partial: frozenset[str]) -> bool:
    match expr:
        case core.App(core.Var(name), (_, core.Lit(_, text), *_)) if name in _PARTIAL_IF_ZERO:
            return text == "0"
        case core.App(core.Var(name), _) if name in _PARTIAL_IF_ZERO:
            return True
        case core.Var(name):
            return name in partial - _PARTIAL_IF_ZERO
        case _:
            return False
