"""What of base the reflected Prelude models, by the names that programs use.

``NAMES`` maps a name of base to the library's function; where they are spelled alike there is no entry. ``OVERLOADED``
maps a name that base overloads to one function for each type that decides it. ``OPAQUE`` says what a function that the
logic knows by name alone is outside the logic.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from seqplay.proof.language import core

NAMES: Mapping[str, str] = {
    "+": "plus", "-": "minus", "*": "times", "negate": "negated", "==": "equal", "/=": "unequal", "<": "less",
    "<=": "lessEqual", ">": "greater", ">=": "greaterEqual", "&&": "conjunction", "||": "disjunction",
    "not": "complement", "++": "append", ".": "compose", "$": "apply", "$!": "apply", "&": "applyTo", "!!": "index",
    "and": "conjoin", "or": "disjoin", "foldl'": "foldl", "foldr'": "foldr", "succ": "successor", "pred": "predecessor",
    "^": "power", "foldl1'": "foldl1", "scanl'": "scanl", "isLetter": "isAlpha",
}  # fmt: skip

OVERLOADED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "fmap": ("(a -> b) -> f a -> f b", {"[]": "map", "Maybe": "fmapMaybe", "Either": "fmapEither", "->": "compose"}),
    ">>=": ("f a -> (a -> f b) -> f b", {"[]": "bindList", "Maybe": "bindMaybe", "Either": "bindEither"}),
    "pure": ("a -> f a", {"[]": "singleton", "Maybe": "just", "Either": "right"}),
    "<*>": ("f (a -> b) -> f a -> f b", {"Maybe": "apMaybe"}),
    "traverse": ("(a -> f b) -> [a] -> f [b]", {"Maybe": "traverseMaybe"}),
    "sequence": ("[f a] -> f [a]", {"Maybe": "sequenceMaybe"}),
    "fromIntegral": ("a -> f", {
        "Int Int": "id", "Integer Integer": "id", "Int Integer": "intToInteger", "Integer Int": "integerToInt",
        "Int Double": "intToDouble", "Integer Double": "integerToDouble",
    }),
    "toInteger": ("a -> f", {"Integer Integer": "id", "Int Integer": "intToInteger"}),
    "truncate": ("a -> f", {"Double Int": "doubleTruncateInt", "Double Integer": "doubleTruncateInteger"}),
    "round": ("a -> f", {"Double Int": "doubleRoundInt", "Double Integer": "doubleRoundInteger"}),
    "floor": ("a -> f", {"Double Int": "doubleFloorInt", "Double Integer": "doubleFloorInteger"}),
    "ceiling": ("a -> f", {"Double Int": "doubleCeilingInt", "Double Integer": "doubleCeilingInteger"}),
    "fromEnum": ("a -> Int", {"Char": "ord", "Int": "id"}),
    "realToFrac": ("a -> f", {"Double Double": "id"}),
}  # fmt: skip
"""Each with its type: the variable ``f`` decides, or for two names, ``a`` and ``f`` together."""

SAME = {"<$>": "fmap", "return": "pure", "mapM": "traverse", "sequenceA": "sequence"}
"""Names of base that mean another name."""

AT_DOUBLE: Mapping[str, str] = {
    "+": "doublePlus", "-": "doubleMinus", "*": "doubleTimes", "negate": "doubleNegate", "==": "doubleEqual",
    "/=": "doubleUnequal", "<": "doubleLess", "<=": "doubleLessEqual", ">": "doubleGreater",
    ">=": "doubleGreaterEqual", "L.plus": "doublePlus", "L.minus": "doubleMinus", "L.times": "doubleTimes",
    "L.negated": "doubleNegate", "L.equal": "doubleEqual", "L.unequal": "doubleUnequal", "L.less": "doubleLess",
    "L.lessEqual": "doubleLessEqual", "L.greater": "doubleGreater", "L.greaterEqual": "doubleGreaterEqual",
    "L.sum": "doubleSum", "L.product": "doubleProduct", "L.max": "doubleMax", "L.min": "doubleMin",
    "L.abs": "doubleAbs", "L.signum": "doubleSignum",
}  # fmt: skip
"""What stands for an operation where its type is Double: a function that the logic knows by name alone."""

FLOATING: Mapping[str, str] = {
    "/": "doubleOver", "**": "doublePower", "sqrt": "doubleSqrt", "exp": "doubleExp", "log": "doubleLog",
    "sin": "doubleSin", "cos": "doubleCos", "tan": "doubleTan", "atan": "doubleAtan",
}  # fmt: skip
"""Functions of Fractional and Floating, at Double alone."""

_CHARACTERS = ("toUpper", "toLower", "isAlpha", "isDigit", "isSpace", "isUpper", "isLower", "isAlphaNum")
_MORE_CHARACTERS = ("isPunctuation", "isHexDigit", "ord")
_LISTS = ("words", "lines", "sortBy", "sortOn", "group", "groupBy", "transpose", "isSuffixOf", "isInfixOf")
_MORE_LISTS = ("subsequences", "permutations", "inits")

OPAQUE: Mapping[str, str] = {
    **{name: f"Data.Char.{name}" for name in (*_CHARACTERS, *_MORE_CHARACTERS)},
    **{name: f"Data.List.{name}" for name in (*_LISTS, *_MORE_LISTS)},
    "show": "Prelude.show",
    "intToInteger": "Prelude.toInteger",
    "integerToInt": "Prelude.fromInteger",
    "intToDouble": "Prelude.fromIntegral",
    "integerToDouble": "Prelude.fromInteger",
    "doublePlus": "(Prelude.+)", "doubleMinus": "(Prelude.-)", "doubleTimes": "(Prelude.*)",
    "doubleOver": "(Prelude./)", "doublePower": "(Prelude.**)", "doubleMax": "Prelude.max",
    "doubleMin": "Prelude.min", "doubleNegate": "Prelude.negate", "doubleAbs": "Prelude.abs",
    "doubleSignum": "Prelude.signum", "doubleSqrt": "Prelude.sqrt", "doubleExp": "Prelude.exp",
    "doubleLog": "Prelude.log", "doubleSin": "Prelude.sin", "doubleCos": "Prelude.cos", "doubleTan": "Prelude.tan",
    "doubleAtan": "Prelude.atan", "doubleEqual": "(Prelude.==)", "doubleLess": "(Prelude.<)",
    "doubleLessEqual": "(Prelude.<=)",
    **{
        f"double{name}{kind}": f"Prelude.{name.lower()}"
        for name in ("Floor", "Ceiling", "Round", "Truncate")
        for kind in ("Int", "Integer")
    },
}  # fmt: skip
"""Outside the logic: the function of base that each stands for."""

AT_ENDS: Mapping[str, str] = {
    "successor": "Prelude.succ", "predecessor": "Prelude.pred", "enumFromThenTo": "Prelude.enumFromThenTo",
    **{name: f"Prelude.{name}" for name in ("div", "mod", "quot", "rem", "divMod", "quotRem", "gcd", "lcm")},
}  # fmt: skip
"""What the logic defines by means that overflow at the ends of machine integers: run, each is base's own."""

MODULE = "SeqplayPrelude"


PARTIAL = frozenset(
    core.LIBRARY + name
    for name in (
        *("head", "tail", "last", "init", "index", "maximum", "minimum", "foldr1", "foldl1", "div", "mod", "quot"),
        *("rem", "divMod", "quotRem", "power", "enumFromThenTo", "enumUp", "enumDown", "gcdNat"),
    )
)
"""Functions of the library that need a condition on an argument."""


@cache
def library_text() -> str:
    """Return the reflected Prelude as Liquid Haskell reads it."""
    return files("seqplay.proof.prelude").joinpath(f"{MODULE}.hs").read_text(encoding="utf-8")
