"""Between types as they are written and types while they are inferred."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Ap, Atom, Rigid, Ty, spine
from seqplay.proof.language.refusal import Refusal, Refused


def read(type_: hs.Type, variables: Callable[[str], Ty]) -> Ty:
    """Return a type of the syntax tree; ``variables`` says what its variables are."""
    match type_:
        case hs.TyVar(name):
            return variables(name)
        case hs.TyCon(name, args):
            result: Ty = Atom(name)
        case hs.TyApp(head, args):
            result = read(head, variables)
        case _:
            raise Refused(Refusal.TYPE, "a type outside the language")
    for arg in args:
        result = Ap(result, read(arg, variables))
    return result


def write(type_: Ty, names: Mapping[int, str], rigid: Mapping[Rigid, str]) -> hs.Type:
    """Return a type for the syntax tree; ``names`` are those of unknown variables, by identity."""
    head, arguments = spine(type_)
    args = tuple(write(each, names, rigid) for each in arguments)
    match head:
        case Atom(name):
            return hs.TyCon(name, args)
        case Rigid():
            plain: hs.Type = hs.TyVar(rigid[head])
        case _:
            plain = hs.TyVar(names[id(head)])
    return hs.TyApp(plain, args) if args else plain
