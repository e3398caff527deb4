"""The kernel's rules: what is shown of each definition, before anything may be used of it.

Definitions are taken in groups that call each other, what they need first. Of a group it is shown, in this order, that
every recursive call is smaller (``termination``); then, the group's equations being known, that no match fails, that
each call satisfies the callee's condition, that each step ``x === y`` holds, and that every path ends in what the
refinement says. A recursive call, being smaller, may be used as an induction hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from seqplay.proof.kernel.definitions import LENGTH, Definition, Definitions
from seqplay.proof.kernel.facts import Facts, Meaning
from seqplay.proof.kernel.solver import Solver
from seqplay.proof.kernel.termination import Call, metrics_that_fit, recursive_calls
from seqplay.proof.kernel.terms import (
    FALSE,
    ORDER,
    TRUE,
    Op,
    Term,
    Unsupported,
    equal,
    less,
    negation,
    number,
    plain,
    shown,
    subterms,
)
from seqplay.proof.language.graph import components

Next = Callable[[Term], None]


class NotShown(Exception):
    """A rule does not go through: of which definition, which rule, and at what."""

    def __init__(self, name: str, rule: str, what: str) -> None:
        super().__init__(f"{name.removeprefix('L.')}: {rule}: {what}")
        self.name = name
        self.rule = rule


class Checking:
    """One proof under check."""

    def __init__(self, definitions: Definitions, solver: Solver) -> None:
        """Begin with nothing shown."""
        self.definitions = definitions
        self._facts = Facts(solver, self._usable)
        self._equations: set[str] = {LENGTH, ORDER}
        """Definitions that are shown to end: their equations may be used."""
        self._claims: set[str] = {LENGTH, ORDER}
        """Definitions of which all is shown: their refinements may be used too."""

    def show(self, name: str) -> None:
        """Show all that must be of a definition and of what it needs.

        Raises ``NotShown``, ``Unsupported`` and ``Exhausted``.
        """
        for group in components(self.needs(name)):
            if not set(group) <= self._claims:
                self.show_alone(group)

    def show_alone(self, group: Sequence[str]) -> None:
        """Show a group, taking the refinements of what it needs for shown."""
        defined = [self.definitions[each] for each in group]
        self._check_termination(defined)
        self._equations |= set(group)
        for each in defined:
            self._check_paths(each)
        self._claims |= set(group)

    def take(self, names: Iterable[str]) -> None:
        """Use definitions that are shown elsewhere."""
        self._equations.update(names)
        self._claims.update(names)

    def needs(self, name: str) -> dict[str, list[str]]:
        """Return what a definition rests on, itself too, and what each of these speaks of."""
        needs: dict[str, list[str]] = {}
        queue = [name]
        while queue:
            each = queue.pop()
            if each not in needs:
                needs[each] = sorted(self.definitions[each].needs)
                queue += needs[each]
        return needs

    def _usable(self, name: str) -> Meaning | None:
        """Return what may be used of a function now."""
        if name not in self._equations:
            return None
        meaning = self.definitions[name].meaning
        if name in self._claims or meaning.after is None:
            return meaning
        return Meaning(meaning.variables, meaning.parameters, meaning.body, meaning.before, None, meaning.result)

    # ------------------------------------------------------------ termination

    def _check_termination(self, group: Sequence[Definition]) -> None:
        names = {each.name for each in group}
        calls: list[Call] = []
        for each in group:
            if each.equations is not None:
                calls += recursive_calls(each, names)
        if calls and not metrics_that_fit(group, calls, self._facts):
            raise NotShown(group[0].name, "termination", shown(calls[0].call))

    # ------------------------------------------------------------ paths

    def _check_paths(self, definition: Definition) -> None:
        if definition.equations is None:
            return
        meaning = definition.meaning
        self._facts.push()
        try:
            if meaning.before is not TRUE:
                self._facts.assume(meaning.before)
            self._walk(definition, definition.equations, self._ends_well(definition))
        finally:
            self._facts.pop()

    def _ends_well(self, definition: Definition) -> Next:
        after = definition.meaning.after

        def check(value: Term) -> None:
            if after is not None and not self._facts.proves(_with_result(definition, after, plain(value))):
                raise NotShown(definition.name, "claim", shown(_with_result(definition, after, plain(value))))

        return check

    def _walk(self, definition: Definition, term: Term, then: Next) -> None:
        """Check what a term needs on each path through it, and go on with its value at the end of each."""
        facts = self._facts
        match term.op:
            case Op.IF:
                self._walk(definition, term.args[0], lambda _: self._branch(definition, term, then))
            case Op.AND | Op.OR:
                left, right = term.args
                self._walk(definition, left, _nothing)
                self._under(plain(left) if term.op is Op.AND else negation(plain(left)), definition, right, _nothing)
                then(term)
            case Op.HINT:
                self._walk_all(definition, [*term.args[1:], term.args[0]], lambda: then(term))
            case Op.STEP:
                self._walk_all(definition, term.args, lambda: self._step(definition, term, then))
            case Op.FAIL:
                if not facts.proves(FALSE):
                    raise NotShown(definition.name, "totality", "a case is missing")
            case Op.PARTIAL:
                if self.definitions[term.name[0]].meaning.before is not TRUE:
                    raise Unsupported(f"{term.name[0]}, which has a condition, is passed on")
                self._walk_all(definition, term.args, lambda: then(term))
            case _ if not term.args:
                then(term)
            case _:
                self._walk_all(definition, term.args, lambda: self._call(definition, term, then))

    def _walk_all(self, definition: Definition, terms: Sequence[Term], then: Callable[[], None]) -> None:
        if not terms:
            then()
        elif _quiet(terms[0]):
            self._walk_all(definition, terms[1:], then)
        else:
            self._walk(definition, terms[0], lambda _: self._walk_all(definition, terms[1:], then))

    def _branch(self, definition: Definition, term: Term, then: Next) -> None:
        condition = plain(term.args[0])
        known = self._facts.evident(condition)
        if known is not None:
            self._walk(definition, term.args[1 if known else 2], then)
            return
        self._under(condition, definition, term.args[1], then)
        self._under(negation(condition), definition, term.args[2], then)

    def _under(self, condition: Term, definition: Definition, term: Term, then: Next) -> None:
        self._facts.push()
        self._facts.assume(condition)
        self._walk(definition, term, then)
        self._facts.pop()

    def _step(self, definition: Definition, term: Term, then: Next) -> None:
        claim = equal(plain(term.args[0]), plain(term.args[1]))
        if not self._facts.proves(claim):
            raise NotShown(definition.name, "step", shown(claim))
        self._facts.assume(claim)
        then(term)

    def _call(self, definition: Definition, term: Term, then: Next) -> None:
        if term.op in (Op.DIVIDE, Op.REMAINDER) and not self._facts.proves(less(number(0), plain(term.args[1]))):
            raise NotShown(definition.name, "condition", "a divisor that may be zero")
        if term.op is Op.CALL:
            called = self.definitions[term.name[0]].meaning
            call = plain(term)
            condition = called.at(call, called.before) if called.before is not TRUE else TRUE
            if condition is not TRUE and not self._facts.proves(condition):
                raise NotShown(definition.name, "condition", shown(condition))
            if called.after is not None:
                self._facts.assume(called.at(call, called.after))
        then(term)


def _nothing(_: Term) -> None:
    """End a walk of which only the checks matter."""


def _with_result(definition: Definition, term: Term, value: Term) -> Term:
    from seqplay.proof.kernel.terms import replaced

    return replaced(term, {definition.meaning.result: value}, {})


def _quiet(term: Term) -> bool:
    """Whether a term has nothing in it that needs a check."""
    return all(each.op in _QUIET for each in subterms(term))


_QUIET = frozenset(
    {Op.VAR, Op.LIT, Op.CON, Op.FIELD, Op.IS, Op.APPLY, Op.EQUAL, Op.LESS, Op.NOT, Op.ADD, Op.SUBTRACT, Op.MULTIPLY}
)
