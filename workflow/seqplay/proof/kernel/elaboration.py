"""From the language of theorems to the kernel's terms: types are inferred, patterns become tests and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import (
    ARROW,
    BOOL,
    CHAR,
    DOUBLE,
    Ap,
    Atom,
    Meta,
    Mismatch,
    Rigid,
    Ty,
    arrow,
    list_of,
    prune,
    resolved,
    show,
    spine,
    unify,
)
from seqplay.haskell.syntax import LitKind
from seqplay.haskell.syntax.literals import decode
from seqplay.proof.kernel.terms import (
    FALSE,
    TRUE,
    UNIT,
    UNIT_TYPE,
    Op,
    Term,
    Unsupported,
    both,
    equal,
    instantiated,
    is_whole,
    make,
    negation,
    number,
    ordered,
    simplified,
)
from seqplay.proof.language import core

_ARITHMETIC = {"+": Op.ADD, "-": Op.SUBTRACT, "*": Op.MULTIPLY, "Prelude.div": Op.DIVIDE, "Prelude.mod": Op.REMAINDER}
_COMPARISONS = frozenset({"==", "/=", "<", "<=", ">", ">="})
_LOGICAL = frozenset({"&&", "||", "=>", "<=>"})
_COMBINATORS = frozenset({"===", "=<=", "=>=", "?", "withProof", "&&&", "***", "toProof"})


@dataclass(frozen=True)
class Scheme:
    """A function's type: its variables, its parameters, and what it gives to that many arguments."""

    variables: tuple[Rigid, ...]
    parameters: tuple[Ty, ...]
    result: Ty


def read_type(type_: hs.Type, variable: Callable[[str], Ty]) -> Ty:
    """Return a type of the syntax tree; raises ``Unsupported``."""
    match type_:
        case hs.TyVar(name):
            return variable(name)
        case hs.TyCon("Proof", ()):
            return UNIT_TYPE
        case hs.TyCon("String", ()):
            return list_of(CHAR)
        case hs.TyCon(name, args):
            made: Ty = Atom(name)
            for each in args:
                made = Ap(made, read_type(each, variable))
            return made
    raise Unsupported("a type of higher rank or kind")


def scheme_of(name: str, type_: hs.Type, arity: int) -> Scheme:
    """Return the scheme of a function that takes so many arguments."""
    variables: dict[str, Rigid] = {}
    whole = read_type(type_, lambda each: variables.setdefault(each, Rigid(each, name)))
    parameters = []
    for _ in range(arity):
        head, parts = spine(whole)
        if head != ARROW:
            raise Unsupported(f"{name} takes more arguments than its type says")
        parameters.append(parts[0])
        whole = parts[1]
    return Scheme(tuple(variables.values()), tuple(parameters), whole)


@dataclass(frozen=True)
class Data:
    """The data types of a theorem, its own and the Prelude's."""

    own: Mapping[str, core.DataType] = field(default_factory=dict)

    def constructors(self, type_: Ty) -> tuple[tuple[str, tuple[Ty, ...]], ...]:
        """Return a type's constructors with the types of their fields; none for what is no data type."""
        head, args = spine(type_)
        if not isinstance(head, Atom):
            return ()
        match head.name:
            case "Bool":
                return ("False", ()), ("True", ())
            case "Ordering":
                return ("LT", ()), ("EQ", ()), ("GT", ())
            case "()":
                return (("()", ()),)
            case "QED":
                return (("QED", ()),)
            case "[]":
                return ("[]", ()), (":", (args[0], type_))
            case "Maybe":
                return ("Nothing", ()), ("Just", (args[0],))
            case "Either":
                return ("Left", (args[0],)), ("Right", (args[1],))
            case name if name.startswith("(,"):
                return ((name, tuple(args)),)
        data = self.own.get(head.name)
        if data is None:
            return ()
        if any(isinstance(each, hs.TyCon) and each.name == "->" for each in _parts_of(data)):
            # It could hold itself, and with it a loop that no recursion shows.
            raise Unsupported(f"a function in a field of {data.name}")
        actual = dict(zip(data.params, args, strict=True))
        return tuple(
            (made, tuple(read_type(each, lambda var: actual[var]) for each in fields))
            for made, fields in data.constructors
        )

    def made_by(self, constructor: str) -> Ty:
        """Return the type that a constructor makes, its variables unknown; raises ``Unsupported``."""
        for name, count, makers in _BUILTIN:
            if constructor in makers:
                return _applied(name, count)
        if constructor.startswith("(,"):
            return _applied(constructor, constructor.count(",") + 1)
        for data in self.own.values():
            if any(constructor == name for name, _ in data.constructors):
                return _applied(data.name, len(data.params))
        raise Unsupported(f"the constructor {constructor}")


_BUILTIN = (
    ("Bool", 0, ("True", "False")), ("Ordering", 0, ("LT", "EQ", "GT")), ("()", 0, ("()",)), ("[]", 1, ("[]", ":")),
    ("Maybe", 1, ("Nothing", "Just")), ("Either", 2, ("Left", "Right")), ("QED", 0, ("QED",)),
)  # fmt: skip


def _parts_of(data: core.DataType) -> list[hs.Node]:
    return [each for _, fields in data.constructors for kind in fields for each in hs.descendants(kind)]


def _applied(name: str, count: int) -> Ty:
    made: Ty = Atom(name)
    for _ in range(count):
        made = Ap(made, Meta())
    return made


class Delayed:
    """A term that is made once all types are known."""

    def __init__(self, work: Callable[[], Term]) -> None:
        self._work = work
        self._made: Term | None = None

    def __call__(self) -> Term:
        """Return the term."""
        if self._made is None:
            self._made = self._work()
        return self._made


Typed = tuple[Ty, Callable[[], Term]]
Scope = Mapping[str, Typed]


class Elaborator:
    """Elaborates one definition or predicate.

    In a predicate (``logic``) equality is the logic's own, at every type; in a program it is Haskell's, which is the
    same only where no Double is compared.
    """

    def __init__(self, schemes: Callable[[str], Scheme | None], data: Data, *, logic: bool = False) -> None:
        self._schemes = schemes
        self._data = data
        self._logic = logic

    def body(self, function: core.Function, parameters: Sequence[Term], result: Ty) -> Term:
        """Return a function's equations as one term over its parameters; raises ``Unsupported``."""
        made: Callable[[], Term] = lambda: make(Op.FAIL, function.name, (), _known(result))  # noqa: E731
        try:
            for equation in reversed(function.equations):
                made = self._equation(equation, parameters, result, made)
            return made()
        except Mismatch as error:
            raise Unsupported(f"the types of {function.name}: {error}") from None

    def predicate(self, expr: core.Expr, scope: Scope, type_: Ty = BOOL) -> Term:
        """Return a predicate, or a metric, over the terms in scope."""
        try:
            found, made = self.expr(expr, scope)
            unify(found, type_)
            return made()
        except Mismatch as error:
            raise Unsupported(f"the types of a refinement: {error}") from None

    # ------------------------------------------------------------ equations and patterns

    def _equation(
        self, equation: core.Equation, parameters: Sequence[Term], result: Ty, otherwise: Callable[[], Term]
    ) -> Callable[[], Term]:
        scope: dict[str, Typed] = {}
        tests: list[Callable[[], Term]] = []
        for pattern, parameter in zip(equation.patterns, parameters, strict=True):
            self._pattern(pattern, (parameter.type, Delayed(_constant(parameter))), scope, tests)
        return _guarded(tests, self._rhs(equation.rhs, scope, result, otherwise), otherwise)

    def _pattern(
        self, pattern: core.Pattern, value: Typed, scope: dict[str, Typed], tests: list[Callable[[], Term]]
    ) -> None:
        type_, made = value
        match pattern:
            case core.PVar(name):
                scope[name] = value
            case core.PAs(name, inner):
                scope[name] = value
                self._pattern(inner, value, scope, tests)
            case core.PCon(name, arguments):
                whole = self._data.made_by(name)
                unify(whole, type_)
                fields = dict(self._data.constructors(whole))
                if len(fields[name]) != len(arguments):
                    raise Unsupported(f"{name} with another number of fields")
                siblings = tuple(fields)
                tests.append(Delayed(lambda: simplified(Op.IS, (name, siblings), (made(),), BOOL)))
                for at, (each, kind) in enumerate(zip(arguments, fields[name], strict=True)):
                    self._pattern(each, (kind, Delayed(_field(name, at, kind, made))), scope, tests)
            case core.PWild():
                pass
            case _:
                raise Unsupported("a pattern of another kind")

    def _rhs(self, rhs: core.Rhs, scope: Scope, result: Ty, otherwise: Callable[[], Term]) -> Callable[[], Term]:
        inner = dict(scope)
        values: list[Callable[[], Term]] = []
        for binding in rhs.bindings:
            inner[binding.name] = self.expr(binding.value, inner)
            values.append(inner[binding.name][1])
        made = otherwise
        for branch in reversed(rhs.branches):
            local, tests = dict(inner), list[Callable[[], Term]]()
            for guard in branch.guards:
                if isinstance(guard, core.Test):
                    type_, test = self.expr(guard.condition, local)
                    unify(type_, BOOL)
                    tests.append(test)
                else:
                    value = self.expr(guard.value, local)
                    tests.append(_after([value[1]], _constant(TRUE)))
                    self._pattern(guard.pattern, value, local, tests)
            type_, body = self.expr(branch.body, local)
            unify(type_, result)
            made = _guarded(tests, body, made)
        return _after(values, made) if values else made

    # ------------------------------------------------------------ expressions

    def expr(self, expr: core.Expr, scope: Scope) -> Typed:
        """Return an expression's type, and what makes its term."""
        match expr:
            case core.Var(name) if name in scope:
                return scope[name]
            case core.Var() | core.Con():
                return self._call(expr, (), scope)
            case core.App(function, arguments):
                return self._call(function, arguments, scope)
            case core.Lit(kind, text):
                return _literal(kind, text)
            case core.Let(name, value, body):
                bound = self.expr(value, scope)
                type_, made = self.expr(body, {**scope, name: bound})
                return type_, _after([bound[1]], made)
            case core.If(condition, then, other):
                parts = [self.expr(each, scope) for each in (condition, then, other)]
                unify(parts[0][0], BOOL)
                unify(parts[1][0], parts[2][0])
                return parts[1][0], Delayed(lambda: _conditional(*(each() for _, each in parts)))
            case core.Case(scrutinee, alternatives):
                return self._case(scrutinee, alternatives, scope)
            case core.Ann(value, kind):
                type_, made = self.expr(value, scope)
                fresh: dict[str, Ty] = {}
                unify(type_, read_type(kind, lambda name: fresh.setdefault(name, Meta())))
                return type_, made
        raise Unsupported("an expression of another kind")

    def _case(self, scrutinee: core.Expr, alternatives: Sequence[core.Alternative], scope: Scope) -> Typed:
        value = self.expr(scrutinee, scope)
        result = Meta()
        made: Callable[[], Term] = lambda: make(Op.FAIL, "case", (), _known(result))  # noqa: E731
        for each in reversed(alternatives):
            inner, tests = dict(scope), list[Callable[[], Term]]()
            self._pattern(each.pattern, value, inner, tests)
            made = _guarded(tests, self._rhs(each.rhs, inner, result, made), made)
        return result, _after([value[1]], made)

    def _call(self, function: core.Expr, arguments: Sequence[core.Expr], scope: Scope) -> Typed:
        given = [self.expr(each, scope) for each in arguments]
        match function:
            case core.Var(name) if name not in scope:
                special = self._special(name, given)
                if special is not None:
                    return special
                scheme = self._schemes(name)
                if scheme is None:
                    raise Unsupported(f"{name.removeprefix(core.LIBRARY)} has no definition here")
                return self._known(name, scheme, given)
            case core.Con(name):
                whole = self._data.made_by(name)
                fields = dict(self._data.constructors(whole))[name]
                if len(fields) != len(given):
                    raise Unsupported(f"{name} before some of its arguments")
                for (type_, _), kind in zip(given, fields, strict=True):
                    unify(type_, kind)
                return whole, Delayed(lambda: make(Op.CON, name, tuple(each() for _, each in given), _known(whole)))
        return _applied_to(self.expr(function, scope), given)

    def _known(self, name: str, scheme: Scheme, given: Sequence[Typed]) -> Typed:
        actual: dict[Rigid, Ty] = {each: Meta() for each in scheme.variables}
        parameters = [instantiated(each, actual) for each in scheme.parameters]
        result = instantiated(scheme.result, actual)
        arity = len(parameters)
        for (type_, _), kind in zip(given, parameters, strict=False):
            unify(type_, kind)
        whole = result
        for kind in reversed(parameters[len(given) :]):
            whole = arrow(kind, whole)

        def work() -> Term:
            types = tuple(_known(actual[each]) for each in scheme.variables)
            args = tuple(made() for _, made in given[:arity])
            if len(args) == arity:
                return make(Op.CALL, (name, types), args, _known(whole if len(given) <= arity else result))
            return make(Op.PARTIAL, (name, types, arity), args, _known(whole))

        return _applied_to((whole, Delayed(work)), given[arity:])

    # ------------------------------------------------------------ what the logic itself knows

    def _special(self, name: str, given: Sequence[Typed]) -> Typed | None:
        types = [type_ for type_, _ in given]
        parts = [made for _, made in given]
        if name in _ARITHMETIC and len(given) == 2:
            unify(*types)
            return types[0], Delayed(lambda: _arithmetic(_ARITHMETIC[name], parts[0](), parts[1]()))
        if name == "negate" and len(given) == 1:
            return types[0], Delayed(lambda: _arithmetic(Op.SUBTRACT, number(0, _known(types[0])), parts[0]()))
        if name in _COMPARISONS and len(given) == 2:
            unify(*types)
            return BOOL, Delayed(lambda: self._compared(name, parts[0](), parts[1]()))
        if (name in _LOGICAL and len(given) == 2) or (name == "not" and len(given) == 1):
            for each in types:
                unify(each, BOOL)
            return BOOL, Delayed(lambda: _connected(name, [each() for each in parts]))
        if name in ("true", "false") and not given and self._logic:
            return BOOL, Delayed(_constant(TRUE if name == "true" else FALSE))
        return None if self._logic else _combined(name, types, parts)

    def _compared(self, name: str, left: Term, right: Term) -> Term:
        if name in ("==", "/="):
            if not self._logic and _holds_double(self._data, left.type):
                raise Unsupported("equality of Doubles, which is not the logic's")
            return equal(left, right) if name == "==" else negation(equal(left, right))
        if name in (">", "<="):
            left, right = right, left
        if _holds_double(self._data, left.type):
            raise Unsupported("an order of Doubles, which is not the logic's")
        smaller = ordered(left, right)
        return smaller if name in ("<", ">") else negation(smaller)


def _combined(name: str, types: Sequence[Ty], parts: Sequence[Callable[[], Term]]) -> Typed | None:
    """Return a proof combinator before its arguments."""
    if name == "trivial" and not types:
        return UNIT_TYPE, Delayed(_constant(UNIT))
    if name not in _COMBINATORS or len(types) != (1 if name == "toProof" else 2):
        return None
    if name in ("===", "=<=", "=>="):
        if name != "===":
            raise Unsupported(f"the combinator {name}")
        unify(*types)
        return types[0], Delayed(lambda: make(Op.STEP, None, (parts[0](), parts[1]()), _known(types[0])))
    if name in ("?", "withProof"):
        return types[0], Delayed(lambda: make(Op.HINT, None, (parts[0](), parts[1]()), _known(types[0])))
    if name == "&&&":
        for each in types:
            unify(each, UNIT_TYPE)
        return UNIT_TYPE, Delayed(lambda: make(Op.HINT, None, (parts[1](), parts[0]()), UNIT_TYPE))
    return UNIT_TYPE, Delayed(lambda: make(Op.HINT, None, (UNIT, parts[0]()), UNIT_TYPE))


def _known(type_: Ty) -> Ty:
    """Return a type without unknowns: what nothing decides may be any type, and is Integer."""
    type_ = prune(type_)
    match type_:
        case Meta():
            return Atom("Integer")
        case Ap(head, argument):
            return Ap(_known(head), _known(argument))
        case _:
            return type_


def _constant(term: Term) -> Callable[[], Term]:
    return lambda: term


def _field(name: str, at: int, kind: Ty, made: Callable[[], Term]) -> Callable[[], Term]:
    return lambda: simplified(Op.FIELD, (name, at), (made(),), _known(kind))


def _after(values: Sequence[Callable[[], Term]], made: Callable[[], Term]) -> Callable[[], Term]:
    """Return a term that keeps values in sight of the checks, also where nothing uses them: they may be forced."""

    def work() -> Term:
        result = made()
        shown = [each for each in (value() for value in values) if each.args]
        return make(Op.HINT, None, (result, *shown), result.type) if shown else result

    return Delayed(work)


def _conditional(condition: Term, then: Term, other: Term) -> Term:
    # Also where both cases are the same: in a proof it is the split that matters.
    if condition in (TRUE, FALSE):
        return then if condition is TRUE else other
    return make(Op.IF, None, (condition, then, other), then.type)


def _guarded(
    tests: Sequence[Callable[[], Term]], body: Callable[[], Term], otherwise: Callable[[], Term]
) -> Callable[[], Term]:
    def work() -> Term:
        made = body()
        for test in reversed(tests):
            condition = test()
            made = made if condition is TRUE else _conditional(condition, made, otherwise())
        return made

    return Delayed(work)


def _applied_to(function: Typed, given: Sequence[Typed]) -> Typed:
    type_, made = function
    for argument_type, argument in given:
        result = Meta()
        unify(type_, arrow(argument_type, result))
        type_, made = result, Delayed(_application(made, argument, result))
    return type_, made


def _application(function: Callable[[], Term], argument: Callable[[], Term], result: Ty) -> Callable[[], Term]:
    return lambda: simplified(Op.APPLY, None, (function(), argument()), _known(result))


def _arithmetic(op: Op, left: Term, right: Term) -> Term:
    if not is_whole(left.type):
        raise Unsupported(f"arithmetic at {show(left.type)}")
    return simplified(op, None, (left, right), left.type)


def _connected(name: str, args: Sequence[Term]) -> Term:
    match name:
        case "not":
            return negation(args[0])
        case "&&":
            return both(*args)
        case "||":
            return simplified(Op.OR, None, tuple(args), BOOL)
        case "=>":
            return simplified(Op.OR, None, (negation(args[0]), args[1]), BOOL)
    return equal(*args)


def _literal(kind: LitKind, text: str) -> Typed:
    match kind:
        case LitKind.INTEGER:
            type_ = Meta()
            return type_, Delayed(lambda: _numeral(int(text, 0), _known(type_)))
        case LitKind.FLOAT:
            return DOUBLE, Delayed(lambda: make(Op.LIT, Fraction(text), (), DOUBLE))
        case LitKind.CHAR:
            return CHAR, Delayed(lambda: number(decode(text[1:-1])[0], CHAR))
    raise Unsupported("a literal of another kind")


def _numeral(value: int, type_: Ty) -> Term:
    if is_whole(type_):
        return number(value, type_)
    if type_ == DOUBLE:
        return make(Op.LIT, Fraction(value), (), DOUBLE)
    raise Unsupported(f"a number of the type {show(type_)}")


def _holds_double(data: Data, type_: Ty) -> bool:
    """Whether values of a type have Doubles, or functions, in them."""
    seen: set[Ty] = set()
    queue: list[Any] = [resolved(type_)]
    while queue:
        each = queue.pop()
        if each in seen:
            continue
        seen.add(each)
        head, args = spine(each)
        if len(seen) > 100 or (isinstance(head, Atom) and head.name in {"Double", "Float", "->"}):
            return True
        queue += args
        queue += [kind for _, fields in data.constructors(each) for kind in fields]
    return False
