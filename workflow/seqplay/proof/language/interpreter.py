"""An interpreter of the core language, to refute a conjecture on small values before a prover sees it.

By need where it matters (conditionals, alternatives, ``let``), by value for arguments. Integers do not overflow and a
``Double`` is a fraction: the same reading as Liquid Haskell's, so what it refutes has no proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language import core
from seqplay.proof.language.values import FALSE, TRUE, Closure, Data, Table, Value, boolean

FUEL = 20_000
LARGEST = 512
"""Bits of a product: a few calls of a factorial make numbers that would take longer than all other calls."""


class Undefined(Exception):
    """The term has no value: a failed match, an unknown function, too many steps."""


class TooLong(Undefined):
    """The evaluation was given up."""


class _Delayed:
    """A value that is computed when it is asked for, once."""

    def __init__(self, machine: Interpreter, expr: core.Expr, scope: Scope) -> None:
        self._todo: tuple[Interpreter, core.Expr, Scope] | None = (machine, expr, scope)
        self._value: Value = 0

    def force(self) -> Value:
        """Return the value."""
        if self._todo is not None:
            machine, expr, scope = self._todo
            self._value = machine.value(expr, scope)
            self._todo = None
        return self._value


Scope = Mapping[str, "Value | _Delayed"]


class Interpreter:
    """Evaluates terms over a set of functions."""

    def __init__(self, functions: Mapping[str, core.Function], fuel: int = FUEL) -> None:
        self._functions = functions
        self._most = self._fuel = fuel

    @property
    def used(self) -> int:
        """How many calls the last evaluation made."""
        return self._most - max(self._fuel, 0)

    def evaluate(self, expr: core.Expr, values: Mapping[str, Value]) -> Value:
        """Return the value of a term under an assignment.

        Raises ``Undefined`` where there is none.
        """
        self._fuel = self._most
        try:
            return self.value(expr, values)
        except RecursionError as error:
            raise TooLong(str(error)) from error
        except (OverflowError, TypeError, AttributeError, ValueError) as error:
            raise Undefined(str(error)) from error

    def value(self, expr: core.Expr, scope: Scope) -> Value:
        """Return the value of a term in a scope."""
        match expr:
            case core.Var(name):
                if name in scope:
                    held = scope[name]
                    return held.force() if isinstance(held, _Delayed) else held
                return self._global(name)
            case core.App(core.Var(name), arguments) if name in core.BUILTIN and name not in scope:
                return self._builtin(name, arguments, scope)
            case core.App(core.Con(name), arguments):
                return Data(name, tuple(self.value(a, scope) for a in arguments))
            case core.App(function, arguments):
                return self.apply(self.value(function, scope), [self.value(a, scope) for a in arguments])
            case core.Lit(kind, text):
                return literal(kind, text)
            case core.Con(name):
                return Data(name)
            case core.If(condition, then, other):
                return self.value(then if self.value(condition, scope) == TRUE else other, scope)
            case core.Let(name, value, body):
                return self.value(body, {**scope, name: _Delayed(self, value, scope)})
            case core.Case(scrutinee, alternatives):
                held = self.value(scrutinee, scope)
                for alternative in alternatives:
                    bound = self.bind(alternative.pattern, held)
                    if bound is not None:
                        result = self._rhs(alternative.rhs, {**scope, **bound})
                        if result is not None:
                            return result
                raise Undefined("no alternative matches")
            case core.Ann(value, _):
                return self.value(value, scope)
        raise Undefined(f"no value of {expr}")

    def _global(self, name: str) -> Value:
        function = self._functions.get(name)
        if function is None:
            if name in DIVISIONS:
                return Closure(name, ())
            return self.unknown(name)
        return self._call(function, []) if function.arity == 0 else Closure(name, ())

    def unknown(self, name: str) -> Value:
        """Return the value of a name without a definition; raises ``Undefined`` where there is none."""
        raise Undefined(f"unknown name {name}")

    def opened(self, value: Value) -> Value:
        """Return a value whose constructor is known, for a pattern to look at."""
        return value

    def operator(self, name: str, *held: Value) -> Value:
        """Return the answer of an operator of the logic."""
        return builtin(name, *held)

    def divide(self, name: str, left: Value, right: Value) -> Value:
        """Return a quotient or remainder, rounding down."""
        return divide(name, left, right)

    def apply(self, function: Value, arguments: list[Value]) -> Value:
        """Return a function's answer."""
        while arguments:
            match function:
                case Table(answer):
                    function, arguments = answer(arguments[0]), arguments[1:]
                case Data(name, fields):
                    return Data(name, fields + tuple(arguments))
                case Closure(name, ()) if name in DIVISIONS:
                    return self.divide(name, *arguments)
                case Closure(name, held):
                    definition = self._functions[name]
                    missing = definition.arity - len(held)
                    if len(arguments) < missing:
                        return Closure(name, held + tuple(arguments))
                    function = self._call(definition, [*held, *arguments[:missing]])
                    arguments = arguments[missing:]
                case _:
                    raise Undefined("no function")
        return function

    def _call(self, function: core.Function, arguments: list[Value]) -> Value:
        self._fuel -= 1
        if self._fuel < 0:
            raise TooLong("too many steps")
        for equation in function.equations:
            scope: dict[str, Value | _Delayed] | None = {}
            for pattern, argument in zip(equation.patterns, arguments, strict=True):
                bound = self.bind(pattern, argument)
                if bound is None:
                    scope = None
                    break
                assert scope is not None
                scope.update(bound)
            if scope is not None:
                result = self._rhs(equation.rhs, scope)
                if result is not None:
                    return result
        raise Undefined(f"no equation of {function.name} matches")

    def _rhs(self, rhs: core.Rhs, scope: Scope) -> Value | None:
        inner = dict(scope)
        for binding in rhs.bindings:
            inner[binding.name] = _Delayed(self, binding.value, dict(inner))
        for branch in rhs.branches:
            held = self._guards(branch, inner)
            if held is not None:
                return self.value(branch.body, held)
        return None

    def _guards(self, branch: core.Branch, scope: Scope) -> Scope | None:
        for guard in branch.guards:
            if isinstance(guard, core.Test):
                if self.value(guard.condition, scope) != TRUE:
                    return None
            else:
                bound = self.bind(guard.pattern, self.value(guard.value, scope))
                if bound is None:
                    return None
                scope = {**scope, **bound}
        return scope

    def bind(self, pattern: core.Pattern, value: Value) -> dict[str, Value] | None:
        """Return what a pattern binds, none where it does not match."""
        return core.bound(pattern, value, self._fields)

    def _fields(self, pattern: core.PCon, value: Value) -> tuple[Value, ...] | None:
        value = self.opened(value)
        if not isinstance(value, Data) or value.name != pattern.name or len(value.fields) != len(pattern.arguments):
            return None
        return value.fields

    def _builtin(self, name: str, arguments: tuple[core.Expr, ...], scope: Scope) -> Value:
        first = self.value(arguments[0], scope)
        if name in ("&&", "||"):
            return first if (first == FALSE) == (name == "&&") else self.value(arguments[1], scope)
        return self.operator(name, first, *(self.value(a, scope) for a in arguments[1:]))


def builtin(name: str, *held: Value) -> Value:
    """Return the answer of an operator of the logic.

    Raises ``Undefined`` for operands of another kind, and ``TooLong`` for a number that is too large.
    """
    match name, held:
        case "not", (value,):
            return FALSE if value == TRUE else TRUE
        case "negate", ((int() | Fraction()) as value,):
            return -value
        case "==", (left, right):
            return boolean(left == right)
        case "/=", (left, right):
            return boolean(left != right)
        case (("+" | "-" | "*"), ((int() | Fraction()) as left, (int() | Fraction()) as right)):
            if name == "*" and _bits(left) + _bits(right) > LARGEST:
                raise TooLong("a number with too many digits")
            return left + right if name == "+" else left - right if name == "-" else left * right
        case (("<" | "<=" | ">" | ">="), ((int() | Fraction()) as left, (int() | Fraction()) as right)):
            return _ordered(name, left < right, left == right)
        case (("<" | "<=" | ">" | ">="), (str() as left, str() as right)):
            return _ordered(name, left < right, left == right)
    raise Undefined(f"{name} of other values")


DIVISIONS = ("Prelude.div", "Prelude.mod")


def divide(name: str, left: Value, right: Value) -> Value:
    """Return a quotient or remainder, rounding down; raises ``Undefined`` for zero."""
    if not isinstance(left, int) or not isinstance(right, int) or right == 0:
        raise Undefined("no division")
    return left // right if name == "Prelude.div" else left % right


def _bits(value: int | Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _ordered(name: str, less: bool, equal: bool) -> Value:
    return boolean({"<": less, "<=": less or equal, ">": not (less or equal), ">=": not less}[name])


def literal(kind: LitKind, text: str) -> Value:
    """Return the value of a literal."""
    if kind is LitKind.INTEGER:
        return int(text, 0)
    if kind is LitKind.FLOAT:
        return Fraction(text)
    return character(text)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", "'": "'", '"': '"'}


def character(text: str) -> str:
    """Return the character of a literal; a rare escape stands for itself, apart from all characters."""
    inner = text[1:-1]
    if inner.startswith("\\"):
        return chr(int(inner[1:])) if inner[1:].isdigit() else _ESCAPES.get(inner[1:], inner)
    return inner
