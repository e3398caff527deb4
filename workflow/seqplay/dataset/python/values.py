"""Values by type, between Haskell and Python: what an input or an output of one language is in the other.

``Int``, ``Integer`` and the sized integers are ``int`` (in their range), ``Double`` and ``Float`` are ``float``,
``Bool`` is ``bool``, ``Char`` a ``str`` of one character, ``String`` and ``Text`` are ``str``, lists ``list``, tuples
``tuple``, ``Maybe a`` is ``None`` or a value (not nested), ``()`` is ``None``, ``Map`` is ``dict``, ``Set`` is ``set``.
A type variable takes what the value itself says. All else is not comparable, and the reason names the type.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from seqplay.haskell import syntax as hs  # fmt: skip
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.execution.driver import haskell_string
from seqplay.haskell.syntax.literals import decode

_BITS = {"Int": 64, **{f"Int{bits}": bits for bits in (8, 16, 32, 64)}}
_WORDS = {"Word": 64, **{f"Word{bits}": bits for bits in (8, 16, 32, 64)}}
_TEXT = ("Text",)
_REAL = ("Double", "Float")
_TOLERANCE = 1e-9
_DEEPEST = 40
UNIT = "()"


class Untranslatable(Exception):
    """A value or a type that the other language has no counterpart for: carries the reason."""


class Signed(NamedTuple):
    """The types of an entry: of its arguments, and of its result."""

    arguments: tuple[hs.Type, ...]
    result: hs.Type


def signed(text: str, code: str = "") -> Signed:
    """Read an entry's type as GHC writes it; raises ``Untranslatable`` where it is outside the subset.

    A type that the program declares itself under a name of ours is none of ours.
    """
    declared = {found.name for found in parse(code).types} if code else set()
    source = parse(f"seqplay :: {text}\n")
    signature = next((decl for decl in source.program.decls if isinstance(decl, hs.Signature)), None)
    if signature is None or source.errors:
        raise Untranslatable(f"the type {text} is outside the subset")
    arguments: list[hs.Type] = []
    rest: hs.Type = signature.type
    while isinstance(rest, hs.TyCon) and rest.name == "->":
        arguments.append(rest.args[0])
        rest = rest.args[1]
    for found in (*arguments, rest):
        _require_known(found, declared)
    return Signed(tuple(arguments), rest)


def _require_known(ty: hs.Type, declared: set[str]) -> None:
    match ty:
        case hs.TyVar():
            return
        case hs.TyCon(name, args) if name not in declared and name != "->" and _known(name, len(args)):
            for inner in args:
                _require_known(inner, declared)
            return
        case hs.TyCon("->"):
            raise Untranslatable("functions are not comparable")
        case hs.TyCon(name) | hs.TyApp(hs.TyCon(name)):
            raise Untranslatable(f"the type {name} is not comparable")
    raise Untranslatable("a type outside the subset is not comparable")


def _known(name: str, arity: int) -> bool:
    if arity == 0:
        return name in {*_BITS, *_WORDS, "Integer", "Natural", *_REAL, "Bool", "Char", *_TEXT, UNIT, "String"}
    return (name, arity) in {("[]", 1), ("Maybe", 1), ("Map", 2), ("Set", 1)} or name == f"({',' * (arity - 1)})"


def _range(name: str) -> tuple[int, int] | None:
    if name in _BITS:
        return -(2 ** (_BITS[name] - 1)), 2 ** (_BITS[name] - 1) - 1
    return (0, 2 ** _WORDS[name] - 1) if name in _WORDS else None


# ------------------------------------------------------------ Python values


def fitted(value: Any, ty: hs.Type, depth: int = 0) -> Any:
    """Return a Python value as the one of its kind that a type has; raises ``Untranslatable``."""
    if depth > _DEEPEST:
        raise Untranslatable("a value nested too deep")
    match ty:
        case hs.TyVar():
            return _dynamic(value)
        case hs.TyCon("[]", (inner,)) if isinstance(inner, hs.TyCon) and inner.name == "Char":
            return _typed(value, str)
        case hs.TyCon("[]", (inner,)):
            return [fitted(item, inner, depth + 1) for item in _typed(value, list)]
        case hs.TyCon("Maybe", (inner,)):
            if isinstance(inner, hs.TyCon) and inner.name in ("Maybe", UNIT):
                raise Untranslatable("a nested Maybe is not comparable")
            return None if value is None else fitted(value, inner, depth + 1)
        case hs.TyCon("Map", (key, item)):
            found = _typed(value, dict)
            return {_frozen(fitted(k, key, depth + 1)): fitted(v, item, depth + 1) for k, v in found.items()}
        case hs.TyCon("Set", (inner,)):
            if not isinstance(value, set | frozenset):
                raise Untranslatable(f"Python's {type(value).__name__} is no Set")
            return {_frozen(fitted(item, inner, depth + 1)) for item in value}
        case hs.TyCon(name, args) if args and name.startswith("(,"):
            found = _typed(value, tuple)
            if len(found) != len(args):
                raise Untranslatable(f"a tuple of {len(found)} is none of {len(args)}")
            return tuple(fitted(item, inner, depth + 1) for item, inner in zip(found, args, strict=True))
        case hs.TyCon(name):
            return _scalar(value, name)
    raise Untranslatable("a type outside the subset is not comparable")


def _scalar(value: Any, name: str) -> Any:
    if name == UNIT:
        if value is not None:
            raise Untranslatable(f"Python's {type(value).__name__} is no ()")
        return None
    if name == "Bool":
        return _typed(value, bool)
    if name in _REAL:
        return float(value) if type(value) is int and abs(value) < 2**53 else _typed(value, float)
    if name == "Char":
        text = _typed(value, str)
        if len(text) != 1:
            raise Untranslatable("a str that is not one character is no Char")
        return text
    if name in (*_TEXT, "String"):
        return _typed(value, str)
    number = _typed(value, int)
    limits = _range(name) or (0 if name == "Natural" else None, None)
    if (limits[0] is not None and number < limits[0]) or (limits[1] is not None and number > limits[1]):
        raise Untranslatable(f"a number out of {name}'s range")
    return number


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Untranslatable(f"Python's {type(value).__name__} where the type has {kind.__name__}")
    return value


def _dynamic(value: Any) -> Any:
    """Return a value at a type variable: whatever it is, if Haskell has it too."""
    if value is None or isinstance(value, dict | set | frozenset):
        raise Untranslatable(f"Python's {type(value).__name__} at a type variable is not comparable")
    if isinstance(value, list):
        return [_dynamic(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_dynamic(item) for item in value)
    if type(value) not in (int, float, bool, str):
        raise Untranslatable(f"Python's {type(value).__name__} is not comparable")
    return value


def _frozen(value: Any) -> Any:
    """Return a value that may be a key."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def same(a: Any, b: Any) -> bool:
    """Whether two fitted values are the same; floating-point numbers up to rounding, NaN like NaN."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list | tuple) and type(a) is type(b):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and bool(a == b)


# ------------------------------------------------------------ Haskell texts


def to_haskell(value: Any, ty: hs.Type) -> str:
    """Return the Haskell expression of a Python value; raises ``Untranslatable``."""
    return _written(fitted(value, ty), ty)


def _written(value: Any, ty: hs.Type) -> str:
    match ty:
        case hs.TyCon("Maybe", (inner,)):
            return "Nothing" if value is None else f"(Just {_written(value, inner)})"
        case hs.TyCon("Map", (key, item)):
            pairs = ",".join(f"({_written(k, key)},{_written(v, item)})" for k, v in value.items())
            return f"(Data.Map.fromList [{pairs}])"
        case hs.TyCon("Set", (inner,)):
            return f"(Data.Set.fromList [{','.join(sorted(_written(item, inner) for item in value))}])"
        case hs.TyCon("Text"):
            return f"(Data.Text.pack {haskell_string(value)})"
        case hs.TyCon("Char"):
            return _character(value)
    if value is None:
        return "()"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return haskell_string(value)
    if isinstance(value, int):
        return f"({value})" if value < 0 else str(value)
    if isinstance(value, float):
        return _real(value)
    inners = _inner_types(ty, len(value))
    items = ",".join(_written(item, inner) for item, inner in zip(value, inners, strict=True))
    return f"[{items}]" if isinstance(value, list) else f"({items})"


def _inner_types(ty: hs.Type, count: int) -> Sequence[hs.Type]:
    match ty:
        case hs.TyCon("[]", (inner,)):
            return [inner] * count
        case hs.TyCon(_, args):
            return args
    return [ty] * count


def _real(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return {True: "(0/0)"}.get(math.isnan(value), "(1/0)" if value > 0 else "(-1/0)")
    text = repr(value)
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    text = text.replace("e+", "e")
    return f"({text})" if text.startswith("-") else text


def _character(char: str) -> str:
    plain = char in '"' or (" " <= char <= "~" and char not in "'\\")
    return f"'{char}'" if plain else f"'\\{ord(char)}'"


def from_haskell(text: str, ty: hs.Type) -> Any:
    """Return the Python value of a Haskell expression made of literals, or of what ``show`` wrote.

    Raises ``Untranslatable``.
    """
    return fitted(_read(_expression(text), ty), ty)


def _expression(text: str) -> hs.Expr:
    source: Source = parse("seqplay = " + text.replace("\n", "\n  ") + "\n")
    decls = source.program.decls
    if source.errors or len(decls) != 1 or not isinstance(decls[0], hs.Fun) or len(decls[0].clauses) != 1:
        raise Untranslatable("an expression that is no literal")
    branches = decls[0].clauses[0].rhs.branches
    if len(branches) != 1 or branches[0].guards:
        raise Untranslatable("an expression that is no literal")
    return branches[0].body


def _read(expr: hs.Expr, ty: hs.Type) -> Any:
    """Return the Python value of an expression; the type tells a string from a character, a real from a whole."""
    match expr:
        case hs.Lit(kind, text):
            return _literal(kind, text, ty)
        case hs.Neg(operand):
            return -_number(_read(operand, ty))
        case hs.Con("True" | "False" as name):
            return name == "True"
        case hs.Con("()") | hs.Con("Nothing"):
            return None
        case hs.Con("[]"):
            return "" if _is_text(ty) else []
        case hs.App(hs.Con("Just"), argument):
            return _read(argument, _argument(ty, "Maybe"))
        case hs.ListLit(items):
            inner = _argument(ty, "[]")
            found = [_read(item, inner) for item in items]
            return "".join(found) if _is_text(ty) and all(isinstance(item, str) for item in found) else found
        case hs.Tuple(items):
            inners = _inner_types(ty, len(items))
            return tuple(_read(item, inner) for item, inner in zip(items, inners, strict=False))
        case hs.Var("NaN" | "Infinity" as name) | hs.Con("NaN" | "Infinity" as name):
            return float("nan" if name == "NaN" else "inf")
        case hs.App(hs.Var(name) | hs.Con(name), argument):
            return _applied(name.rpartition(".")[2], argument, ty)
    raise Untranslatable("an expression that is no literal")


def _literal(kind: hs.LitKind, text: str, ty: hs.Type) -> Any:
    if kind is hs.LitKind.STRING:
        return "".join(map(chr, decode(text[1:-1])))
    if kind is hs.LitKind.CHAR:
        return chr(decode(text[1:-1])[0])
    bare = text.replace("_", "")
    if kind is hs.LitKind.FLOAT:
        return float(bare)
    number = int(bare, 0) if bare[:2].lower() in {"0x", "0o", "0b"} else int(bare)
    return float(number) if isinstance(ty, hs.TyCon) and ty.name in _REAL else number


def _applied(name: str, argument: hs.Expr, ty: hs.Type) -> Any:
    """Return the value of ``fromList [...]`` or ``pack "..."``."""
    if name == "pack":
        return _read(argument, hs.TyCon("[]", (hs.TyCon("Char"),)))
    if name != "fromList" or not isinstance(ty, hs.TyCon) or ty.name not in ("Map", "Set"):
        raise Untranslatable("an expression that is no literal")
    inner = hs.TyCon("(,)", ty.args) if ty.name == "Map" else ty.args[0]
    items = _read(argument, hs.TyCon("[]", (inner,)))
    found = [(_frozen(k), v) for k, v in items] if ty.name == "Map" else [_frozen(item) for item in items]
    return dict(found) if ty.name == "Map" else set(found)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Untranslatable("the negation of what is no number")
    return value


def _is_text(ty: hs.Type) -> bool:
    return (
        isinstance(ty, hs.TyCon) and ty.name == "[]" and isinstance(ty.args[0], hs.TyCon) and ty.args[0].name == "Char"
    )


def _argument(ty: hs.Type, name: str) -> hs.Type:
    return ty.args[0] if isinstance(ty, hs.TyCon) and ty.name == name else hs.TyVar("a")
