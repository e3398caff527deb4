"""P and Q in one name space: types that both declare are one, functions that are the same are one, the rest apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.printing import signature_text
from seqplay.proof.language import core
from seqplay.proof.language.graph import components
from seqplay.proof.language.names import TAKEN
from seqplay.proof.language.numbering import numbered
from seqplay.proof.language.substitution import rename_function
from seqplay.proof.translation.translate import Translated


@dataclass(frozen=True)
class Merged:
    """Two programs under one set of names: P keeps its own, Q's are followed by a prime where P has them."""

    p_entry: str
    q_entry: str
    functions: tuple[core.Function, ...]
    """P's, then those of Q's that are not P's as well."""
    aliases: Mapping[str, str]
    """The names that Q's functions would have if they were not P's as well, each with the one name of both."""


def merge(p: Translated, q: Translated) -> Merged:
    """Return the two programs in one name space; their data types have been made to agree."""
    p_keys = _keys(p.functions)
    q_keys = _keys(q.functions)
    shared = {key: name for name, key in p_keys.items()}
    taken = {function.name for function in p.functions} | {function.name for function in q.functions} | TAKEN
    taken -= {q.entry} if q.entry != p.entry else set()
    names: dict[str, str] = {}
    both: dict[str, str] = {}
    kept: list[core.Function] = []
    here = {function.name for function in p.functions}
    for function in q.functions:
        key = q_keys[function.name]
        if function.name != q.entry and key in shared and shared[key] != p.entry:
            names[function.name] = both[function.name] = shared[key]
            continue
        name = function.name
        while name in here or (name != function.name and name in taken):
            name += "'"
        here.add(name)
        names[function.name] = name
        kept.append(function)
    values: dict[str, core.Expr] = {old: core.Var(new) for old, new in names.items() if old != new}
    renamed = []
    for function in kept:
        made = rename_function(function, values)
        signature = made.signature and replace(made.signature, names=(names[function.name],))
        renamed.append(replace(made, name=names[function.name], signature=signature))
    return Merged(p.entry, names[q.entry], (*p.functions, *renamed), _aliases(both, here))


def _aliases(both: Mapping[str, str], here: set[str]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for name, one in both.items():
        while name in here or name in aliases:
            name += "'"
        if name not in TAKEN:
            aliases[name] = one
    return aliases


def same_data(left: core.DataType, right: core.DataType) -> bool:
    """Whether two declarations have the same name, constructors and fields, up to the names of their variables."""
    if left.name != right.name or len(left.params) != len(right.params):
        return False
    values = {old: hs.TyVar(new) for old, new in zip(right.params, left.params, strict=True)}
    shown = tuple(
        (name, tuple(replace_variables(each, values) for each in fields)) for name, fields in right.constructors
    )
    return shown == left.constructors


def replace_variables(type_: hs.Type, values: Mapping[str, hs.Type]) -> hs.Type:
    """Return a type with variables replaced."""
    match type_:
        case hs.TyVar(name):
            return values.get(name, type_)
        case hs.TyCon(name, args):
            return hs.TyCon(name, tuple(replace_variables(arg, values) for arg in args))
        case _:
            return type_


def normal_type(signature: hs.Signature) -> tuple[tuple[tuple[str, str], ...], hs.Type]:
    """Return a signature with its variables numbered, so that equal ones are one up to renaming."""
    names: dict[str, hs.Type] = {}

    def walk(type_: hs.Type) -> hs.Type:
        match type_:
            case hs.TyVar(name):
                return names.setdefault(name, hs.TyVar(f"t{len(names)}"))
            case hs.TyCon(name, args):
                return hs.TyCon(name, tuple(walk(arg) for arg in args))
            case _:
                return type_

    body = walk(signature.type)
    constraints = {(each.name, signature_text(hs.Signature((), (), walk(each.type)))) for each in signature.constraints}
    implied = {("Eq", kind) for name, kind in constraints if name == "Ord"}
    return tuple(sorted(constraints - implied)), body


# ---------------------------------------------------------------- when two functions are one


def _keys(functions: Sequence[core.Function]) -> dict[str, str]:
    """Return a text for each function, equal for equal ones: local names numbered, callees by their keys."""
    by_name = {function.name: function for function in functions}
    keys: dict[str, str] = {}
    for group in components({name: sorted(core.calls(function)) for name, function in by_name.items()}):
        inner = {name: core.Var(f"self{at}") for at, name in enumerate(group)}
        texts = [_text(by_name[name], {**{n: core.Var(k) for n, k in keys.items()}, **inner}) for name in group]
        for at, name in enumerate(group):
            keys[name] = f"<{at} {' ;; '.join(texts)}>"
    return keys


def _text(function: core.Function, values: Mapping[str, core.Expr]) -> str:
    named = rename_function(function, {n: v for n, v in values.items() if n in core.calls(function)})
    equations = list(numbered(named))
    kind = normal_type(function.signature) if function.signature else ""
    return f"{kind!r} {equations!r}"
