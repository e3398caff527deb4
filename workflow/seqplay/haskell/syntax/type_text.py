"""Names and types as Haskell text: what signatures need, and where a name is written as an operator."""

from __future__ import annotations

from seqplay.haskell.syntax import Constraint, Signature, TyApp, TyCon, TyOther, Type, TyVar, fixity


def is_symbolic(name: str) -> bool:
    """Whether a (perhaps qualified) name is an operator symbol."""
    first = fixity.base_name(name)[:1]
    return not (first.isalpha() or first in {"_", "(", "["})


def prefix_name(name: str) -> str:
    """Return a name as it stands before its arguments."""
    return f"({name})" if is_symbolic(name) else name


def infix_name(name: str) -> str:
    """Return a name as it stands between its operands."""
    return name if is_symbolic(name) else f"`{name}`"


def type_text(type_: Type, level: int = 0) -> str:
    """Return a type; ``level`` 1 is a function's parameter, 2 an argument of a constructor."""
    match type_:
        case TyVar(name):
            return name
        case TyOther(tokens):
            return "(" + " ".join(tokens) + ")"
        case TyCon("->", (a, b)):
            text = f"{type_text(a, 1)} -> {type_text(b)}"
            return f"({text})" if level else text
        case TyCon("[]", (TyCon("Char"),)):
            return "String"
        case TyCon("[]", (a,)):
            return f"[{type_text(a)}]"
        case TyCon(name, args) if name.startswith("(,") and len(args) == len(name) - 1:
            return "(" + ", ".join(type_text(arg) for arg in args) + ")"
        case TyCon(name, args):
            return _type_application("(->)" if name == "->" else name, args, level)
        case TyApp(head, args):
            return _type_application(type_text(head, 2), args, level)
        case _:
            raise TypeError(type_)


def _type_application(head: str, args: tuple[Type, ...], level: int) -> str:
    text = " ".join([head, *(type_text(arg, 2) for arg in args)])
    return f"({text})" if level > 1 and args else text


def signature_text(signature: Signature) -> str:
    """Return a signature, ``names ::`` included where it has names."""
    context = ", ".join(_constraint(constraint) for constraint in signature.constraints)
    if len(signature.constraints) > 1:
        context = f"({context})"
    body = f"{context} => {type_text(signature.type)}" if context else type_text(signature.type)
    names = ", ".join(prefix_name(name) for name in signature.names)
    return f"{names} :: {body}" if names else body


def _constraint(constraint: Constraint) -> str:
    if not constraint.name and isinstance(constraint.type, TyOther):
        return " ".join(constraint.type.tokens)
    return f"{constraint.name} {type_text(constraint.type, 2)}"
