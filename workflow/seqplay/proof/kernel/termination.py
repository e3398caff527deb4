"""That recursion ends: a metric that every recursive call makes smaller, given or found.

A metric is a list that is compared from left to right. Its parts are whole numbers, of which those below zero count as
zero, and parameters, of which a part of the data is smaller than the whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from seqplay.haskell.analysis.unification import Atom, spine
from seqplay.proof.kernel.definitions import LENGTH, Definition
from seqplay.proof.kernel.facts import Facts
from seqplay.proof.kernel.terms import (
    BOOL,
    INT,
    Op,
    Term,
    Unsupported,
    both,
    equal,
    less,
    make,
    negation,
    number,
    plain,
    simplified,
    subterms,
)

_CANDIDATES = 60


class Call(NamedTuple):
    """A recursive call, and the conditions on the way to it."""

    caller: str
    conditions: tuple[Term, ...]
    call: Term


Part = tuple[str, Term]
"""``number`` with a term over the parameters, or ``data`` with a parameter."""
Metric = tuple[Part, ...]


def recursive_calls(definition: Definition, group: set[str]) -> list[Call]:
    """Return the calls of a definition to its group; raises ``Unsupported`` where one is passed on as a value."""
    assert definition.equations is not None
    found: dict[Call, None] = {}
    seen: set[tuple[Term, tuple[Term, ...]]] = set()
    recursive = {
        each: True
        for each in subterms(definition.equations)
        if each.op in (Op.CALL, Op.PARTIAL) and each.name[0] in group
    }
    holds = _holding(definition.equations, recursive)

    def walk(term: Term, conditions: tuple[Term, ...]) -> None:
        if not holds[term] or (term, conditions) in seen:
            return
        seen.add((term, conditions))
        if len(seen) > 20_000:
            raise Unsupported("a body with too many paths")
        if term.op is Op.PARTIAL and term.name[0] in group:
            raise Unsupported(f"{term.name[0]} passes itself on")
        if term.op in (Op.IF, Op.AND, Op.OR):
            walk(term.args[0], conditions)
            test = plain(term.args[0])
            for at, each in enumerate(term.args[1:]):
                positive = term.op is not Op.OR and at == 0
                walk(each, (*conditions, test if positive else negation(test)))
            return
        for each in term.args:
            walk(each, conditions)
        if term.op is Op.CALL and term.name[0] in group:
            found[Call(definition.name, conditions, plain(term))] = None

    walk(definition.equations, ())
    return list(found)


def _holding(body: Term, wanted: Mapping[Term, bool]) -> dict[Term, bool]:
    holds: dict[Term, bool] = {}
    for each in subterms(body):
        holds[each] = each in wanted or any(holds[part] for part in each.args)
    return holds


def metrics_that_fit(group: Sequence[Definition], calls: Sequence[Call], facts: Facts) -> dict[str, Metric] | None:
    """Return a metric for each of the group under which every call is smaller; none where none is found."""
    by_name = {each.name: each for each in group}
    for metrics in itertools.islice(_candidates(group), _CANDIDATES):
        if all(_smaller(by_name, metrics, each, facts) for each in calls):
            return metrics
    return None


def _candidates(group: Sequence[Definition]) -> Iterator[dict[str, Metric]]:
    if all(each.metric for each in group):
        yield {each.name: tuple(("number", part) for part in each.metric) for each in group}
    if len(group) == 1:
        for metric in _alone(group[0]):
            yield {group[0].name: metric}
        return
    # Mutual recursion: the same kind of part for each, and then a rank.
    parts = [list(_parts(each)) or [("number", number(0))] for each in group]
    for chosen in itertools.product(*parts):
        for ranks in itertools.permutations(range(len(group))):
            yield {
                each.name: (part, ("number", number(rank + 1)))
                for each, part, rank in zip(group, chosen, ranks, strict=True)
            }


def _alone(definition: Definition) -> Iterator[Metric]:
    parts = list(_parts(definition))
    yield from ((each,) for each in parts)
    lengths = [term for kind, term in parts if kind == "number" and term.op is Op.CALL]
    if len(lengths) > 1:
        yield (("number", reduce(lambda left, right: _combined(Op.ADD, left, right), lengths)),)
    whole = [term for kind, term in parts if kind == "number" and term.op is Op.VAR]
    for high, low in itertools.permutations(whole, 2):
        yield (("number", _combined(Op.ADD, _combined(Op.SUBTRACT, high, low), number(1))),)
    for term in whole:
        yield (("number", _combined(Op.ADD, term, number(1))),)
        yield (("number", _combined(Op.SUBTRACT, number(0), term)),)
    yield from itertools.permutations(parts, 2)


def _combined(op: Op, left: Term, right: Term) -> Term:
    return simplified(op, None, (left, right), INT)


def _parts(definition: Definition) -> Iterator[Part]:
    for each in definition.parameters:
        head, args = spine(each.type)
        if isinstance(head, Atom) and head.name not in {"Int", "Integer", "Char", "Double", "->", "Bool"}:
            yield "data", each
    for each in definition.parameters:
        head, args = spine(each.type)
        if head == Atom("[]"):
            yield "number", make(Op.CALL, (LENGTH, tuple(args)), (each,), INT)
        elif isinstance(head, Atom) and head.name in ("Int", "Integer"):
            yield "number", each


def _smaller(group: Mapping[str, Definition], metrics: Mapping[str, Metric], call: Call, facts: Facts) -> bool:
    """Whether a call's metric is smaller than its caller's."""
    called = group[call.call.name[0]]
    before, after = metrics[call.caller], metrics[called.name]
    begun = False
    try:
        for (kind, old), (other, new) in zip(before, after, strict=False):
            if kind != other:
                return False
            if kind == "data":
                argument = call.call.args[called.parameters.index(new)]
                if _is_part(argument, old):
                    return True
                if _restored(argument) is not old:
                    return False
                continue
            if not begun:
                begun = True
                facts.push()
                condition = group[call.caller].meaning.before
                for each in (condition, *call.conditions):
                    facts.assume(each)
            value = called.meaning.at(call.call, new)
            if facts.proves(both(less(number(0, old.type), old), less(value, old))):
                return True
            low = both(negation(less(number(0), old)), negation(less(number(0), value)))
            if not facts.proves(simplified(Op.OR, None, (equal(value, old), low), BOOL)):
                return False
        return False
    finally:
        if begun:
            facts.pop()


def _is_part(term: Term, whole: Term) -> bool:
    """Whether a term is a proper part of a value, by its form."""
    term = _restored(term)
    while term.op is Op.FIELD:
        term = _restored(term.args[0])
        if term is whole:
            return True
    return False


def _restored(term: Term) -> Term:
    """Return ``t`` for what is built from all fields of ``t`` again: a field stands only where ``t`` has it."""
    if term.op is Op.CON and term.args:
        first = term.args[0]
        if first.op is Op.FIELD:
            value = first.args[0]
            if value.type == term.type and all(
                each.op is Op.FIELD and each.name == (term.name, at) and each.args[0] is value
                for at, each in enumerate(term.args)
            ):
                return value
    return term
