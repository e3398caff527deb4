"""Names and types as Haskell text: what signatures need, and where a name is written as an operator."""

from __future__ import annotations

from seqplay.haskell import syntax as hs


def is_symbolic(name: str) -> bool:
    """Whether a (perhaps qualified) name is an operator symbol."""
    first = hs.fixity.base_name(name)[:1]
    return not (first.isalpha() or first in {"_", "(", "["})


def prefix_name(name: str) -> str:
    """Return a name as it stands before its arguments."""
    return f"({name})" if is_symbolic(name) else name


def infix_name(name: str) -> str:
    """Return a name as it stands between its operands."""
    return name if is_symbolic(name) else f"`{name}`"


def type_text(type_: hs.Type, level: int = 0) -> str:
    """Return a type; ``level`` 1 is a function's parameter, 2 an argument of a constructor."""
    match type_:
        case hs.TyVar(name):
            return name
        case hs.TyOther(tokens):
            return "(" + " ".join(tokens) + ")"
        case hs.TyCon("->", (a, b)):
            text = f"{type_text(a, 1)} -> {type_text(b)}"
            return f"({text})" if level else text
        case hs.TyCon("[]", (hs.TyCon("Char"),)):
            return "String"
        case hs.TyCon("[]", (a,)):
            return f"[{type_text(a)}]"
        case hs.TyCon(name, args) if name.startswith("(,") and len(args) == len(name) - 1:
            return "(" + ", ".join(type_text(arg) for arg in args) + ")"
        case hs.TyCon(name, args):
            return _type_application("(->)" if name == "->" else name, args, level)
        case hs.TyApp(head, args):
            return _type_application(type_text(head, 2), args, level)
        case _:
            raise TypeError(type_)


def _type_application(head: str, args: tuple[hs.Type, ...], level: int) -> str:
    text = " ".join([head, *(type_text(arg, 2) for arg in args)])
    return f"({text})" if level > 1 and args else text


def signature_text(signature: hs.Signature) -> str:
    """Return a signature, ``names ::`` included where it has names."""
    context = ", ".join(_constraint(constraint) for constraint in signature.constraints)
    if len(signature.constraints) > 1:
        context = f"({context})"
    body = f"{context} => {type_text(signature.type)}" if context else type_text(signature.type)
    names = ", ".join(prefix_name(name) for name in signature.names)
    return f"{names} :: {body}" if names else body


def _constraint(constraint: hs.Constraint) -> str:
    if not constraint.name and isinstance(constraint.type, hs.TyOther):
        return " ".join(constraint.type.tokens)
    return f"{constraint.name} {type_text(constraint.type, 2)}"
