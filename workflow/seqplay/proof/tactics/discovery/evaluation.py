"""Evaluation inside a graph: what Liquid Haskell's logical evaluation unfolds there, and where it cannot go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language import core
from seqplay.proof.tactics.discovery.graph import CASE, NOBODY, Graph, Reason
from seqplay.proof.tactics.discovery.numbers import ARITHMETIC, COMPARISONS, Numbers, is_applied
from seqplay.proof.tactics.goal import World

UNFOLDINGS = 400
"""Calls that are unfolded in one case of a proof."""
Pairs = tuple[tuple[int, int], ...]
Scope = Mapping[str, int]


class Blocked(NamedTuple):
    """What an evaluation waits for: a term, and a constructor that it may turn out to be."""

    term: int
    wanted: str


class _Waits(Exception):
    """The evaluation cannot go on."""

    def __init__(self, term: int, wanted: str) -> None:
        super().__init__()
        self.blocked = Blocked(term, wanted)


class Sources:
    """Conditionals and cases of the programs by number: two that are spelled alike are one."""

    def __init__(self) -> None:
        self._numbers: dict[core.Expr, int] = {}
        self._exprs: list[tuple[core.Expr, tuple[str, ...]]] = []

    def head(self, expr: core.Expr) -> tuple[str, tuple[str, ...]]:
        """Return the head of a term for a conditional or case, and its free variables in the order of arguments."""
        number = self._numbers.get(expr)
        if number is None:
            number = self._numbers[expr] = len(self._exprs)
            self._exprs.append((expr, tuple(sorted(core.free(expr)))))
        return f"?{number}", self._exprs[number][1]

    def of(self, head: str) -> tuple[core.Expr, tuple[str, ...]]:
        """Return what a head stands for."""
        return self._exprs[int(head[1:])]


@dataclass
class Evaluation:
    """Evaluates what is in a graph."""

    world: World
    graph: Graph
    sources: Sources
    blocked: dict[int, Blocked] = field(default_factory=dict)
    """For each term that waits, what for."""
    numbers: Numbers = field(default_factory=Numbers)
    _left: int = UNFOLDINGS

    def copy(self) -> Evaluation:
        """Return the evaluation of a copy of the graph."""
        return Evaluation(self.world, self.graph.copy(), self.sources, self.blocked.copy(), self.numbers, self._left)

    # ------------------------------------------------------------ building

    def build(self, expr: core.Expr, scope: Scope, origin: int = NOBODY) -> int:
        """Return the term of an expression; a variable that the scope does not have is the goal's."""
        add = self.graph.add
        match expr:
            case core.Var(name):
                if name in scope:
                    return scope[name]
                return add(name if self.is_global(name) else f"={name}", (), origin)
            case core.Con(name):
                return add(f"!{name}", (), origin)
            case core.Lit(kind, text):
                return add(f"#{int(text, 0)}" if kind is LitKind.INTEGER else f"#{kind}{text}", (), origin)
            case core.App(core.Con(name), arguments):
                return add(f"!{name}", tuple(self.build(a, scope, origin) for a in arguments), origin)
            case core.App(function, arguments):
                args = tuple(self.build(a, scope, origin) for a in arguments)
                if isinstance(function, core.Var) and function.name not in scope and self.is_global(function.name):
                    return add(function.name, args, origin)
                return add("@", (self.build(function, scope, origin), *args), origin)
            case core.Let(name, value, body):
                return self.build(body, {**scope, name: self.build(value, scope, origin)}, origin)
            case core.Ann(value, _):
                return self.build(value, scope, origin)
        head, names = self.sources.head(expr)
        return add(head, tuple(self.build(core.Var(n), scope, origin) for n in names), origin)

    def is_global(self, name: str) -> bool:
        """Whether a name is a function and no variable."""
        return name in self.world.functions or name in core.BUILTIN or name.startswith("Prelude.")

    def expr(self, term: int) -> core.Expr:
        """Return a printable term as an expression."""
        graph = self.graph
        head, args = graph.heads[term], graph.args[term]
        parts = [self.expr(a) for a in args]
        match head[0]:
            case "=":
                return core.Var(head[1:])
            case "!":
                return core.apply(core.Con(head[1:]), *parts)
            case "#":
                digits = head[1:].lstrip("-").isdigit()
                kind = LitKind.INTEGER if digits else next(k for k in LitKind if head[1:].startswith(k))
                return core.Lit(kind, head[1:] if digits else head[1:].removeprefix(kind))
            case "@":
                return core.apply(*parts)
        return core.apply(core.Var(head), *parts)

    # ------------------------------------------------------------ evaluation

    def run(self) -> None:
        """Evaluate until nothing goes on; raises ``OutOfWork``."""
        graph = self.graph
        while graph.conflict is None:
            while graph.dirty and graph.conflict is None:
                self._step(graph.dirty.popleft())
            if graph.conflict is None and not self._wake() and not self.numbers.draw(graph):
                return

    def _wake(self) -> bool:
        """Look again at what waited for something that is known by now; whether there was any."""
        ready = [term for term, blocked in self.blocked.items() if self.graph.made_of(blocked.term) is not None]
        for term in ready:
            del self.blocked[term]
        self.graph.dirty.extend(ready)
        return bool(ready)

    def _step(self, term: int) -> None:
        graph = self.graph
        head = graph.heads[term]
        graph.work.spend()
        try:
            if head in core.BUILTIN:
                self._operator(term, head, graph.args[term])
            elif head[0] == "?":
                self._go_on(term)
            elif head[0] == "@":
                self._apply(term)
            elif head in self.world.unfolding:
                self._unfold(term, self.world.unfolding[head])
        except _Waits as waits:
            self.blocked[term] = waits.blocked

    def _unfold(self, term: int, function: core.Function) -> None:
        graph = self.graph
        args = graph.args[term]
        if len(args) < function.arity:
            return
        if len(args) > function.arity:
            inner = graph.add(graph.heads[term], args[: function.arity], graph.origin[term])
            whole = graph.add("@", (inner, *args[function.arity :]), graph.origin[term])
            graph.merge(term, whole, CASE)
            return
        premises: list[tuple[int, int]] = []
        for equation in function.equations:
            scope = self._matched(equation.patterns, args, premises)
            if scope is not None:
                value = self._rhs(equation.rhs, scope, premises, graph.origin[term])
                if value is not None:
                    self._becomes(term, value, premises)
                    return

    def _becomes(self, term: int, value: int, premises: Sequence[tuple[int, int]]) -> None:
        self.blocked.pop(term, None)
        if not self.graph.same(term, value):
            self._left -= 1
            if self._left >= 0:
                self.graph.merge(term, value, Reason(premises=tuple(premises)))

    def _matched(
        self, patterns: Sequence[core.Pattern], args: Sequence[int], premises: list[tuple[int, int]]
    ) -> dict[str, int] | None:
        scope: dict[str, int] = {}
        for pattern, argument in zip(patterns, args, strict=True):
            if not self._match(pattern, argument, scope, premises):
                return None
        return scope

    def _match(self, pattern: core.Pattern, term: int, scope: dict[str, int], premises: list[tuple[int, int]]) -> bool:
        match pattern:
            case core.PVar(name):
                scope[name] = term
                return True
            case core.PWild():
                return True
            case core.PAs(name, inner):
                scope[name] = term
                return self._match(inner, term, scope, premises)
            case core.PCon(name, patterns):
                made = self.graph.made_of(term)
                if made is None:
                    raise _Waits(term, name)
                premises.append((term, made))
                if self.graph.heads[made] != f"!{name}":
                    return False
                parts = self.graph.args[made]
                return all(self._match(p, part, scope, premises) for p, part in zip(patterns, parts, strict=True))
        raise _Waits(term, "")

    def _rhs(self, rhs: core.Rhs, scope: dict[str, int], premises: list[tuple[int, int]], origin: int) -> int | None:
        for binding in rhs.bindings:
            scope[binding.name] = self.build(binding.value, scope, origin)
        for branch in rhs.branches:
            inner = dict(scope)
            if all(self._guard(guard, inner, premises, origin) for guard in branch.guards):
                return self._body(branch.body, inner, premises, origin)
        return None

    def _guard(self, guard: core.Guard, scope: dict[str, int], premises: list[tuple[int, int]], origin: int) -> bool:
        if isinstance(guard, core.Test):
            return self._holds(guard.condition, scope, premises, origin)
        return self._match(guard.pattern, self.build(guard.value, scope, origin), scope, premises)

    def _holds(self, condition: core.Expr, scope: Scope, premises: list[tuple[int, int]], origin: int) -> bool:
        if condition == core.Con("True"):
            return True
        term = self.build(condition, scope, origin)
        self._settle(term)
        made = self.graph.made_of(term)
        if made is None:
            raise _Waits(term, "True")
        premises.append((term, made))
        return self.graph.heads[made] == "!True"

    def _settle(self, term: int) -> None:
        """Evaluate a condition that was just built, as far as it goes by itself."""
        if self.graph.made_of(term) is None and self.graph.heads[term] in core.BUILTIN:
            for part in self.graph.args[term]:
                self._settle(part)
            try:
                self._operator(term, self.graph.heads[term], self.graph.args[term])
            except _Waits as waits:
                self.blocked[term] = waits.blocked

    def _body(self, body: core.Expr, scope: Scope, premises: list[tuple[int, int]], origin: int) -> int:
        """Return the term of a body whose outermost conditionals are decided."""
        match body:
            case core.If(condition, then, other):
                chosen = then if self._holds(condition, scope, premises, origin) else other
                return self._body(chosen, scope, premises, origin)
            case core.Case(scrutinee, alternatives):
                term = self.build(scrutinee, scope, origin)
                for alternative in alternatives:
                    inner = dict(scope)
                    if self._match(alternative.pattern, term, inner, premises):
                        value = self._rhs(alternative.rhs, inner, premises, origin)
                        if value is not None:
                            return value
                raise _Waits(term, "")
            case core.Let(name, value, rest):
                return self._body(rest, {**scope, name: self.build(value, scope, origin)}, premises, origin)
        return self.build(body, scope, origin)

    def _go_on(self, term: int) -> None:
        expr, names = self.sources.of(self.graph.heads[term])
        scope = dict(zip(names, self.graph.args[term], strict=True))
        scope = {n: t for n, t in scope.items() if not self.is_global(n) or self.graph.heads[t] != n}
        premises: list[tuple[int, int]] = []
        self._becomes(term, self._body(expr, scope, premises, self.graph.origin[term]), premises)

    def _apply(self, term: int) -> None:
        graph = self.graph
        function, *rest = graph.args[term]
        for each in graph.members[graph.find(function)]:
            head = graph.heads[each]
            if head[0] not in "=#@?":
                whole = graph.add(head, (*graph.args[each], *rest), graph.origin[term])
                graph.merge(term, whole, Reason(premises=((function, each),)))
                return

    # ------------------------------------------------------------ operators

    def _operator(self, term: int, head: str, args: tuple[int, ...]) -> None:
        graph = self.graph
        if not is_applied(graph, term):
            return
        if head in ("&&", "||"):
            self._connective(term, args[0], args[1], "!False" if head == "&&" else "!True")
        elif head == "not":
            self._negation(term, args[0])
        elif head in ("==", "/="):
            self._equation(term, args[0], args[1], head == "==")
        if head in ARITHMETIC or head in COMPARISONS:
            self.numbers.notice(graph, term)

    def _truth(self, term: int) -> tuple[int, str] | None:
        made = self.graph.made_of(term)
        return None if made is None else (made, self.graph.heads[made])

    def _connective(self, term: int, left: int, right: int, decisive: str) -> None:
        graph = self.graph
        for one, other in ((left, right), (right, left)):
            held = self._truth(one)
            if held is not None:
                value = one if held[1] == decisive else other
                graph.merge(term, value, Reason(premises=((one, held[0]),)))
                return
        held = self._truth(term)
        if held is not None and held[1] != decisive:
            for part in (left, right):
                graph.merge(part, term, Reason(premises=((term, held[0]),)))
        raise _Waits(left, "True")

    def _negation(self, term: int, part: int) -> None:
        for one, other in ((part, term), (term, part)):
            held = self._truth(one)
            if held is not None:
                value = self.graph.add("!False" if held[1] == "!True" else "!True")
                self.graph.merge(other, value, Reason(premises=((one, held[0]),)))
        if self._truth(part) is None:
            raise _Waits(part, "True")

    def _equation(self, term: int, left: int, right: int, positive: bool) -> None:
        graph = self.graph
        if graph.same(left, right):
            graph.merge(term, graph.add("!True" if positive else "!False"), Reason(premises=((left, right),)))
            return
        held = self._truth(term)
        if held is not None and (held[1] == "!True") == positive:
            graph.merge(left, right, Reason(premises=((term, held[0]),)))
            return
        premises = self._apart(left, right)
        if premises is not None:
            graph.merge(term, graph.add("!False" if positive else "!True"), Reason(premises=premises))
        elif held is None:
            raise _Waits(term, "True")

    def _apart(self, left: int, right: int) -> Pairs | None:
        """Return why two terms differ: they have different constructors, or their parts do."""
        graph = self.graph
        one, two = graph.made_of(left), graph.made_of(right)
        if one is None or two is None:
            return None
        here = ((left, one), (right, two))
        if graph.heads[one] != graph.heads[two]:
            return here
        for a, b in zip(graph.args[one], graph.args[two], strict=False):
            below = self._apart(a, b)
            if below is not None:
                return here + below
        return None
