"""Values that refute: the theorem or a lemma is false for one, or a recursion comes back to where it was.

By evaluation alone, over mathematical integers as the theorem is, on a fixed list of small arguments.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seqplay.haskell.analysis.unification import Atom, Rigid, Ty, spine
from seqplay.proof.kernel.definitions import Definition, Definitions
from seqplay.proof.kernel.elaboration import Data
from seqplay.proof.kernel.reading import PROOF
from seqplay.proof.kernel.terms import (
    FALSE,
    TRUE,
    UNIT,
    Op,
    Term,
    make,
    number,
    rebuilt,
    replaced,
    shown,
    subterms,
    truth,
)

STEPS = 20_000
"""Calls in one evaluation."""
ARGUMENTS = 60
"""Lists of arguments that are tried of each statement."""
_NUMBERS = (0, 1, 2, -1, 3, -2)
_CHARACTERS = (97, 98, 65, 48)


class Refutation(NamedTuple):
    """Why a proof cannot be one."""

    reason: str
    """``value`` or ``loop``."""
    message: str


class _Unknown(Exception):
    """An evaluation comes to no value that is known here."""


class _Loop(Exception):
    """A call needs its own value."""


def refutation(definitions: Definitions, lemmas: Sequence[str]) -> Refutation | None:
    """Return what refutes a proof with these lemmas, if a small value does."""
    for name in (PROOF, *lemmas):
        definition = definitions[name]
        if definition.meaning.after is None:
            continue
        for arguments in _arguments(definition, definitions.data):
            found = _refuted(definition, definitions, arguments)
            if found is not None:
                what = "the theorem" if name == PROOF else name
                at = ", ".join(shown(each) for each in arguments)
                said = "is false" if found == "value" else "needs a recursion that does not end"
                return Refutation(found, f"{what} {said} at {at}")
    return None


def _refuted(definition: Definition, definitions: Definitions, arguments: tuple[Term, ...]) -> str | None:
    meaning = definition.meaning
    assert meaning.after is not None
    types: dict[Rigid, Ty] = {each: Atom("Integer") for each in meaning.variables}
    values = dict(zip(meaning.parameters, arguments, strict=True))

    def at(term: Term) -> Term:
        return replaced(term, {**values, meaning.result: UNIT}, types)

    try:
        machine = _Machine(definitions)
        if machine.value(at(meaning.before)) is not TRUE:
            return None
        if meaning.result.type == UNIT.type and machine.value(at(meaning.after)) is FALSE:
            return "value"
        if definition.equations is not None:
            machine.value(replaced(definition.equations, values, types))
    except _Loop:
        return "loop"
    except (_Unknown, RecursionError):
        pass
    return None


class _Machine:
    """Evaluates terms without variables, arguments first."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._left = STEPS
        self._running: set[Term] = set()
        self._known: dict[Term, Term] = {}

    def value(self, term: Term) -> Term:
        """Return a term's value; raises ``_Unknown`` and ``_Loop``."""
        match term.op:
            case Op.IF:
                return self.value(term.args[1 if self._holds(term.args[0]) else 2])
            case Op.AND | Op.OR:
                left = self._holds(term.args[0])
                return truth(left) if left == (term.op is Op.OR) else self.value(term.args[1])
            case Op.STEP | Op.HINT:
                parts = [self.value(each) for each in term.args]
                return parts[1 if term.op is Op.STEP else 0]
            case Op.FAIL | Op.VAR:
                raise _Unknown
            case _ if not term.args and term.op is not Op.CALL:
                return term
        args = tuple(self.value(each) for each in term.args)
        if term.op is Op.EQUAL:
            if any(each.op is Op.PARTIAL for each in subterms(*args)):
                raise _Unknown
            return truth(args[0] is args[1])
        made = rebuilt(term, args)
        if made.op is Op.CALL:
            return self._called(made)
        if made.op in (Op.CON, Op.LIT, Op.PARTIAL):
            return made
        raise _Unknown

    def _holds(self, term: Term) -> bool:
        value = self.value(term)
        if value not in (TRUE, FALSE):
            raise _Unknown
        return value is TRUE

    def _called(self, call: Term) -> Term:
        if call in self._known:
            return self._known[call]
        if call in self._running:
            raise _Loop
        definition = self._definitions[call.name[0]]
        self._left -= 1
        if definition.equations is None or self._left < 0:
            raise _Unknown
        self._running.add(call)
        self._known[call] = self.value(definition.meaning.at(call, definition.equations))
        self._running.discard(call)
        return self._known[call]


def _arguments(definition: Definition, data: Data) -> Iterator[tuple[Term, ...]]:
    types: dict[Rigid, Ty] = {each: Atom("Integer") for each in definition.meaning.variables}
    kinds = [replaced(each, {}, types).type for each in definition.parameters]
    choices = [list(itertools.islice(_values(kind, data, 4), 12)) for kind in kinds]
    rows = sorted(itertools.product(*(range(len(each)) for each in choices)), key=sum)
    for row in rows[:ARGUMENTS]:
        yield tuple(choice[at] for choice, at in zip(choices, row, strict=True))


def _values(type_: Ty, data: Data, depth: int) -> Iterator[Term]:
    """Yield small values of a type, none of those that are not known by a constructor."""
    head, _ = spine(type_)
    name = head.name if isinstance(head, Atom) else ""
    if name in ("Int", "Integer"):
        yield from (number(each, type_) for each in _NUMBERS)
    elif name == "Char":
        yield from (number(each, type_) for each in _CHARACTERS)
    elif depth > 0:
        for made, fields in sorted(data.constructors(type_), key=lambda each: len(each[1])):
            parts = [list(itertools.islice(_values(each, data, depth - 1), 4)) for each in fields]
            for chosen in itertools.islice(itertools.product(*parts), 8):
                yield make(Op.CON, made, chosen, type_)
