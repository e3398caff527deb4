"""``same_program`` promises: a disguise is seen through, a change is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.haskell.analysis.normalise import normal_form, normal_id, same_program
from seqplay.haskell.analysis.source import parse
from seqplay.haskell.syntax import (
    Decl,
    FieldPat,
    Fun,
    Node,
    PAs,
    Program,
    PVar,
    Signature,
    Var,
    descendants,
    map_children,
)
from seqplay.haskell.syntax.printing import printer
from seqplay.haskell.syntax.scope import all_names, declared_names
from seqplay.mutate import breaking, preserving
from tests.haskell.corpus import Sample, samples

SAMPLES = samples()

SAME = [
    ("renamed parameters", "f x y = x + y\n", "f a b = a + b\n"),
    ("a renamed entry and helper", "f x = g x\ng y = y\n", "h x = k x\nk y = y\n"),
    ("comments", "f x = x -- same\n", "{- other -}\nf x = x\n"),
    ("layout", "f x | x = 1\n    | otherwise = 2\n", "f x\n  | x\n  = 1\n  | otherwise = 2\n"),
    ("braces", "f x = case x of\n  1 -> 2\n  _ -> 3\n", "f x = case x of { 1 -> 2; _ -> 3 }\n"),
    ("parentheses", "f x = (x + (1 * 2))\n", "f x = x + 1 * 2\n"),
    ("signatures", "f :: Int -> Int\nf x = x\n", "f x = x\n"),
    ("pragmas", "{-# LANGUAGE LambdaCase #-}\nf x = x\n{-# INLINE f #-}\n", "f x = x\n"),
    ("order of helpers", "f x = g x + h x\ng x = 1\nh x = 2\n", "h y = 2\nf z = g z + h z\ng w = 1\n"),
    ("order of a where group", "f x = a + b where { a = x; b = 2 }\n", "f x = a + b where { b = 2; a = x }\n"),
    ("order of a let group", "f x = let { a = 1; b = a } in b\n", "f x = let { c = d; d = 1 } in c\n"),
    ("an unused helper", "f x = x\nunused = 3\n", "f x = x\n"),
    ("an unused local", "f x = x where y = 1\n", "f x = x\n"),
    ("shadowing", "f x = let x = 1 in x\n", "f y = let z = 1 in z\n"),
    ("a lambda", "f = \\x -> \\(a, b) -> x + a\n", "f = \\p -> \\(q, r) -> p + q\n"),
    ("a comprehension", "f xs = [x | x <- xs, let y = x, y > 0]\n", "f ys = [a | a <- ys, let b = a, b > 0]\n"),
    ("a do block", "f m = do { x <- m; let {y = x}; return y }\n", "f k = do { a <- k; let {b = a}; return b }\n"),
    ("an as pattern", "f a@(x : _) = (a, x)\n", "f b@(c : _) = (b, c)\n"),
    ("an operator of its own", "f x = x <+> 1\na <+> b = a\n", "f x = x |> 1\n(|>) c d = c\n"),
    ("an infix definition", "x `op` y = x\nf = op\n", "op a b = a\nf = op\n"),
    ("import names", "import qualified Data.Map as M\nf = M.empty\n", "import qualified Data.Map as N\nf = N.empty\n"),
    ("import order", "import Data.Char\nimport Data.List\nf = ord\n", "import Data.List\nimport Data.Char\nf = ord\n"),
    ("type variables", "f x = (x :: Maybe a)\n", "f y = (y :: Maybe b)\n"),
    ("a record pun", "data R = R { a :: Int }\nf R { a } = a\n", "data R = R { a :: Int }\nf R { a = b } = b\n"),
    ("deriving", "data T = A deriving Show\nf = A\n", "data T = A deriving (Eq, Show)\nf = A\n"),
    ("a pattern binding", "f = a + b where (a, b) = (1, 2)\n", "f = c + d where (c, d) = (1, 2)\n"),
    ("newlines", "f x =\r\n  x\r\n", "f x = x\n"),
    ("literate form", "> f x = x\n", "f x = x\n"),
    ("the signature of an own type", "data T = A\nf :: T -> T\nf x = x\n", "data T = A\nf x = x\n"),
]  # fmt: skip

_INSTANCE = "data T = A\nf = show A\ninstance Show T where "
_SIGNED = "data T = A\nf :: T -> String\nf x = show x\ninstance Show T where "
DIFFERENT = [
    ("a constant", "f x = x + 1\n", "f x = x + 2\n"),
    ("swapped parameters", "f x y = x - y\n", "f x y = y - x\n"),
    ("another scope", "f x = let y = x in y\n", "f x = let x = x in x\n"),
    ("another association", "f x y z = x - (y - z)\n", "f x y z = x - y - z\n"),
    ("order of equations", "f 0 = 1\nf n = 2\n", "f n = 2\nf 0 = 1\n"),
    ("order of guards", "f x | x > 0 = 1 | x > 1 = 2\n", "f x | x > 1 = 2 | x > 0 = 1\n"),
    ("if for guards", "f x | x = 1 | otherwise = 2\n", "f x = if x then 1 else 2\n"),
    ("another helper called", "f x = g x\ng x = 1\nh x = 2\n", "f x = h x\ng x = 1\nh x = 2\n"),
    ("a captured name", "f x = \\y -> x\n", "f x = \\y -> y\n"),
    ("a library function", "f xs = head xs\n", "f xs = last xs\n"),
    ("a module", "import qualified Data.Map as M\nf = M.empty\n", "import qualified Data.Set as M\nf = M.empty\n"),
    ("a local type", "f x = read x :: Int\n", "f x = read x :: Integer\n"),
    ("a constructor", "data T = A | B\nf = A\n", "data T = A | B\nf = B\n"),
    ("an instance", _INSTANCE + "show A = 1\n", _INSTANCE + "show A = 2\n"),
    ("an instance for a type of the signature", _SIGNED + "show _ = 1\n", _SIGNED + "show _ = 2\n"),
    ("a string", "f = \"a b\"\n", "f = \"a  b\"\n"),
    ("a comment in a string", "f = \"-- a\"\n", "f = \"-- b\"\n"),
    ("the own sum for the Prelude's", "import Prelude hiding (sum)\nsum = 1\nf = sum\n", "f = sum\n"),
]  # fmt: skip


def entry_of(code: str) -> str:
    """The entry of a small text: f, or else h."""
    return "f" if "f" in parse(code).defined else "h"


@pytest.mark.parametrize(("p", "q"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_a_disguise_is_the_same_program(p: str, q: str) -> None:
    assert same_program(p, q, entry_of(p), entry_of(q)), f"{normal_form(p, entry_of(p))}\n{normal_form(q, entry_of(q))}"


@pytest.mark.parametrize(("p", "q"), [row[1:] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT])
def test_a_change_is_another_program(p: str, q: str) -> None:
    assert not same_program(p, q, entry_of(p), entry_of(q))


def test_no_two_shipped_programs_are_the_same() -> None:
    ids: dict[str, str] = {}
    for sample in SAMPLES:
        same = ids.setdefault(normal_id(sample.code, sample.entry), sample.name)
        assert same == sample.name


def renamed(program: Program, rng: random.Random) -> tuple[Program, dict[str, str]]:
    """Rename every function, parameter and local; names of fields, methods and types stay."""
    fixed: set[str] = set()
    for node in descendants(program):
        if isinstance(node, FieldPat):
            fixed.add(node.name)
        if isinstance(node, Decl) and type(node).__name__ == "Body":
            fixed |= {name for inner in node.decls for name in declared_names([inner])}  # type: ignore[attr-defined]
            fixed |= {n for inner in node.decls if isinstance(inner, Signature) for n in inner.names}  # type: ignore[attr-defined]
        if type(node).__name__ == "DataDecl":
            fixed |= set(node.names)  # type: ignore[attr-defined]
    bound = {n.name for n in descendants(program) if isinstance(n, PVar | PAs | Fun)} - fixed
    plain = sorted(name for name in bound if name[0].isalpha() or name[0] == "_")
    taken = all_names(program)
    fresh = [name for n in range(len(plain)) if (name := f"renamed{n}") not in taken]
    rng.shuffle(fresh)
    table = dict(zip(plain, fresh, strict=False))

    def change(node: Node) -> Node:
        node = map_children(node, change)
        if isinstance(node, Var | PVar | PAs | Fun) and node.name in table:
            return type(node)(**{**node.__dict__, "name": table[node.name]})
        if isinstance(node, Signature):
            return Signature(tuple(table.get(name, name) for name in node.names), node.constraints, node.type)
        return node

    cleaned = change(strip(program))
    assert isinstance(cleaned, Program)
    return cleaned, table


def strip(node: Node) -> Program:
    """A tree without memos, so that it can be rebuilt field by field."""
    for below in descendants(node):
        below.__dict__.pop("_free", None)
    assert isinstance(node, Program)
    return node


def shuffled(program: Program, rng: random.Random) -> list[Decl]:
    decls = list(program.decls)
    rng.shuffle(decls)
    return decls


def head(sample: Sample) -> str:
    """The pragmas and imports of a program, which come before its declarations."""
    lines = sample.code.splitlines()
    return "\n".join(line for line in lines if line.startswith(("{-#", "import "))) + "\n"


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**31))
def test_renaming_reordering_and_reformatting_is_the_same_program(sample: Sample, seed: int) -> None:
    rng = random.Random(seed)
    program, table = renamed(parse(sample.code).program, rng)
    out = printer(program)
    text = head(sample) + "\n\n-- reformatted\n".join(out.declaration(decl) for decl in shuffled(program, rng)) + "\n"
    entry = table.get(sample.entry, sample.entry)
    assert parse(text).errors == ()
    assert same_program(sample.code, text, sample.entry, entry), text


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**31))
def test_a_rewritten_program_is_another_program(sample: Sample, seed: int) -> None:
    for rewrite in [*breaking(sample.code, sample.entry, seed)[:6], *preserving(sample.code, sample.entry, seed)[:6]]:
        assert not same_program(sample.code, rewrite.code, sample.entry, sample.entry), rewrite


def test_texts_with_mistakes_are_compared_by_their_tokens() -> None:
    broken = "f x = x +\n"
    assert same_program(broken, "f x   = x + -- comment\n", "f", "f")
    assert not same_program(broken, "f y = y +\n", "f", "f")


def test_nesting_too_deep_to_walk_is_compared_by_its_tokens() -> None:
    deep = "f x = " + "(" * 3000 + "x" + ")" * 3000 + "\n"
    assert same_program(deep, deep + "-- comment\n", "f", "f")
    assert not same_program(deep, deep.replace("= (", "= id (", 1), "f", "f")
