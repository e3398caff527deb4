"""Names in theorem modules: which a program's functions may keep, and fresh ones for what the translation makes."""

from __future__ import annotations

from collections.abc import Mapping

from seqplay.haskell.syntax.printing import is_symbolic

# Names that Liquid Haskell's logic or its specification language takes for something else.
_TAKEN = """
    not len or and fst snd null isJust fromJust true false forall exists measure class instance data type newtype if
    then else case of let in where mod div max min abs bslash coerce module import spec as using define predicate inline
    reflect lazy assume invariant ignore embed qualif rewrite rewriteWith infix infixl infixr axiom hiding qualified
    autosize lambda lit bound cast mempty stringEmp proof listElts size Prop Set_sng Set_cup Set_cap Set_dif Set_mem
    Set_emp Set_empty Set_sub Set_add Set_com Map_select Map_store Map_union Map_default x_Tuple21 x_Tuple22
    trivial unreachable impossible withProof isAdmit cast
"""
TAKEN = frozenset(_TAKEN.split())
_KEYWORDS = frozenset(
    [
        "case",
        "class",
        "data",
        "default",
        "deriving",
        "do",
        "else",
        "foreign",
        "if",
        "import",
        "in",
        "infix",
        "infixl",
        "infixr",
        "instance",
        "let",
        "module",
        "newtype",
        "of",
        "then",
        "type",
        "where",
        "_",
    ]
)

_SYMBOLS = {
    "!": "Bang", "#": "Hash", "$": "Dollar", "%": "Percent", "&": "And", "*": "Star", "+": "Plus", ".": "Dot",
    "/": "Slash", "<": "Less", "=": "Equals", ">": "Greater", "?": "Query", "@": "At", "\\": "Back", "^": "Hat",
    "|": "Bar", "-": "Minus", "~": "Tilde", ":": "Colon",
}  # fmt: skip


def plain_name(name: str) -> str:
    """Return the alphabetic ASCII form of a value's name: operators spelled out, what the logic reserves set apart."""
    if is_symbolic(name):
        return "op" + "".join(_SYMBOLS.get(mark, f"U{ord(mark):x}") for mark in name)
    text = "".join(mark if mark.isascii() else f"u{ord(mark):x}" for mark in name)
    return text + "_" if text in TAKEN else text


class Fresh:
    """Gives out names that nothing else in the module has."""

    def __init__(self, taken: frozenset[str]) -> None:
        self.taken = set(taken) | TAKEN | _KEYWORDS

    def take(self, wanted: str) -> str:
        """Return the wanted name, or the first numbered one that is free."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name


def rename_words(text: str, names: Mapping[str, str]) -> str:
    """Return a text with whole names replaced."""
    words: list[str] = []
    for mark in text:
        inside = mark.isalnum() or mark in "_'"
        if words and inside == (words[-1][-1].isalnum() or words[-1][-1] in "_'"):
            words[-1] += mark
        else:
            words.append(mark)
    return "".join(names.get(word, word) for word in words)
