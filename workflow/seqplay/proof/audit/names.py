"""What a proof may name: the scope that the pipeline gives it, the combinators, and a short list of total functions."""

from __future__ import annotations

from dataclasses import dataclass

THEOREM = "proof"
"""The binder that a proof defines, and whose refinement is the pipeline's."""

COMBINATORS = frozenset({"===", "=<=", "=>=", "***", "?", "&&&", "trivial", "toProof", "withProof"})
"""Proof combinators whose specification Liquid Haskell checks."""
TOTAL = frozenset(
    {
        *("+", "-", "*", "==", "/=", "<", "<=", ">", ">=", "&&", "||", "$", "."),
        *("not", "otherwise", "div", "mod", "negate", "id", "const", "fst", "snd", "compare"),
    }
)
"""Functions of the Prelude that have a value for all arguments (the divisor of ``div`` and ``mod`` is checked)."""
CONSTRUCTORS = frozenset(
    {"True", "False", "Nothing", "Just", "Left", "Right", "LT", "EQ", "GT", "()", "[]", ":", "(,)", "(,,)", "QED"}
)
TYPES = frozenset(
    {
        *("Int", "Integer", "Bool", "Char", "String", "Double", "Float", "Ordering", "Maybe", "Either"),
        *("Proof", "()", "[]", "->", "(,)", "(,,)", "(,,,)", "(,,,,)"),
    }
)
"""Types of the Prelude, and ``Proof``."""
REFINEMENTS = frozenset({"Nat"})
"""Type aliases of Liquid Haskell's own, for refinement signatures."""
CLASSES = frozenset({"Eq", "Ord", "Num", "Integral", "Real", "Fractional", "Enum", "Show", "Bounded"})
LOGIC = frozenset({"len", "fst", "snd", "not", "true", "false", "div", "mod", "True", "False"})
"""Names that predicates may use besides what is reflected."""

DEFINED = LOGIC | frozenset(
    {
        *("isJust", "fromJust", "isLeft", "autolen", "strLen", "addrLen", "stringLen", "stringlen", "stringEmp"),
        *("fromString", "takeString", "dropString", "subString", "concatString", "fromList", "listElts", "prop"),
        *("totalityError", "plen", "pbase", "fplen", "deref", "isNullPtr", "isAdmit", "isAss", "cast", "coerce"),
        *("real", "int", "apply", "lambda", "select", "store", "mempty", "null", "head", "tail", "size"),
    }
)
"""Names with a meaning in Liquid Haskell's own specifications, which a refinement finds before the proof's own: a lemma
about one's own ``isJust`` would be about another function."""

_THROWS = "it throws, and what throws proves anything"
_PARTIAL = "it has no value for some arguments, and no specification that says so"
_ENDLESS = "it need not end"
_BELIEVED = "what it says is believed, not checked"
_UNSAFE = "it gets around the types"
REFUSED = {
    "Admit": _BELIEVED,
    "==!": _BELIEVED,
    "==.": "it does not check the step",
    "axiomExt": _BELIEVED,
    "impossible": _THROWS,
    "unreachable": "it says that a place is not reached; leave the case out, or prove it",
    "cast": "it is no proof combinator of this pipeline",
    **dict.fromkeys(("undefined", "error", "errorWithoutStackTrace", "throw", "ioError", "fail", "assert"), _THROWS),
    **dict.fromkeys(("toEnum", "read", "pred", "succ", "fromEnum", "^"), _THROWS),
    **dict.fromkeys(("head", "tail", "init", "last", "!!", "fromJust", "foldr1", "foldl1"), _PARTIAL),
    **dict.fromkeys(("maximum", "minimum", "quot", "rem", "divMod", "quotRem", "chr"), _PARTIAL),
    **dict.fromkeys(("until", "iterate", "cycle", "repeat", "fix"), _ENDLESS),
    **dict.fromkeys(("seq", "$!"), "it forces a value, which the logic cannot speak of"),
    **dict.fromkeys(("unsafeCoerce", "unsafePerformIO", "coerce", "unsafeInterleaveIO", "trace"), _UNSAFE),
}
"""Why well-known names are refused."""


@dataclass(frozen=True)
class Scope:
    """The names that the pipeline puts into scope for a proof: nothing may bind them anew.

    ``functions`` are P, Q, their helpers, the reflected Prelude and its lemmas, by the names that the proof uses.
    """

    functions: frozenset[str] = frozenset()
    constructors: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    @property
    def reserved(self) -> frozenset[str]:
        """Names that a proof may use and not bind."""
        return self.functions | COMBINATORS | TOTAL

    def why_not(self, name: str) -> str:
        """Say why a name outside the allow-list is refused."""
        return REFUSED.get(name, "it is not defined in the proof and not in the allow-list")
