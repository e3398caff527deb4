"""The types of a program, as theorems may have them: synonyms expanded, own data types checked and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.syntax.fixity import base_name
from seqplay.proof.language import core
from seqplay.proof.language.names import plain_name
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.translation.patterns import Shapes

KNOWN = {
    "Int": 0,
    "Integer": 0,
    "Bool": 0,
    "Char": 0,
    "Double": 0,
    "Ordering": 0,
    "()": 0,
    "[]": 1,
    "Maybe": 1,
    "Either": 2,
}
"""Types of base that theorems may have, with their numbers of arguments."""
_TAKEN_TYPES = frozenset(
    {
        *("Nat", "GeInt", "LeInt", "Even", "Odd", "BNat", "TT", "FF", "Proof", "Prop", "QED", "Set", "Map", "Bag"),
        *("IncrList", "IncrListD", "DecrList", "UniqList", "Btwn", "BtwnEI", "BtwnIE", "Pos", "Neg", "NonNeg"),
        *("Vector", "Show", "Eq", "Ord", "Num", "Integral", "Bool", "Int", "Integer", "Char", "Double", "Maybe"),
        *("Either", "Ordering", "String"),
    }
)
"""Names that specifications of Liquid Haskell or the module itself give to other types."""


@dataclass
class Types:
    """What a program declares of types."""

    synonyms: dict[str, tuple[tuple[str, ...], hs.Type]] = field(default_factory=dict)
    declared: dict[str, hs.DataDecl] = field(default_factory=dict)
    instances: frozenset[tuple[str, str]] = frozenset()
    """Class and type of each instance that the program writes itself."""
    methods: frozenset[str] = frozenset()
    """The methods of the program's own classes."""
    suffix: str = ""
    """What the program's type and constructor names end with in theorems."""

    def name(self, name: str) -> str:
        """Return a type's name in theorems."""
        if name not in self.declared:
            return name
        return name + (self.suffix or ("_" if name in _TAKEN_TYPES else ""))

    def constructor(self, name: str) -> str:
        """Return a constructor's name in theorems: operators become words."""
        if name.startswith(":"):
            return "Op" + plain_name(name) + self.suffix
        taken = {"True", "False", "LT", "EQ", "GT", "Nothing", "Just", "Left", "Right", "QED", "Admit"}
        return name + (self.suffix or ("_" if name in taken else ""))

    def expand(self, type_: hs.Type) -> hs.Type:
        """Return a type with synonyms expanded and own types renamed; raises ``Refused`` outside the language."""
        match type_:
            case hs.TyVar():
                return type_
            case hs.TyCon(name, args):
                return self._constructed(base_name(name), args)
            case hs.TyOther(tokens):
                raise Refused(Refusal.TYPE, f"the type {' '.join(tokens)}")
            case _:
                raise Refused(Refusal.TYPE, "a type variable that takes arguments")

    def _constructed(self, name: str, args: tuple[hs.Type, ...]) -> hs.Type:
        if name in self.synonyms:
            params, body = self.synonyms[name]
            if len(args) < len(params):
                raise Refused(Refusal.TYPE, f"the synonym {name} without its arguments")
            whole = _replace(body, dict(zip(params, args, strict=False)))
            return self.expand(whole)
        if name in self.declared:
            decl = self.declared[name]
            if not decl.constructors:
                raise Refused(Refusal.DATA, f"the type {name} is no plain sum of products")
            count = len(decl.params)
        elif name == "->" or name.startswith("(,"):
            count = 2 if name == "->" else len(name) - 1
        elif name in KNOWN:
            count = KNOWN[name]
        else:
            raise Refused(Refusal.TYPE, f"the type {name} is not modelled")
        if len(args) != count:
            raise Refused(Refusal.TYPE, f"the type {name} with {len(args)} of {count} arguments")
        return hs.TyCon(self.name(name), tuple(self.expand(arg) for arg in args))

    def data(self) -> tuple[core.DataType, ...]:
        """Return the program's data types that theorems may have; the others are left out."""
        kept: list[core.DataType] = []
        for name, decl in self.declared.items():
            if not decl.constructors:
                continue
            try:
                made = tuple(
                    (self.constructor(each.name), tuple(self._field(kind) for kind in each.fields))
                    for each in decl.constructors
                )
            except Refused:
                continue
            kept.append(core.DataType(self.name(name), decl.params, made))
        return tuple(kept)

    def _field(self, kind: hs.Type) -> hs.Type:
        expanded = self.expand(kind)
        # A function in a field could hold the type itself, and with it a loop that no recursion shows.
        if any(isinstance(each, hs.TyCon) and each.name == "->" for each in hs.descendants(expanded)):
            raise Refused(Refusal.DATA, "a function in a field")
        return expanded

    def shapes(self) -> Shapes:
        """Return what patterns need to know of the constructors."""
        constructors = {each.name: each for decl in self.declared.values() for each in decl.constructors}
        siblings = {
            each.name: tuple(other.name for other in decl.constructors)
            for decl in self.declared.values()
            for each in decl.constructors
        }
        renamed = {name: self.constructor(name) for name in constructors if self.constructor(name) != name}
        return Shapes(constructors, siblings, renamed)


def _replace(type_: hs.Type, values: Mapping[str, hs.Type]) -> hs.Type:
    match type_:
        case hs.TyVar(name):
            return values.get(name, type_)
        case hs.TyCon(name, args):
            return hs.TyCon(name, tuple(_replace(arg, values) for arg in args))
        case hs.TyApp(head, args):
            return hs.TyApp(_replace(head, values), tuple(_replace(arg, values) for arg in args))
        case _:
            return type_


def read_type(text: str) -> hs.Signature:
    """Return the signature of a type as text, constraints included; raises ``Refused`` where it is none."""
    source = parse(f"x :: {text}")
    first = source.program.decls[0] if source.program.decls else None
    if source.errors or not isinstance(first, hs.Signature):
        raise Refused(Refusal.TYPE, f"the type {text}")
    return first


def read_types(source: Source, suffix: str = "") -> Types:
    """Return what a program declares of types."""
    types = Types(suffix=suffix)
    instances: set[tuple[str, str]] = set()
    methods: set[str] = set()
    for decl in source.program.decls:
        match decl:
            case hs.DataDecl(name, _, tokens, params, _) if tokens[0] == "type":
                if "=" in tokens:
                    body = read_type(" ".join(tokens[tokens.index("=") + 1 :])).type
                    types.synonyms[name] = (params, body)
            case hs.DataDecl(name, _, _, _, _):
                types.declared[name] = decl
            case hs.Body("instance", name, head, _):
                instances |= {(name, token) for token in head if token[:1].isupper() and token != name}
            case hs.Body("class", _, _, decls):
                methods |= {each for inner in decls if isinstance(inner, hs.Signature) for each in inner.names}
            case _:
                pass
    types.instances = frozenset((cls, types.name(name)) for cls, name in instances)
    types.methods = frozenset(methods)
    return types
