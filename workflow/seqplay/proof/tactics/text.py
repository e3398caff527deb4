"""Equalities and proofs as Liquid Haskell reads them: a refinement signature, and a function that returns unit."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.haskell.syntax import TyCon
from seqplay.haskell.syntax.printing import type_text
from seqplay.proof.language.core import App, Case, Con, Expr, If, Let, Var, apply
from seqplay.proof.language.printer import Printer
from seqplay.proof.language.terms import subterms
from seqplay.proof.tactics.goal import Decision, Equality, Leaf, Proof, Split, Tree


def signatures(equality: Equality, metric: str | None, printer: Printer) -> list[str]:
    """Return the refinement signature and the Haskell signature of an equality."""
    context = _context(equality)
    parts = [f"{name}:{_argument_type(kind)}" for name, kind in equality.variables]
    claim = f"{{ {side(equality.left, printer)} == {side(equality.right, printer)} }}"
    suffix = f" / {metric}" if metric else ""
    refined = f"{{-@ {equality.name} :: {context}{' -> '.join([*parts, claim])}{suffix} @-}}"
    plain = " -> ".join([*(_argument_type(kind) for _, kind in equality.variables), "()"])
    return [refined, f"{equality.name} :: {context}{plain}"]


def _context(equality: Equality) -> str:
    if not equality.context:
        return ""
    return "(" + ", ".join(f"{name} {variable}" for name, variable in equality.context) + ") => "


def _argument_type(kind: object) -> str:
    text = type_text(kind)  # type: ignore[arg-type]
    return f"({text})" if isinstance(kind, TyCon) and kind.name == "->" else text


def side(expr: Expr, printer: Printer) -> str:
    """Return a side of an equality in Liquid Haskell's logic."""
    expr = logical(expr)
    return printer.expr(expr, 11) if isinstance(expr, App) and _is_operator(expr.function) else printer.expr(expr, 5)


def _is_operator(function: Expr) -> bool:
    return isinstance(function, Var) and not function.name[:1].isalpha()


_FUNCTIONS = {
    "&&": "L.conjunction",
    "||": "L.disjunction",
    "not": "L.complement",
    "==": "L.equal",
    "/=": "L.unequal",
    "<": "L.less",
    "<=": "L.lessEqual",
    ">": "L.greater",
    ">=": "L.greaterEqual",
}
_CONSTRUCTORS = {":": "L.cons", "(,)": "L.pair", "(,,)": "L.triple"}


def logical(expr: Expr) -> Expr:
    """Return the term with functions of the library where Liquid Haskell's parser takes no operator or constructor."""
    if isinstance(expr, App):
        arguments = tuple(logical(a) for a in expr.arguments)
        match expr.function:
            case Var(name) if name in _FUNCTIONS:
                return apply(Var(_FUNCTIONS[name]), *arguments)
            case Con(name) if name in _CONSTRUCTORS:
                return apply(Var(_CONSTRUCTORS[name]), *arguments)
        return apply(expr.function, *arguments)
    return expr


def expressible(expr: Expr) -> bool:
    """Whether Liquid Haskell's parser takes a term as a side of an equality: calls and arithmetic."""
    for part in subterms(expr):
        if isinstance(part, Case | Let | If):
            return False
        if isinstance(part, App) and isinstance(part.function, Var) and part.function.name in ("&&", "||", "not"):
            return False
        if isinstance(part, App) and isinstance(part.function, Var) and part.function.name in _COMPARISONS:
            return False
        if isinstance(part, App) and isinstance(part.function, Con) and not part.function.name[:1].isalpha():
            return False
    return True


_COMPARISONS = frozenset({"==", "/=", "<", "<=", ">", ">="})


def proof_text(proof: Proof, printer: Printer) -> str:
    """Return the proof with its signatures, a line for each; it ends in a newline."""
    left = " ".join([proof.of.name, *proof.of.names])
    lines = [*signatures(proof.of, proof.metric, printer), f"{left} = {_tree(proof.tree, proof.of.name, printer)}"]
    return "\n".join(lines) + "\n"


def body_text(proof: Proof, printer: Printer) -> str:
    """Return the proof's Haskell alone, for the theorem whose signature the pipeline writes."""
    left = " ".join([proof.of.name, *proof.of.names])
    return f"{left} = {_tree(proof.tree, proof.of.name, printer)}\n"


def _tree(tree: Tree, name: str, printer: Printer) -> str:
    match tree:
        case Leaf(hints, hypotheses):
            terms = [App(Var(name), h.arguments) if h.arguments else Var(name) for h in hypotheses]
            return " &&& ".join(printer.expr(t, 0) for t in [*terms, *hints]) or "()"
        case Decision(condition, then, other):
            shown = [_tree(then, name, printer), _tree(other, name, printer)]
            return f"(if {printer.expr(condition)} then {shown[0]} else {shown[1]})"
        case Split(subject, cases):
            alternatives = [f"{_pattern(c, names)} -> {_tree(inner, name, printer)}" for c, names, inner in cases]
            return f"(case {printer.expr(subject)} of {{ {'; '.join(alternatives)} }})"


def _pattern(constructor: str, names: Sequence[str]) -> str:
    if constructor.startswith("(,"):
        return f"({', '.join(names)})"
    if constructor == ":":
        return " : ".join(names)
    return " ".join([constructor, *names])
