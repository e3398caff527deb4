"""The theorem as text: a module for Liquid Haskell, the statement, the names that a proof may use, a module to run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.printing import prefix_name, signature_text, type_text
from seqplay.proof.language import core
from seqplay.proof.language.library import AT_ENDS, OPAQUE
from seqplay.proof.language.names import rename_words
from seqplay.proof.language.printer import Printer, show_data
from seqplay.proof.liquid.verdict import ModuleText
from seqplay.proof.theorem.metrics import parameter
from seqplay.proof.theorem.problem import Problem
from seqplay.proof.theorem.reflected import reflected

NAME = "SeqplayTheorem"
PROOF = "proof"
ENTRY = "seqplay_entry"
COMBINATORS = (
    "Proof",
    "QED (..)",
    "(===)",
    "(=<=)",
    "(=>=)",
    "(?)",
    "(***)",
    "(&&&)",
    "trivial",
    "toProof",
    "withProof",
)

_PRELUDE = (
    "Bool (..)", "Char", "Double", "Either (..)", "Eq (..)", "Int", "Integer", "Integral", "Maybe (..)",
    "Num ((*), (+), (-), negate)", "Ord ((<), (<=), (>), (>=))", "Ordering (..)", "Show", "String", "not", "otherwise",
    "(&&)", "(||)", "($)",
)  # fmt: skip


@dataclass(frozen=True)
class Assembled:
    """A module with a fragment in it."""

    module: ModuleText
    before: int
    """Lines before the fragment's first."""


def statement(problem: Problem) -> str:
    """Return the refinement on ``proof``."""
    return f"{{-@ {PROOF} :: {_refined(problem)} @-}}"


def _refined(problem: Problem, metric: str = "") -> str:
    printer = problem.printer
    parts = [f"{name}:{_argument(kind)}" for name, kind in problem.variables]
    claim = f"{{ {printer.expr(problem.left)} == {printer.expr(problem.right)} }}"
    suffix = f" / {metric}" if metric else ""
    return _context(problem.constraints) + " -> ".join([*parts, claim]) + suffix


def _argument(kind: hs.Type) -> str:
    return type_text(kind, 1)


def _context(constraints: tuple[hs.Constraint, ...]) -> str:
    shown = ", ".join(f"{each.name} {type_text(each.type, 2)}" for each in constraints)
    return f"({shown}) => " if shown else ""


def plain_signature(problem: Problem) -> str:
    """Return the Haskell signature of ``proof``."""
    kinds = [_argument(kind) for _, kind in problem.variables]
    return f"{PROOF} :: {_context(problem.constraints)}{' -> '.join([*kinds, 'Proof'])}"


# ---------------------------------------------------------------- for Liquid Haskell


def definitions(problem: Problem, fragment: str = "", needs: frozenset[str] = frozenset()) -> list[str]:
    """Return the lines of the module up to the proof; the library's functions that a fragment names are among them."""
    types = {each.name for each in problem.data} | {name for each in problem.data for name, _ in each.constructors}
    lines = [
        f"module {NAME} where",
        "import qualified Prelude",
        f"import Prelude ({', '.join(_PRELUDE)})",
        f"import Language.Haskell.Liquid.ProofCombinators ({', '.join(_free(COMBINATORS, types))})",
    ]
    lines += [show_data(each) for each in problem.data]
    for function in problem.library(mentioned(problem, fragment) | needs):
        lines += _library(function, problem)
    for function in problem.functions:
        lines += _reflected(function, problem)
    return lines


def mentioned(problem: Problem, fragment: str) -> frozenset[str]:
    """Return the functions of the library that a text names."""
    names = {problem.printer.name(full): full for full in reflected().functions}
    return frozenset(names[word] for word in _words(fragment) if word in names)


def _words(text: str) -> set[str]:
    return set("".join(mark if mark.isalnum() or mark in "_'" else " " for mark in text).split())


def _library(function: core.Function, problem: Problem) -> list[str]:
    name, spec = problem.printer.name(function.name), reflected().specs.get(function.name)
    lines = [f"{{-@ reflect {name} @-}}"]
    if function.name.removeprefix(core.LIBRARY) in OPAQUE:
        lines.append(f"{{-@ lazy {name} @-}}")
    if spec is not None:
        lines.append(f"{{-@ {name} :: {spec} @-}}")
    return [*lines, *problem.definer.function(function).split("\n")]


def _free(names: tuple[str, ...], taken: set[str]) -> list[str]:
    return [name for name in names if name.removesuffix(" (..)") not in taken]


def _reflected(function: core.Function, problem: Problem) -> list[str]:
    name = prefix_name(function.name)
    lines = [f"{{-@ reflect {name} @-}}"]
    metric = problem.metrics.get(function.name)
    if metric is not None and function.signature is not None:
        lines.append(f"{{-@ {name} :: {_named(function.signature, function.arity)} / {metric} @-}}")
    return [*lines, *problem.definer.function(function).split("\n")]


def _named(signature: hs.Signature, arity: int) -> str:
    """Return a signature's type with its arguments named."""
    parts: list[str] = []
    kind = signature.type
    for at in range(arity):
        assert isinstance(kind, hs.TyCon)
        argument, kind = kind.args
        parts.append(f"{parameter(at)}:{_argument(argument)}")
    return _context(signature.constraints) + " -> ".join([*parts, type_text(kind)])


def assemble(
    problem: Problem,
    fragment: str,
    *,
    theorem: bool = True,
    metric: str = "",
    needs: frozenset[str] = frozenset(),
) -> Assembled:
    """Return the module with a fragment; ``theorem`` puts the statement over the fragment's ``proof``.

    ``metric`` is the proof's own; ``needs`` are functions of the library besides those that the fragment names.
    """
    lines = definitions(problem, fragment, needs)
    if theorem:
        lines += [f"{{-@ {PROOF} :: {_refined(problem, metric)} @-}}", plain_signature(problem)]
    text = "\n".join(lines)
    return Assembled(ModuleText(NAME, f"{text}\n{fragment.rstrip()}\n"), len(lines))


# ---------------------------------------------------------------- for people


def names_in_scope(problem: Problem) -> list[str]:
    """Return what a proof may refer to, each with its type: P's and Q's functions, then the library's that they use."""
    printer = problem.printer
    shown = [
        signature_text(replace(each.signature, names=(each.name,))) for each in problem.functions if each.signature
    ]
    by_name = {function.name: function.signature for function in problem.functions}
    for alias, one in problem.aliases.items():
        signature = by_name[one]
        if signature is not None:
            shown.append(signature_text(replace(signature, names=(alias,))))
    made = [show_data(replace(each, classes=())) for each in problem.data]
    for function in problem.library():
        if function.signature is not None:
            shown.append(signature_text(replace(function.signature, names=(printer.name(function.name),))))
    return [*made, *shown]


# ---------------------------------------------------------------- to run

_COMBINATORS_TO_RUN = """
type Proof = ()
data QED = QED
infixl 3 ===, =<=, =>=
infixl 3 ?
infixl 2 ***
(===), (=<=), (=>=) :: a -> a -> a
_ === y = y
_ =<= y = y
_ =>= y = y
(?) :: a -> () -> a
x ? y = y `Prelude.seq` x
(***) :: a -> QED -> ()
_ *** _ = ()
(&&&) :: () -> () -> ()
x &&& y = x `Prelude.seq` y
trivial :: ()
trivial = ()
toProof :: a -> ()
toProof _ = ()
withProof :: a -> b -> a
withProof x _ = x
"""


def runnable(problem: Problem, entry: str, fragment: str | None = None) -> str:
    """Return a program that GHC runs by itself, the library's functions in it, whose entry is ``seqplay_entry``.

    With a fragment, the entry evaluates its ``proof`` first, and then gives what ``entry`` gives.
    """
    printer = problem.printer
    lines = [
        "module SeqplayRun where",
        "import qualified Prelude",
        "import qualified Data.Char",
        "import qualified Data.List",
    ]
    written = set(problem.written.values())
    lines.append(f"import Prelude ({', '.join(_free(_PRELUDE, written))})")
    signature = next(each.signature for each in problem.functions if each.name == entry)
    assert signature is not None
    arguments = [name for name, _ in problem.variables]
    value = " ".join([prefix_name(entry), *arguments])
    if fragment is not None:
        value = f"{' '.join([PROOF, *arguments])} `Prelude.seq` {value}"
    lines += [signature_text(replace(signature, names=(ENTRY,))), f"{' '.join([ENTRY, *arguments])} = {value}"]
    lines += [show_data(each) for each in problem.data]
    for function in problem.library(mentioned(problem, fragment or "")):
        lines += _executable(function, printer)
    for function in problem.functions:
        lines += printer.function(function).split("\n")
    if fragment is not None:
        lines += [*_COMBINATORS_TO_RUN.strip().split("\n"), plain_signature(problem), fragment]
    return rename_words("\n".join(lines), problem.written) + "\n"


def _executable(function: core.Function, printer: Printer) -> list[str]:
    """Return a function of the library to run: base's own, where the logic knows but its name, or overflows."""
    target = {**OPAQUE, **AT_ENDS}.get(function.name.removeprefix(core.LIBRARY))
    if target is None or function.signature is None:
        return printer.function(function).split("\n")
    name = printer.name(function.name)
    return [signature_text(replace(function.signature, names=(name,))), f"{name} = {target}"]
