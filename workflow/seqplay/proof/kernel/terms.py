"""Terms of the kernel's logic: typed, shared, and simplified as they are made.

Total functions over data, whole numbers and functions. A pattern's variable is a field of what was matched, so nothing
in a term binds a name, and a definition's body is one term over its parameters. Two equal terms are one object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from seqplay.haskell.analysis.unification import Ap, Atom, Rigid, Ty, show, spine


class Op(Enum):
    """What a term is; ``name`` is what the comment says."""

    VAR = auto()  # its name
    LIT = auto()  # its value: a whole number, or a fraction for a Double
    CON = auto()  # the constructor
    FIELD = auto()  # the constructor and the field's number; of a value that has this constructor
    IS = auto()  # the constructor and all those of its type; whether a value has it
    CALL = auto()  # the function and the types that its variables stand for
    PARTIAL = auto()  # likewise, and how many arguments it takes; there are fewer
    APPLY = auto()  # a function that is a value, to one argument
    IF = auto()
    EQUAL = auto()
    LESS = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    ADD = auto()
    SUBTRACT = auto()
    MULTIPLY = auto()
    DIVIDE = auto()
    REMAINDER = auto()
    FAIL = auto()  # no equation matches
    STEP = auto()  # ``x === y``: the value of ``y``, once both are shown to be equal
    HINT = auto()  # the value of the first, once the others were evaluated


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """A term; compare with ``is``."""

    op: Op
    name: Any
    args: tuple[Term, ...]
    type: Ty


class Unsupported(Exception):
    """Something outside the kernel's language: it has no opinion then."""


_MADE: dict[tuple[Op, Any, tuple[Term, ...], Ty], Term] = {}
BOOL, INT, UNIT_TYPE = Atom("Bool"), Atom("Int"), Atom("()")


def make(op: Op, name: Any, args: tuple[Term, ...], type_: Ty) -> Term:
    """Return the one term of these parts, as it is."""
    key = (op, name, args, type_)
    made = _MADE.get(key)
    if made is None:
        made = _MADE[key] = Term(op, name, args, type_)
    return made


TRUE, FALSE = make(Op.CON, "True", (), BOOL), make(Op.CON, "False", (), BOOL)
UNIT = make(Op.CON, "()", (), UNIT_TYPE)


def truth(value: bool) -> Term:
    """Return a truth value."""
    return TRUE if value else FALSE


def number(value: int, type_: Ty = INT) -> Term:
    """Return a whole number."""
    return make(Op.LIT, value, (), type_)


def rebuilt(term: Term, args: tuple[Term, ...], type_: Ty | None = None) -> Term:
    """Return a term with other arguments, simplified by what these are."""
    type_ = term.type if type_ is None else type_
    simpler = _simplified(term.op, term.name, args, type_)
    return make(term.op, term.name, args, type_) if simpler is None else simpler


def simplified(op: Op, name: Any, args: tuple[Term, ...], type_: Ty) -> Term:
    """Return a term, simplified by what its arguments are."""
    simpler = _simplified(op, name, args, type_)
    return make(op, name, args, type_) if simpler is None else simpler


def _simplified(op: Op, name: Any, args: tuple[Term, ...], type_: Ty) -> Term | None:
    match op, args:
        case Op.IF, (condition, then, other):
            if then is other:
                return then
            return then if condition is TRUE else other if condition is FALSE else None
        case Op.IS, (value,):
            constructor, siblings = name
            if len(siblings) == 1:
                return TRUE
            if constructor in ("True", "False"):
                return value if constructor == "True" else negation(value)
            return truth(value.name == constructor) if value.op is Op.CON else None
        case Op.FIELD, (value,) if value.op is Op.CON and value.name == name[0]:
            field: Term = value.args[name[1]]
            return field
        case Op.APPLY, (function, argument) if function.op is Op.PARTIAL:
            called, types, arity = function.name
            held = (*function.args, argument)
            whole = len(held) == arity
            return make(Op.CALL if whole else Op.PARTIAL, (called, types) if whole else function.name, held, type_)
        case Op.EQUAL, (left, right):
            return _equal(left, right)
        case (Op.AND, _) | (Op.OR, _) | (Op.NOT, _):
            return _logical(op, args)
        case _ if len(args) == 2 and all(each.op is Op.LIT and isinstance(each.name, int) for each in args):
            return _counted(op, args[0].name, args[1].name, type_)
    return None


def _equal(left: Term, right: Term) -> Term | None:
    if left is right:
        return TRUE
    if left.op is right.op is Op.CON and left.name != right.name:
        return FALSE
    if left.op is right.op is Op.LIT and isinstance(left.name, int) and isinstance(right.name, int):
        return truth(left.name == right.name)
    if TRUE in (left, right):
        return right if left is TRUE else left
    return negation(right if left is FALSE else left) if FALSE in (left, right) else None


def _logical(op: Op, args: tuple[Term, ...]) -> Term | None:
    if op is Op.NOT:
        if args[0].op is Op.NOT:
            return args[0].args[0]
        return truth(args[0] is FALSE) if args[0] in (TRUE, FALSE) else None
    decisive, neutral = (FALSE, TRUE) if op is Op.AND else (TRUE, FALSE)
    left, right = args
    if left in (decisive, neutral):
        return left if left is decisive else right
    return left if right is neutral else None


def _counted(op: Op, left: int, right: int, type_: Ty) -> Term | None:
    match op:
        case Op.LESS:
            return truth(left < right)
        case Op.ADD:
            return number(left + right, type_)
        case Op.SUBTRACT:
            return number(left - right, type_)
        case Op.MULTIPLY:
            return number(left * right, type_)
        case Op.DIVIDE if right > 0:
            return number(left // right, type_)
        case Op.REMAINDER if right > 0:
            return number(left % right, type_)
    return None


def negation(term: Term) -> Term:
    """Return what is true where a term is false."""
    return simplified(Op.NOT, None, (term,), BOOL)


def both(left: Term, right: Term) -> Term:
    """Return the conjunction of two terms."""
    return simplified(Op.AND, None, (left, right), BOOL)


def equal(left: Term, right: Term) -> Term:
    """Return the equation of two terms."""
    return simplified(Op.EQUAL, None, (left, right), BOOL)


def less(left: Term, right: Term) -> Term:
    """Return whether the first of two numbers is smaller."""
    return simplified(Op.LESS, None, (left, right), BOOL)


WHOLE = frozenset({"Int", "Integer"})
ORDER = "<"
"""The function that orders values which are neither numbers nor characters: nothing is known of it."""


def is_whole(type_: Ty) -> bool:
    """Whether values of a type are whole numbers here; a type variable's are."""
    head, _ = spine(type_)
    return isinstance(head, Rigid) or (isinstance(head, Atom) and head.name in WHOLE)


def ordered(left: Term, right: Term) -> Term:
    """Return whether the first of two values is the smaller one; raises ``Unsupported`` at Double."""
    if is_whole(left.type) or left.type == Atom("Char"):
        return less(left, right)
    if left.type in (Atom("Double"), Atom("Float")):
        raise Unsupported(f"an order at {show(left.type)}")
    return make(Op.CALL, (ORDER, (left.type,)), (left, right), BOOL)


# ---------------------------------------------------------------- walking


def replaced(term: Term, values: Mapping[Term, Term], types: Mapping[Rigid, Ty]) -> Term:
    """Return a term with variables and type variables replaced; ``values`` have their types already."""
    done: dict[Term, Term] = dict(values)

    def walk(item: Term) -> Term:
        known = done.get(item)
        if known is None:
            name = item.name
            if types and item.op in (Op.CALL, Op.PARTIAL):
                name = (name[0], tuple(instantiated(each, types) for each in name[1]), *name[2:])
            args = tuple(walk(each) for each in item.args)
            type_ = instantiated(item.type, types)
            if item.op is Op.LESS and types:
                known = ordered(*args)
            else:
                known = simplified(item.op, name, args, type_) if args else make(item.op, name, (), type_)
            done[item] = known
        return known

    return walk(term)


def instantiated(type_: Ty, types: Mapping[Rigid, Ty]) -> Ty:
    """Return a type with variables replaced."""
    match type_:
        case Rigid():
            return types.get(type_, type_)
        case Ap(head, argument):
            return Ap(instantiated(head, types), instantiated(argument, types))
        case _:
            return type_


def subterms(*terms: Term) -> Iterator[Term]:
    """Yield every part of terms once, each after what it is made of."""
    seen: set[Term] = set()
    stack = [(each, False) for each in reversed(terms)]
    while stack:
        term, ready = stack.pop()
        if ready:
            yield term
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack.extend((each, False) for each in reversed(term.args))


def plain(term: Term) -> Term:
    """Return the value that a term of a proof has: steps and hints are left out."""
    done: dict[Term, Term] = {}
    for each in subterms(term):
        if each.op is Op.STEP:
            done[each] = done[each.args[1]]
        elif each.op is Op.HINT:
            done[each] = done[each.args[0]]
        elif each.args:
            done[each] = rebuilt(each, tuple(done[part] for part in each.args))
        else:
            done[each] = each
    return done[term]


def shown(term: Term) -> str:
    """Return a term for a message."""
    parts = " ".join(shown(each) if not each.args else f"({shown(each)})" for each in term.args)
    match term.op:
        case Op.VAR | Op.LIT | Op.CON:
            head = str(term.name)
        case Op.CALL | Op.PARTIAL:
            head = str(term.name[0]).removeprefix("L.")
        case Op.FIELD | Op.IS:
            head = f"{term.op.name.lower()}[{term.name[0]}]"
        case _:
            head = term.op.name.lower()
    return f"{head} {parts}" if parts else head
