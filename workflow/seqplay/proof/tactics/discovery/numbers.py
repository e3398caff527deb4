"""Whole numbers in a graph: terms with the same polynomial are equal, and comparisons follow from those that hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from seqplay.proof.tactics.discovery.graph import Graph, Reason

ARITHMETIC = frozenset({"+", "-", "*", "negate"})
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "/="})
MOST_TERMS = 12
"""Terms of a polynomial: larger ones are left alone."""
_ONE: tuple[int, ...] = ()
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "/=", "/=": "=="}

Polynomial = dict[tuple[int, ...], int]
Pairs = tuple[tuple[int, int], ...]


@dataclass
class Numbers:
    """Draws equations between arithmetic terms. It keeps nothing but its knowledge that there are any."""

    _any: list[bool] = field(default_factory=lambda: [False])

    def notice(self, _graph: Graph, _term: int) -> None:
        """Take notice that there is arithmetic in the graph."""
        self._any[0] = True

    def draw(self, graph: Graph) -> bool:
        """Draw what follows; whether anything new did."""
        return self._any[0] and _Round(graph).run()


class _Round:
    """One look at a graph: its polynomials are over the classes of now."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._of: dict[int, tuple[Polynomial, Pairs]] = {}
        self._open: set[int] = set()

    def run(self) -> bool:
        graph = self._graph
        graph.work.spend(4)
        # An operator without operands stands among the free names of a conditional.
        terms = [t for head in ARITHMETIC for t in graph.by_head.get(head, ()) if is_applied(graph, t)]
        before = len(graph.heads)
        new: list[tuple[int, int, Reason]] = []
        first: dict[tuple[tuple[tuple[int, ...], int], ...], tuple[int, Pairs]] = {}
        for root in list(graph.members):
            # What stands for itself can be what a polynomial comes to.
            first[(((root,), 1),)] = (root, ())
        for term in terms:
            graph.work.spend()
            poly, why = self._term(term)
            if len(poly) > MOST_TERMS:
                continue
            if set(poly) <= {_ONE}:
                literal = graph.add(f"#{poly.get(_ONE, 0)}")
                new.append((term, literal, Reason(premises=why)))
                continue
            key = tuple(sorted(poly.items()))
            held = first.setdefault(key, (term, why))
            if held[0] != term:
                new.append((term, held[0], Reason(premises=why + held[1])))
        new = [each for each in new if not graph.same(each[0], each[1])]
        for each in new:
            graph.merge(*each)
        return bool(new) or len(graph.heads) > before or self._compare()

    def _class(self, term: int) -> tuple[Polynomial, Pairs]:
        """Return a class as a polynomial, through its literal or its first arithmetic term."""
        graph = self._graph
        root = graph.find(term)
        if root in self._open:
            return {(root,): 1}, ((term, root),)
        if root not in self._of:
            self._open.add(root)
            source = graph.made.get(root)
            if source is None:
                members = graph.members[root]
                source = next((t for t in members if graph.heads[t] in ARITHMETIC and is_applied(graph, t)), None)
            self._of[root] = ({(root,): 1}, ()) if source is None else self._via(source, root)
            self._open.discard(root)
        poly, why = self._of[root]
        source = why[0][1] if why else term
        return poly, ((term, source), *why[1:]) if why else ((term, root),)

    def _via(self, source: int, root: int) -> tuple[Polynomial, Pairs]:
        head = self._graph.heads[source]
        if head[0] == "#":
            if not head[1:].lstrip("-").isdigit():
                return {(root,): 1}, ()
            number = int(head[1:])
            return ({_ONE: number} if number else {}), ((root, source),)
        if head not in ARITHMETIC or not is_applied(self._graph, source):
            return {(root,): 1}, ()
        poly, why = self._term(source)
        return poly, ((root, source), *why)

    def _term(self, term: int) -> tuple[Polynomial, Pairs]:
        head, args = self._graph.heads[term], self._graph.args[term]
        parts = [self._class(a) for a in args]
        why = tuple(pair for _, pairs in parts for pair in pairs)
        left = parts[0][0]
        if head == "negate":
            return {k: -v for k, v in left.items()}, why
        right = parts[1][0]
        if head == "*":
            made: Polynomial = {}
            for a, x in left.items():
                for b, y in right.items():
                    key = tuple(sorted((*a, *b)))
                    made[key] = made.get(key, 0) + x * y
            return {k: v for k, v in made.items() if v}, why
        return _sum(left, right, 1 if head == "+" else -1), why

    # ------------------------------------------------------------ comparisons

    def _compare(self) -> bool:
        graph = self._graph
        known: list[tuple[Polynomial, Pairs]] = []
        open_: list[tuple[int, str, Polynomial, Pairs]] = []
        for head in COMPARISONS:
            for term in graph.by_head.get(head, ()):
                if not is_applied(graph, term):
                    continue
                made = graph.made_of(term)
                if made is None or head not in ("==", "/="):
                    difference, why = self._difference(term)
                    if difference is None:
                        continue
                    if made is None:
                        open_.append((term, head, difference, why))
                    else:
                        operator = head if graph.heads[made] == "!True" else _NEGATED[head]
                        known += [(p, (*why, (term, made))) for p in _at_most_zero(operator, difference)]
        drawn = False
        for term, head, difference, why in open_:
            graph.work.spend(1 + len(known))
            for operator, value in ((head, "!True"), (_NEGATED[head], "!False")):
                because = self._follows(operator, difference, known)
                if because is not None and graph.made_of(term) is None:
                    graph.merge(term, graph.add(value), Reason(premises=why + because))
                    drawn = True
        return drawn

    def _difference(self, term: int) -> tuple[Polynomial | None, Pairs]:
        left, right = self._graph.args[term]
        (one, why), (two, also) = self._class(left), self._class(right)
        return _sum(one, two, -1), why + also

    def _follows(self, operator: str, difference: Polynomial, known: list[tuple[Polynomial, Pairs]]) -> Pairs | None:
        if operator == "/=":
            for each in ("<", ">"):
                found = self._follows(each, difference, known)
                if found is not None:
                    return found
            return None
        because: Pairs = ()
        for wanted in _at_most_zero(operator, difference):
            if set(wanted) <= {_ONE}:
                if wanted.get(_ONE, 0) > 0:
                    return None
                continue
            for have, why in known:
                gap = _sum(wanted, have, -1)
                if set(gap) <= {_ONE} and gap.get(_ONE, 0) <= 0:
                    because += why
                    break
            else:
                return None
        return because


def is_applied(graph: Graph, term: int) -> bool:
    """Say whether an operator has all its operands."""
    return len(graph.args[term]) == (1 if graph.heads[term] in ("negate", "not") else 2)


def _sum(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    made = dict(left)
    for key, value in right.items():
        made[key] = made.get(key, 0) + sign * value
    return {k: v for k, v in made.items() if v}


def _at_most_zero(operator: str, difference: Polynomial) -> list[Polynomial]:
    negated = {k: -v for k, v in difference.items()}
    match operator:
        case "<=":
            return [difference]
        case "<":
            return [_sum(difference, {_ONE: 1}, 1)]
        case ">=":
            return [negated]
        case ">":
            return [_sum(negated, {_ONE: 1}, 1)]
        case "==":
            return [difference, negated]
    return []
