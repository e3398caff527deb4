"""Record construction and update, by position."""

from __future__ import annotations

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.fixity import base_name
from seqplay.proof.language import core
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.translation.scope import Scope
from seqplay.proof.translation.translator import Translator


def record(
    translator: Translator, head: hs.Expr, binds: tuple[hs.FieldBind, ...], wildcard: bool, scope: Scope
) -> core.Expr:
    """Return a record expression by position."""
    fields = {bind.name: bind.value or hs.Var(bind.name) for bind in binds}
    if isinstance(head, hs.Con):
        return _constructed(translator, base_name(head.name), fields, wildcard, scope)
    if wildcard:
        raise Refused(Refusal.RECORD, "a wildcard in a record update")
    return _updated(translator, translator.expr(head, scope), fields, scope)


def _constructed(
    translator: Translator, name: str, fields: dict[str, hs.Expr], wildcard: bool, scope: Scope
) -> core.Expr:
    shapes = translator.context.shapes
    labels = shapes.labels(name)
    if wildcard:
        fields = {label: hs.Var(label) for label in labels if label in scope.values} | fields
    missing = [label for label in labels if label not in fields]
    if missing or len(labels) != len(shapes.constructors[name].fields):
        raise Refused(Refusal.RECORD, f"the construction of {name} leaves out {', '.join(missing) or 'its fields'}")
    values = tuple(translator.expr(fields[label], scope) for label in labels)
    return core.apply(core.Con(shapes.name(name)), *values)


def _updated(translator: Translator, value: core.Expr, fields: dict[str, hs.Expr], scope: Scope) -> core.Expr:
    shapes = translator.context.shapes
    names = [name for name, shape in shapes.constructors.items() if set(fields) <= set(shape.labels)]
    if not names:
        raise Refused(Refusal.RECORD, f"no constructor has the fields {', '.join(fields)}")
    alternatives: list[core.Alternative] = []
    new = {label: translator.expr(each, scope) for label, each in fields.items()}
    for name in names:
        labels = shapes.constructors[name].labels
        kept = {label: translator.context.fresh.take(f"old_{label}") for label in labels if label not in new}
        pattern = tuple(core.PVar(kept[label]) if label in kept else core.PWild() for label in labels)
        values = tuple(core.Var(kept[label]) if label in kept else new[label] for label in labels)
        body = core.apply(core.Con(shapes.name(name)), *values)
        alternatives.append(core.Alternative(core.PCon(shapes.name(name), pattern), core.unconditional(body)))
    return core.Case(value, tuple(alternatives))
