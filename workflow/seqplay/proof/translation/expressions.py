"""Expressions of a program in the language of theorems.

``call`` translates an expression that stands before arguments, so that compositions, lambdas and point-free definitions
disappear where they are applied; where they are not, they are lifted to the top level.
"""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax import LitKind
from seqplay.haskell.syntax.fixity import base_name
from seqplay.proof.language import core
from seqplay.proof.language.library import FLOATING, NAMES, OVERLOADED, SAME
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.terms import as_expr, guarded, reduced, shortened
from seqplay.proof.translation import comprehensions, record_syntax
from seqplay.proof.translation.bindings import Bindings
from seqplay.proof.translation.literals import character, characters, number
from seqplay.proof.translation.scope import Context, Scope

PRIMITIVE = frozenset({"Prelude.div", "Prelude.mod"})
"""What the library's own functions are made of besides the operators: division as the logic has it."""
_MONADIC = {">>", "=<<", ">=>", "<=<", "<*", "*>", "mapM_", "forM_", "forM", "when", "unless", "sequence_"}
_ENDLESS = {"iterate", "repeat", "cycle", "until", "fix", "unfoldr"}
_PARTIAL = {"error", "undefined", "errorWithoutStackTrace", "fromJust", "read", "digitToInt", "chr", "toEnum"}


class Expressions:
    """Translates the expressions of one program."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.bindings = Bindings(context, self)

    def expr(self, expr: hs.Expr, scope: Scope) -> core.Expr:
        """Return an expression."""
        return self.call(expr, (), scope)

    def call(self, expr: hs.Expr, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        """Return an expression applied to arguments that are translated already."""
        match expr:
            case hs.App(function, argument):
                return self.call(function, (self.expr(argument, scope), *args), scope)
            case hs.Var(name):
                return self.variable(name, args, scope)
            case hs.Con(name):
                return self.constructor(name, args)
            case hs.Infix(op, left, right):
                return self._infix(op, left, right, args, scope)
            case hs.LeftSection(op, operand):
                return self.call(op, (self.expr(operand, scope), *args), scope)
            case hs.RightSection(op, operand):
                if args:
                    return self.call(op, (args[0], self.expr(operand, scope), *args[1:]), scope)
                name = self.context.fresh.take("x")
                return self.function((hs.PVar(name),), hs.Infix(op, hs.Var(name), operand), scope)
            case hs.Lam(pats, body):
                return self._lambda(pats, body, args, scope)
            case hs.LamCase(alts):
                name = self.context.fresh.take("x")
                return self._lambda((hs.PVar(name),), hs.Case(hs.Var(name), alts), args, scope)
            case hs.TupleSection(items):
                names = {at: self.context.fresh.take("x") for at, item in enumerate(items) if item is None}
                filled = tuple(hs.Var(names[at]) if item is None else item for at, item in enumerate(items))
                return self._lambda(tuple(hs.PVar(name) for name in names.values()), hs.Tuple(filled), args, scope)
            case hs.TypeApp():
                raise Refused(Refusal.TYPE, "a visible type application")
            case _:
                return self._block(expr, args, scope)

    def rhs(self, rhs: hs.Rhs, scope: Scope, args: tuple[core.Expr, ...] = ()) -> core.Rhs:
        """Return a right-hand side, its bodies applied to arguments."""
        return self.bindings.rhs(rhs, scope, args)

    def _block(self, expr: hs.Expr, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        match expr:
            case hs.If(condition, then, other):
                test = self.expr(condition, scope)
                return core.If(test, self.call(then, args, scope), self.call(other, args, scope))
            case hs.MultiIf(branches):
                rhs = self.rhs(hs.Rhs(branches), scope, args)
                return core.Case(core.Con("()"), (core.Alternative(core.PWild(), rhs),))
            case hs.Case(scrutinee, alts):
                return self.case(self.expr(scrutinee, scope), alts, args, scope)
            case hs.Let(decls, body):
                return as_expr(self.rhs(hs.Rhs((hs.Branch((), body),), decls), scope, args))
            case hs.Typed(inner, signature):
                if args:
                    return self.call(inner, args, scope)
                return core.Ann(self.expr(inner, scope), self.context.synonyms(signature.type))
            case hs.Record(head, binds, wildcard):
                return core.apply(record_syntax.record(self, head, binds, wildcard, scope), *args)
            case _ if args:
                return core.apply(self._closed(expr, scope), *args)
            case _:
                return self._closed(expr, scope)

    def _closed(self, expr: hs.Expr, scope: Scope) -> core.Expr:
        match expr:
            case hs.Lit(LitKind.STRING, text):
                return core.list_of(characters(text))
            case hs.Lit(LitKind.CHAR, text):
                return character(text)
            case hs.Lit(kind, text):
                return number(kind, text)
            case hs.Neg(hs.Lit(LitKind.INTEGER as kind, text)):
                return number(kind, text, True)
            case hs.Neg(operand):
                return core.App(core.Var("negate"), (self.expr(operand, scope),))
            case hs.Tuple(items):
                head = core.Con("(" + "," * (len(items) - 1) + ")")
                return core.App(head, tuple(self.expr(item, scope) for item in items))
            case hs.ListLit(items):
                return core.list_of(tuple(self.expr(item, scope) for item in items))
            case hs.Range(first, step, last):
                return comprehensions.range_(self, first, step, last, scope)
            case hs.Comp(body, quals):
                return comprehensions.comprehension(self, body, quals, scope)
            case hs.Do(stmts):
                return comprehensions.block(self, stmts, scope)
            case _:
                raise Refused(Refusal.SYNTAX, f"an expression of the kind {type(expr).__name__.lower()}")

    # ------------------------------------------------------------ names

    def variable(self, name: str, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        """Return a value's name before arguments: a local, the program's own, or the library's."""
        if name in scope.values:
            return core.apply(scope.values[name], *args)
        if name in PRIMITIVE and not self.context.own:
            return core.apply(core.Var(name), *args)
        bare = base_name(name)
        if bare in self.context.own and name == bare:
            self.context.wanted.append(bare)
            return core.apply(core.Var(self.context.own[bare]), *args)
        if bare in self.context.methods:
            raise Refused(Refusal.OWN_CLASS, f"{bare} is a method of the program's own class")
        return self._library(self.context.resolver.value(name), args, scope)

    def _library(self, name: str, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        if name == "otherwise":
            return core.Con("True")
        if name == "$!" and len(args) > 1:
            return self._after(args[1], reduced(name, args), scope)
        if name in {"$", "id", "."} and len(args) > {"id": 0, ".": 2}.get(name, 1):
            return reduced(name, args)
        if name in {"const", "flip", "&"} and len(args) > {"flip": 2}.get(name, 1):
            return reduced(name, args)
        if name in core.BUILTIN and len(args) >= (1 if name in {"not", "negate"} else 2):
            return core.App(core.Var(name), args)
        if name in {"zip", "zipWith"} and len(args) >= 2:
            args = (*args[:-2], *comprehensions.ended(*args[-2:])) if len(args) == 2 + (name == "zipWith") else args
        if name == "seq" and len(args) == 2:
            return self._after(args[0], args[1], scope)
        return core.apply(core.Var(self._library_name(name)), *args)

    def _after(self, value: core.Expr, result: core.Expr, scope: Scope) -> core.Expr:
        """Return a result that is given once a value is forced: the value stays in sight of the checks of its calls."""
        if self.bindings.plain(value, scope) or (isinstance(result, core.App) and _eager(result, value)):
            return result
        return core.apply(core.lib("const"), result, value)

    def _library_name(self, name: str) -> str:
        target = NAMES.get(name, name)
        if target in self.context.library and (name == target or name in NAMES):
            return core.LIBRARY + target
        if SAME.get(name, name) in OVERLOADED:
            return core.LIBRARY + SAME.get(name, name)
        if name in FLOATING:
            return core.LIBRARY + FLOATING[name]
        if name in _ENDLESS:
            raise Refused(Refusal.INFINITE, f"{name} makes what may have no end")
        if name in _PARTIAL:
            raise Refused(Refusal.UNMODELLED, f"{name} can throw on a value that no type excludes")
        if name in _MONADIC:
            raise Refused(Refusal.MONAD, f"{name} works in any monad")
        raise Refused(Refusal.UNMODELLED, f"the reflected Prelude has no {name}")

    def constructor(self, name: str, args: tuple[core.Expr, ...]) -> core.Expr:
        """Return a constructor before arguments: a function of its own where some are missing."""
        bare = base_name(name)
        shape = self.context.shapes.constructors.get(bare)
        known = {":": 2, "[]": 0, "()": 0, "True": 0, "False": 0, "Nothing": 0, "Just": 1, "Left": 1, "Right": 1}
        known |= {"LT": 0, "EQ": 0, "GT": 0}
        if shape is None and bare not in known and not bare.startswith("(,"):
            raise Refused(Refusal.UNMODELLED, f"the reflected Prelude has no constructor {name}")
        count = len(shape.fields) if shape else known.get(bare, bare.count(",") + 1)
        if len(args) < count:
            return core.apply(self.context.wrapper(bare), *args)
        return core.apply(core.Con(self.context.shapes.name(bare)), *args)

    def _infix(
        self, op: hs.Var | hs.Con, left: hs.Expr, right: hs.Expr, args: tuple[core.Expr, ...], scope: Scope
    ) -> core.Expr:
        standard = isinstance(op, hs.Var) and op.name not in scope.values and op.name not in self.context.own
        if standard and op.name == "$":
            return self.call(left, (self.expr(right, scope), *args), scope)
        if standard and op.name == "$!":
            value = self.expr(right, scope)
            return self._after(value, self.call(left, (value, *args), scope), scope)
        if standard and op.name == "." and args:
            return self.call(left, (self.call(right, args[:1], scope), *args[1:]), scope)
        if standard and op.name == "&":
            return self.call(right, (self.expr(left, scope), *args), scope)
        return self.call(op, (self.expr(left, scope), self.expr(right, scope), *args), scope)

    # ------------------------------------------------------------ functions

    def _lambda(self, pats: tuple[hs.Pat, ...], body: hs.Expr, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        if not args:
            return self.function(pats, body, scope)
        if len(args) < len(pats):
            return self._lambda(pats[: len(args)], hs.Lam(pats[len(args) :], body), args, scope)
        return self._beta(list(zip(pats, args, strict=False)), body, args[len(pats) :], scope)

    def _beta(
        self, pairs: list[tuple[hs.Pat, core.Expr]], body: hs.Expr, rest: tuple[core.Expr, ...], scope: Scope
    ) -> core.Expr:
        if not pairs:
            return self.call(body, rest, scope)
        (pat, value), *others = pairs
        if isinstance(pat, hs.PVar):
            return self._beta(others, body, rest, scope.with_value(pat.name, value))
        if isinstance(pat, hs.PWild):
            return self._beta(others, body, rest, scope)
        self.bindings.forced(pat, value, scope)
        reading, grown = self.context.reading(scope, self.expr)
        shape = reading.pattern(pat)
        inner = self._beta(others, body, rest, grown[0])
        rhs = core.Rhs((core.Branch(tuple(reading.guards), inner),))
        return core.Case(value, (core.Alternative(shape, rhs),))

    def function(self, pats: tuple[hs.Pat, ...], body: hs.Expr, scope: Scope, hint: str = "lam") -> core.Expr:
        """Return a lambda as a top-level function, applied to what it captures."""
        while isinstance(body, hs.Lam):
            pats, body = pats + body.pats, body.body
        reading, grown = self.context.reading(scope, self.expr)
        patterns = [reading.pattern(pat) for pat in pats]
        rhs = core.unconditional(self.expr(body, grown[0]))
        if reading.guards:
            rhs = core.Rhs((core.Branch(tuple(reading.guards), as_expr(rhs)),))
        elif (short := shortened(patterns, as_expr(rhs))) is not None:
            return short
        return self.lifted(hint, tuple(patterns), rhs, scope)

    def lifted(self, hint: str, patterns: tuple[core.Pattern, ...], rhs: core.Rhs, scope: Scope) -> core.Expr:
        """Return a function of one equation, lifted out of its scope."""
        equation = core.Equation(patterns, rhs)
        return self.context.lift(hint, scope, scope.captured(core.free(equation)), (equation,))

    def case(self, value: core.Expr, alts: Sequence[hs.Alt], args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        """Return a case expression applied to arguments."""
        made: list[core.Alternative] = []
        for alt in alts:
            self.bindings.forced(alt.pat, value, scope)
            reading, grown = self.context.reading(scope, self.expr)
            pattern = reading.pattern(alt.pat)
            rhs = self.rhs(alt.rhs, grown[0], args)
            made.append(core.Alternative(pattern, guarded(rhs, reading.guards)))
        return core.Case(value, tuple(made))


def _eager(call: core.App, value: core.Expr) -> bool:
    """Whether a value is an argument of a call as it is written, where the checks look at it whatever is called."""
    function = call.function
    return isinstance(function, core.Var) and function.name not in {"&&", "||"} and value in call.arguments
