"""The one part that is trusted for leaves: z3, asked about terms without quantifiers, at a cost that it counts itself.

Whole numbers are mathematical integers, for ``Int`` too. A type variable stands for the integers: what holds of them by
equality and order alone holds of every lawful type. Functions and Doubles are values of which nothing is known.
"""

from __future__ import annotations

from typing import Any

import z3

from seqplay.haskell.analysis.unification import Ap, Atom, Rigid, Ty, prune, show, spine
from seqplay.proof.kernel.elaboration import Data
from seqplay.proof.kernel.terms import Op, Term, Unsupported, subterms

QUESTION = 400_000
"""z3's own count of what one question may cost."""
BUDGET = 60_000_000
"""And of all questions about one proof."""
_LARGEST_TYPES = 60


class Exhausted(Exception):
    """The budget is spent: there is no opinion."""


class Solver:
    """A z3 solver with scopes. It never says that something follows which does not; it may not know."""

    def __init__(self, data: Data, budget: int = BUDGET) -> None:
        self._data = data
        self._context = z3.Context()
        self._solver = z3.SimpleSolver(ctx=self._context)
        self._solver.set("rlimit", QUESTION)
        self._sorts: dict[Ty, Any] = {}
        self._terms: dict[Term, Any] = {}
        self._budget = budget
        self.questions = 0

    @property
    def spent(self) -> int:
        """What z3 has counted so far."""
        for key, value in self._solver.statistics():
            if key == "rlimit count":
                return int(value)
        return 0

    def push(self) -> None:
        """Begin a scope."""
        self._solver.push()

    def pop(self) -> None:
        """Forget what was assumed since the scope began."""
        self._solver.pop()

    def assume(self, term: Term) -> None:
        """Take a truth value for true."""
        self._solver.add(self._term(term))

    def follows(self, term: Term) -> bool:
        """Whether a truth value is true in every model of what was assumed; raises ``Exhausted``."""
        self.questions += 1
        self._solver.push()
        try:
            self._solver.add(z3.Not(self._term(term)))
            answer = self._solver.check()
        finally:
            self._solver.pop()
        if self.questions % 16 == 0 and self.spent > self._budget:
            raise Exhausted("z3's budget is spent")
        return bool(answer == z3.unsat)

    # ------------------------------------------------------------ sorts

    def _sort(self, type_: Ty) -> Any:
        found = self._sorts.get(type_)
        if found is not None:
            return found
        head, _ = spine(type_)
        name = head.name if isinstance(head, Atom) else ""
        if not name or name in ("Int", "Integer", "Char"):
            made = z3.IntSort(self._context)
        elif name == "Bool":
            made = z3.BoolSort(self._context)
        elif name in ("Double", "Float", "->"):
            made = z3.DeclareSort(_spelled(type_), self._context)
        else:
            self._declare(type_)
            made = self._sorts[type_]
        self._sorts[type_] = made
        return made

    def _declare(self, type_: Ty) -> None:
        """Declare a data type with all data types that it reaches and that have no sort yet."""
        made: dict[Ty, Any] = {}
        queue = [type_]
        while queue:
            each = queue.pop()
            if each in made or each in self._sorts or self._is_plain(each):
                continue
            if len(made) > _LARGEST_TYPES:
                raise Unsupported("a type that reaches too many types")
            if not self._data.constructors(each):
                raise Unsupported(f"the type {show(each)}")
            made[each] = z3.Datatype(_spelled(each), self._context)
            queue += [kind for _, fields in self._data.constructors(each) for kind in fields]
        for each, declared in made.items():
            for name, fields in self._data.constructors(each):
                parts = [(f"{name}.{at}", made.get(kind) or self._sort(kind)) for at, kind in enumerate(fields)]
                declared.declare(name, *parts)
        try:
            sorts = z3.CreateDatatypes(*made.values())
        except z3.Z3Exception as error:
            raise Unsupported(f"the type {show(type_)}: {error}") from None
        self._sorts.update(zip(made, sorts, strict=True))

    def _is_plain(self, type_: Ty) -> bool:
        head, _ = spine(type_)
        return not isinstance(head, Atom) or head.name in {"Int", "Integer", "Char", "Bool", "Double", "Float", "->"}

    def _constructor(self, type_: Ty, name: str) -> tuple[Any, int]:
        sort = self._sort(type_)
        names = [each for each, _ in self._data.constructors(type_)]
        return sort, names.index(name)

    # ------------------------------------------------------------ terms

    def _term(self, term: Term) -> Any:
        for each in subterms(term):
            if each not in self._terms:
                try:
                    self._terms[each] = self._made(each, [self._terms[part] for part in each.args])
                except (z3.Z3Exception, TypeError) as error:
                    raise Unsupported(f"{each.op.name.lower()} at {show(each.type)}: {error}") from None
        return self._terms[term]

    def _made(self, term: Term, args: list[Any]) -> Any:
        match term.op:
            case Op.VAR | Op.FAIL:
                return z3.Const(f"{term.op.name}:{term.name}:{_spelled(term.type)}", self._sort(term.type))
            case Op.LIT if isinstance(term.name, int):
                return z3.IntVal(term.name, self._context)
            case Op.LIT:
                return z3.Const(f"LIT:{term.name}", self._sort(term.type))
            case Op.CON | Op.FIELD | Op.IS:
                return self._datum(term, args)
            case Op.CALL | Op.PARTIAL | Op.APPLY:
                return self._call(term, args)
            case Op.IF:
                return z3.If(*args)
            case Op.EQUAL:
                return args[0] == args[1]
            case Op.AND:
                return z3.And(*args)
            case Op.OR:
                return z3.Or(*args)
            case Op.NOT:
                return z3.Not(*args)
        return _counted(term.op, *args)

    def _datum(self, term: Term, args: list[Any]) -> Any:
        if term.op is Op.CON:
            if term.name in ("True", "False"):
                return z3.BoolVal(term.name == "True", self._context)
            sort, at = self._constructor(term.type, term.name)
            made = sort.constructor(at)
            return made(*args) if args else made()
        sort, at = self._constructor(term.args[0].type, term.name[0])
        if term.op is Op.IS:
            return sort.recognizer(at)(args[0])
        return sort.accessor(at, term.name[1])(args[0])

    def _call(self, term: Term, args: list[Any]) -> Any:
        sorts = [self._sort(each.type) for each in term.args]
        if term.op is Op.APPLY:
            name = f"APPLY:{_spelled(term.args[0].type)}"
        else:
            called, types = term.name[0], term.name[1]
            name = f"{term.op.name}{len(args)}:{called}:{','.join(_spelled(each) for each in types)}"
        declared = z3.Function(name, *sorts, self._sort(term.type))
        return declared(*args)


def _spelled(type_: Ty) -> str:
    """Return a type's name, one for each type."""
    type_ = prune(type_)
    match type_:
        case Rigid(name, owner):
            return f"{name}'{owner}"
        case Ap(head, argument):
            return f"{_spelled(head)} ({_spelled(argument)})"
        case _:
            return show(type_)


def _counted(op: Op, left: Any, right: Any) -> Any:
    match op:
        case Op.LESS:
            return left < right
        case Op.ADD:
            return left + right
        case Op.SUBTRACT:
            return left - right
        case Op.MULTIPLY:
            return left * right
        case Op.DIVIDE:
            return left / right
        case Op.REMAINDER:
            return left % right
    raise Unsupported(f"{op.name.lower()} in the logic")
