"""Which function of a program is its entry, what its type variables run at, and whether two entries have one type."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seqplay.haskell.execution.facts import (
    CHAR,
    LIST,
    UNIT,
    App,
    Con,
    Declaration,
    Facts,
    Fun,
    Type,
    Var,
    show_type,
    split_arrows,
    substitute,
)
from seqplay.haskell.results import Entry, Reason

INTEGER = Con("GHC.Num.Integer.Integer")
CANDIDATES: dict[str, Type] = {
    "Integer": INTEGER,
    "Int": Con("GHC.Types.Int"),
    "Double": Con("GHC.Types.Double"),
    "Bool": Con("GHC.Types.Bool"),
    "Char": Con(CHAR),
    "[Char]": Con(LIST, (Con(CHAR),)),
    "[Integer]": Con(LIST, (INTEGER,)),
    "Maybe Integer": Con("GHC.Maybe.Maybe", (INTEGER,)),
    "()": Con(UNIT),
    "Ordering": Con("GHC.Types.Ordering"),
    "Float": Con("GHC.Types.Float"),
    "Word": Con("GHC.Types.Word"),
    "[]": Con(LIST),
    "Maybe": Con("GHC.Maybe.Maybe"),
}
"""What a type variable may run at, best first (as ``candidates`` in the worker); then the program's own data types."""
MIXED = ("Integer", "Double", "Bool", "[Char]")
"""What several variables may run at, each at its own."""
ALSO_COMPARED = ("Int", "Double", "Bool", "Char")
_ACTIONS = frozenset({"GHC.Types.IO", "GHC.ST.ST"})

Instance = dict[str, Type]


class Refused(Exception):
    """A program that cannot be used, with the reason and one sentence."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Chosen:
    """An entry and how it was chosen."""

    declaration: Declaration
    how: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.declaration.name

    def arrows(self, instance: Mapping[str, Type]) -> tuple[list[Type], Type]:
        """Return the argument types and the result type at an instance."""
        return split_arrows(substitute(self.declaration.type, instance))

    def describe(self, instance: Mapping[str, Type]) -> Entry:
        """Return the entry as results show it."""
        arguments, result = self.arrows(instance)
        return Entry(
            name=self.name,
            chosen=self.how,
            type=self.declaration.show(),
            arity=len(arguments),
            arguments=[show_type(argument) for argument in arguments],
            result=show_type(result),
            instance={name: show_type(ty) for name, ty in instance.items()},
        )


def choose(facts: Facts, asked: str | None, like: str | None = None) -> Chosen:
    """Choose the entry: the one asked for; P's name if Q defines it; the one that is exported; the first with a
    signature; the one that nothing calls.

    Raises ``Refused`` with ``no_entry``.
    """
    if asked is not None:
        found = facts.find(asked)
        if found is None:
            known = ", ".join(declaration.name for declaration in facts.declarations) or "nothing"
            raise Refused(Reason.NO_ENTRY, f"the program does not define {asked}; it defines {known}")
        return Chosen(found, "asked")
    if like is not None and (found := facts.find(like)) is not None:
        return Chosen(found, "same name as P's")
    if len(facts.exports) == 1 and (found := facts.find(facts.exports[0])) is not None:
        return Chosen(found, "the one function that is exported")
    signed = [declaration for declaration in facts.declarations if declaration.signature is not None]
    if signed:
        return Chosen(min(signed, key=lambda declaration: declaration.signature or 0), "first signature")
    free = [declaration for declaration in facts.declarations if not declaration.called]
    if len(free) == 1:
        return Chosen(free[0], "the one binding that nothing calls")
    if not facts.declarations:
        only = " besides main" if facts.had_main else ""
        raise Refused(Reason.NO_ENTRY, f"the program defines no function{only}")
    names = ", ".join(declaration.name for declaration in free or facts.declarations)
    raise Refused(
        Reason.NO_ENTRY,
        f"without a signature the entry could be any of {names}: add a signature, or name it with --entry",
    )


def refuse_actions(chosen: Chosen) -> None:
    """Refuse an entry in IO, or one that takes an action."""
    arguments, result = split_arrows(chosen.declaration.type)
    for ty in (result, *arguments):
        if _mentions_action(ty):
            where = f"line {chosen.declaration.line}: {chosen.name} :: {chosen.declaration.show()}"
            raise Refused(Reason.IO_ENTRY, f"{where} is in IO; only pure functions can be run")


def _mentions_action(ty: Type) -> bool:
    match ty:
        case Con(name, arguments, _):
            return name in _ACTIONS or any(_mentions_action(argument) for argument in arguments)
        case Fun(argument, result):
            return _mentions_action(argument) or _mentions_action(result)
        case App(function, argument):
            return _mentions_action(function) or _mentions_action(argument)
    return False


def instances(chosen: Chosen, other: Chosen | None = None) -> list[Instance]:
    """Return what the variables may run at: the default, each type for all at once, then a few for each apart.

    With ``other``, an entry of the same type up to renaming, only what fits both. Raises ``Refused`` where none does.
    """
    fits = _fits(chosen)
    if other is not None:
        matching = renaming(chosen.declaration, other.declaration) or {}
        others = _fits(other)
        fits = {name: [fit for fit in found if fit in others[matching.get(name, name)]] for name, found in fits.items()}
    for name, found in fits.items():
        if not found:
            where = f"line {chosen.declaration.line}: {chosen.name} :: {chosen.declaration.show()}"
            text = f"{where}: no type to run {name} at fits its constraints; give the entry a concrete type"
            raise Refused(Reason.NOTHING_TESTABLE, text)
    default = {name: found[0] for name, found in fits.items()}
    uniform = [{name: fit if fit in found else found[0] for name, found in fits.items()} for fit in _order(fits)]
    mixed: list[dict[str, str]] = []
    if 1 < len(fits) <= 3:
        choices = [[fit for fit in found if fit in MIXED] or found[:1] for found in fits.values()]
        mixed = [dict(zip(fits, choice, strict=True)) for choice in itertools.product(*choices)]
    every = [default, *uniform, *mixed]
    unique = list(dict.fromkeys(tuple(sorted(choice.items())) for choice in every))
    return [{name: _candidate(fit) for name, fit in choice} for choice in unique]


def _fits(chosen: Chosen) -> dict[str, list[str]]:
    return {variable.name: list(variable.fits) for variable in chosen.declaration.variables}


def _order(fits: Mapping[str, Sequence[str]]) -> Iterator[str]:
    seen = [fit for found in fits.values() for fit in found]
    yield from dict.fromkeys([fit for fit in CANDIDATES if fit in seen] + seen)


def _candidate(fit: str) -> Type:
    return CANDIDATES.get(fit) or Con(fit, (), True)


def compared_instances(every: Sequence[Instance]) -> list[Instance]:
    """Return the default instance and those at Int, Double, Bool and Char."""
    found = [every[0]]
    for ty in (CANDIDATES[name] for name in ALSO_COMPARED):
        allowed = {ty, *every[0].values()}
        found += [i for i in every[1:] if ty in i.values() and set(i.values()) <= allowed and i not in found][:1]
    return found


def mismatch(p: Facts, q: Facts, p_entry: Chosen, q_entry: Chosen) -> str | None:
    """Say why two entries do not have one type; none where they do.

    The types and constraints must be equal up to renaming of variables, and data types that the programs declare must
    have the same names, constructors and fields.
    """
    if renaming(p_entry.declaration, q_entry.declaration) is None:
        return f"{p_entry.name} :: {p_entry.declaration.show()}, but {q_entry.name} :: {q_entry.declaration.show()}"
    return _different_types(p, q, _locals(p_entry.declaration.type))


def renaming(p: Declaration, q: Declaration) -> dict[str, str] | None:
    """Return P's variables as Q calls them, where the types are the same up to renaming."""
    pairs: dict[str, str] = {}
    if not _same(p.type, q.type, pairs) or len(p.variables) != len(q.variables):
        return None
    renamed = {
        (name, tuple(substitute(a, {v: Var(w) for v, w in pairs.items()}) for a in args))
        for name, args in p.constraints
    }
    return pairs if renamed == set(q.constraints) else None


def _same(p: Type, q: Type, pairs: dict[str, str]) -> bool:
    match p, q:
        case Var(a), Var(b):
            return pairs.setdefault(a, b) == b and len(set(pairs.values())) == len(pairs)
        case Con(), Con():
            return (
                (p.name, p.local, len(p.arguments)) == (q.name, q.local, len(q.arguments))
                and all(_same(a, b, pairs) for a, b in zip(p.arguments, q.arguments, strict=True))
            )  # fmt: skip
        case Fun(), Fun():
            return _same(p.argument, q.argument, pairs) and _same(p.result, q.result, pairs)
        case App(), App():
            return _same(p.function, q.function, pairs) and _same(p.argument, q.argument, pairs)
    return p == q and not isinstance(p, Var | Con | Fun | App)


def _locals(ty: Type) -> list[str]:
    match ty:
        case Con(name, arguments, local):
            return ([name] if local else []) + [found for argument in arguments for found in _locals(argument)]
        case Fun(a, b) | App(a, b):
            return _locals(a) + _locals(b)
    return []


def _different_types(p: Facts, q: Facts, names: Sequence[str]) -> str | None:
    """Compare data types of the programs, and those that they mention in turn."""
    todo, seen = list(names), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        mine, theirs = p.types.get(name), q.types.get(name)
        if mine is None or theirs is None or mine.newtype != theirs.newtype:
            return f"the type {name} is not declared alike in both programs"
        pairs: dict[str, str] = dict(zip(mine.parameters, theirs.parameters, strict=False))
        if len(mine.parameters) != len(theirs.parameters) or len(mine.constructors) != len(theirs.constructors):
            return f"the type {name} has other constructors in Q than in P"
        for a, b in zip(mine.constructors, theirs.constructors, strict=True):
            if (a.name, a.labels, len(a.fields)) != (b.name, b.labels, len(b.fields)):
                return f"the type {name} has the constructor {a.name} in P where Q has {b.name}, or its fields differ"
            if not all(_same(s, t, pairs) for s, t in zip(a.fields, b.fields, strict=True)):
                return f"the fields of {name}'s constructor {a.name} have other types in Q than in P"
            todo += [found for field in a.fields for found in _locals(field)]
    return None
