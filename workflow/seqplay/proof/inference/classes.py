"""Whether a class means at a type what the logic takes it for."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Atom, Meta, Rigid, Ty, prune, show, spine
from seqplay.proof.inference.conversion import read
from seqplay.proof.language import core
from seqplay.proof.language.refusal import Refusal, Refused

_PLAIN = frozenset({"Int", "Integer", "Bool", "Char", "Ordering", "()"})
_NUMBERS = frozenset({"Int", "Integer"})


class Classes:
    """Knows a program's data types and the instances that it writes itself.

    In the logic ``==`` is identity and ``<=`` some total order: so it is at the types of base without Double, and at
    data types that derive their instances. ``Show`` is only ever a name.
    """

    def __init__(self, data: Sequence[core.DataType], instances: frozenset[tuple[str, str]]) -> None:
        self.data = {each.name: each for each in data}
        self.instances = instances
        self.used: set[tuple[str, str]] = set()
        """Class and own type wherever a class is needed."""

    def check(self, name: str, type_: Ty, what: str) -> None:
        """Raise ``Refused`` where a class is not the logic's at a type; ``what`` is the function that asks."""
        what = what.removeprefix(core.LIBRARY)
        kind = prune(type_)
        if name in {"Num", "Integral"}:
            if isinstance(kind, Atom) and kind.name in _NUMBERS:
                return
            if isinstance(kind, Rigid):
                raise Refused(Refusal.TYPE, f"{what} on numbers of any type")
            raise Refused(Refusal.UNMODELLED_AT_TYPE, f"{what} at {show(kind)}")
        if name not in {"Eq", "Ord", "Show"}:
            raise Refused(Refusal.TYPE, f"the class {name}")
        self._walk(name, kind, what, frozenset())

    def _walk(self, name: str, type_: Ty, what: str, seen: frozenset[str]) -> None:
        head, arguments = spine(type_)
        if isinstance(head, Meta | Rigid):
            return
        for argument in arguments:
            self._walk(name, argument, what, seen)
        match head:
            case Atom(kind) if kind in _PLAIN or kind.startswith("(,") or kind in {"[]", "Maybe", "Either"}:
                return
            case Atom("Double") if name == "Show":
                return
            case Atom(kind) if kind in self.data:
                self._own(name, kind, arguments, what, seen)
            case _:
                raise Refused(Refusal.UNMODELLED_AT_TYPE, f"{what} at {show(type_)}")

    def _own(self, name: str, kind: str, arguments: list[Ty], what: str, seen: frozenset[str]) -> None:
        for cls in ("Eq", "Ord") if name == "Ord" else (name,):
            if (cls, kind) in self.instances:
                raise Refused(Refusal.OWN_CLASS, f"{what} at {kind}, which has its own instance of {cls}")
        self.used |= {(cls, kind) for cls in (("Eq", "Ord") if name == "Ord" else (name,))}
        if kind in seen:
            return
        data = self.data[kind]
        values = dict(zip(data.params, arguments, strict=False))
        for _, fields in data.constructors:
            for field in fields:
                self._walk(name, _at(field, values), what, seen | {kind})


def _at(field: hs.Type, values: dict[str, Ty]) -> Ty:
    return read(field, lambda name: values.get(name, Meta()))
