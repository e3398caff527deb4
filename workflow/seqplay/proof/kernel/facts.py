"""What is known at one place of a proof, and what follows: definitions are unfolded as Liquid Haskell's PLE does.

A call is unfolded only where what is known decides the path through its body, so that unfolding follows the proof's own
case splits. What is known of a call's arguments from its refinement is used as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seqplay.haskell.analysis.unification import Rigid, Ty
from seqplay.proof.kernel.solver import Exhausted, Solver
from seqplay.proof.kernel.terms import FALSE, TRUE, Op, Term, equal, make, negation, rebuilt, replaced

UNFOLDINGS = 4_000
"""Definitions that are unfolded in one proof."""
ROUNDS = 40
RESULT = "result of "
"""Before a function's name: the variable of its postcondition."""


@dataclass(frozen=True)
class Meaning:
    """What the logic may use of a function: each is a term over the parameters."""

    variables: tuple[Rigid, ...]
    parameters: tuple[Term, ...]
    body: Term | None
    """None where the function is known by name alone, or is no function of the logic."""
    before: Term
    """What its arguments must satisfy."""
    after: Term | None
    """What then holds of its result, ``result``."""
    result: Term

    def at(self, call: Term, term: Term) -> Term:
        """Return a term over the parameters at the arguments of a call."""
        types: dict[Rigid, Ty] = dict(zip(self.variables, call.name[1], strict=True))
        return replaced(term, {**dict(zip(self.parameters, call.args, strict=True)), self.result: call}, types)


class Facts:
    """Facts in scopes; ``meaning`` says what of a function may be used now."""

    def __init__(self, solver: Solver, meaning: Callable[[str], Meaning | None]) -> None:
        self.solver = solver
        self._meaning = meaning
        self._left = UNFOLDINGS
        self._known: dict[Term, bool] = {}
        self._open: dict[Term, None] = {}
        """Calls and conditions that were met and are not unfolded, or decided, yet."""
        self._met: set[Term] = set()
        self._values: dict[Term, Term] = {}
        """What calls were unfolded to."""
        self._undecided: dict[Term, int] = {}
        """How many facts there were when z3 could not decide a condition."""
        self._count = 0
        self._scopes: list[tuple[dict[Term, bool], dict[Term, None], set[Term], dict[Term, Term]]] = []

    def push(self) -> None:
        """Begin a scope."""
        self._scopes.append((self._known.copy(), self._open.copy(), self._met.copy(), self._values.copy()))
        self.solver.push()

    def pop(self) -> None:
        """Forget what was learnt since the scope began."""
        self._known, self._open, self._met, self._values = self._scopes.pop()
        self._count += 1
        self.solver.pop()

    def assume(self, term: Term) -> None:
        """Take a truth value, free of steps and hints, for true."""
        self._learn(term, True)
        self.solver.assume(term)
        self._count += 1
        self.meet(term)

    def _learn(self, term: Term, value: bool) -> None:
        self._known[term] = value
        if term.op is Op.NOT:
            self._learn(term.args[0], not value)
        elif term.op is (Op.AND if value else Op.OR):
            for each in term.args:
                self._learn(each, value)

    def meet(self, term: Term) -> None:
        """Take notice of the calls in a term; those behind a condition wait until that is decided."""
        queue = [term]
        while queue:
            each = queue.pop()
            if each in self._met:
                continue
            self._met.add(each)
            if each.op is Op.IF:
                self._open[each] = None
                queue.append(each.args[0])
                continue
            if each.op is Op.CALL:
                self._open[each] = None
                self._say(each)
            queue.extend(each.args)

    def _say(self, call: Term) -> None:
        """Assume what a function's refinement says of a call."""
        meaning = self._meaning(call.name[0])
        if meaning is None or meaning.after is None:
            return
        if meaning.before is TRUE or self.decided(meaning.at(call, meaning.before)):
            self.assume(meaning.at(call, meaning.after))

    # ------------------------------------------------------------ questions

    def proves(self, goal: Term) -> bool:
        """Whether a truth value follows, definitions unfolded; raises ``Exhausted``."""
        if self.decided(goal) is True:
            return True
        self.meet(goal)
        for _ in range(ROUNDS):
            if not self._unfold():
                return False
            if self.evident(self._normal(goal)) is True or self.solver.follows(goal):
                return True
        return False

    def decided(self, term: Term) -> bool | None:
        """Whether a truth value is known to be true, or false; raises ``Exhausted``."""
        found = self.evident(term)
        if found is None and self._values:
            found = self.evident(self._normal(term))
        if found is not None:
            return found
        if self._undecided.get(term) == self._count:
            return None
        for answer, question in ((True, term), (False, negation(term))):
            if self.solver.follows(question):
                self._known[term] = answer
                return answer
        self._undecided[term] = self._count
        return None

    def evident(self, term: Term) -> bool | None:
        """What can be said of a truth value without z3."""
        if term is TRUE or term is FALSE:
            return term is TRUE
        if term in self._known:
            return self._known[term]
        match term.op:
            case Op.NOT:
                inner = self.evident(term.args[0])
                return None if inner is None else not inner
            case Op.AND | Op.OR:
                answers = [self.evident(each) for each in term.args]
                decisive = term.op is Op.OR
                if decisive in answers:
                    return decisive
                return (not decisive) if None not in answers else None
            case Op.IS:
                return self._evident_constructor(term)
        return None

    def _evident_constructor(self, term: Term) -> bool | None:
        constructor, siblings = term.name
        others = [
            self._known.get(make(Op.IS, (each, siblings), term.args, term.type))
            for each in siblings
            if each != constructor
        ]
        if True in others:
            return False
        return True if all(each is False for each in others) else None

    def _normal(self, term: Term) -> Term:
        """Return a term with what its calls were unfolded to in their places."""
        done: dict[Term, Term] = {}

        def walk(item: Term) -> Term:
            if item in done:
                return done[item]
            done[item] = item  # what leads back to itself stays as it is
            if item.op is Op.CALL and item in self._values:
                made = walk(self._values[item])
            elif item.args:
                made = rebuilt(item, tuple(walk(each) for each in item.args))
                if made.op is Op.IF:
                    answer = self.evident(made.args[0])
                    made = made if answer is None else made.args[1] if answer else made.args[2]
                if made is not item:
                    made = walk(made)
            else:
                made = item
            done[item] = made
            return made

        return walk(term)

    # ------------------------------------------------------------ unfolding

    def _unfold(self) -> bool:
        """Unfold what is open and decided; whether there was any, or something new was met."""
        progress = False
        met = len(self._met)
        for term in list(self._open):
            if term.op is Op.IF:
                answer = self.decided(term.args[0])
                if answer is not None:
                    del self._open[term]
                    self.meet(term.args[1] if answer else term.args[2])
                    progress = True
                continue
            meaning = self._meaning(term.name[0])
            if meaning is None or meaning.body is None:
                continue
            if meaning.before is not TRUE:
                condition = meaning.at(term, meaning.before)
                if not self.decided(condition):
                    self.meet(condition)
                    continue
            leaf = self._leaf(meaning.at(term, meaning.body))
            if leaf is None:
                continue
            self._left -= 1
            if self._left < 0:
                raise Exhausted("too many definitions are unfolded")
            del self._open[term]
            self._values[term] = leaf
            self.solver.assume(equal(term, leaf))
            self._count += 1
            self._say(term)
            self.meet(leaf)
            progress = True
        return progress or len(self._met) > met

    def _leaf(self, body: Term) -> Term | None:
        """Return what a body comes to where each condition on the way is decided."""
        while body.op is Op.IF:
            answer = self.decided(body.args[0])
            if answer is None:
                self.meet(body.args[0])
                return None
            body = body.args[1] if answer else body.args[2]
        return None if body.op is Op.FAIL else body
