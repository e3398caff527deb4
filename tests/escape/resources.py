"""Attacks that only want too much: time, memory, stack or output, while running or while compiling."""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from seqplay.haskell import Reason
from tests.escape.attack import ANSWERED, EXCEPTION, LIMITED, NOT_HASKELL, REFUSED, Attack

_BOUNDED = "wall time, heap, stack and output of an evaluation are bounded, and the session survives"
_UNFIT = frozenset({Reason.UNPRINTABLE, Reason.NOTHING_TESTABLE, Reason.BAD_INPUT, Reason.CRASHED})

RUNNING = [
    Attack(f"runs_{name}", tries, _BOUNDED, f"f :: Int -> {result}\nf x = {body}\n", contained)
    for name, tries, result, body, contained in [
        ("loop", "loops without allocating, where no timer of the runtime can stop it", "Int", "let go n = go n in go x", LIMITED),
        ("allocating_loop", "loops and allocates", "Int", "length (show (product [1 ..  ] + toInteger x))", LIMITED),
        ("memory", "keeps an endless list alive", "Int", "let xs = [x ..] in sum xs + length xs", LIMITED),
        ("stack", "recurses without end", "Int", "1 + f (x + 1)", LIMITED | EXCEPTION),
        ("deep_fold", "folds lazily over a huge list", "Integer", "foldr (+) 0 [1 .. 1000000000]", LIMITED | EXCEPTION),
        ("endless_output", "gives an endless list", "[Int]", "[x ..]", LIMITED),
        ("gigabyte", "gives a string of a gigabyte", "String", "replicate 1000000000 'x'", LIMITED),
        ("endless_nesting", "gives an endlessly nested value", "[[Int]]", "repeat (repeat x)", LIMITED),
        ("slow_output", "gives output a drop at a time", "[Int]", "map (\\n -> length (show (3 ^ (200000 + n)))) [x ..]", LIMITED),
        ("huge_power", "computes a number larger than memory", "Integer", "2 ^ (2 ^ (62 :: Int) :: Int)", LIMITED | EXCEPTION),
        ("huge_show", "renders a number of a billion digits", "Integer", "10 ^ (1000000000 :: Int)", LIMITED | EXCEPTION),
        ("huge_shift", "multiplies in one uninterruptible call", "Int", "length (show (3 ^ (30000000 :: Int) * 7 ^ (30000000 :: Int)))", LIMITED | ANSWERED | EXCEPTION),
        ("black_hole", "depends on itself", "Int", "let y = y + 1 in y + x", LIMITED | EXCEPTION),
        ("exponential", "takes exponential time", "Integer", "let g n = if n < 2 then 1 else g (n - 1) + g (n - 2) in g 90", LIMITED),
        ("space_leak_map", "builds a list of lists that is kept", "Int", "let t = map (\\n -> replicate n n) [1 .. 100000] in sum (map sum t) + length (concat t)", LIMITED | ANSWERED),
    ]
]  # fmt: skip

_DOUBLED = "f0 x = (x, x)\n" + "".join(f"f{n} = f{n - 1} . f{n - 1}\n" for n in range(1, 7))
_NESTED = "(" * 20000 + "x" + ")" * 20000
_LISTS = "[" * 3000 + "x" + "]" * 3000
_CONSTRUCTORS = " | ".join(f"C{n}" for n in range(1500))
_MANY = "".join(f"g{n} :: Int -> Int\ng{n} y = y + {n}\n" for n in range(6000))
_COLUMNS = " ".join("_" for _ in range(18))
_ROWS = "".join("h " + " ".join("True" if n == row else "_" for n in range(18)) + f" = {row}\n" for row in range(18))

COMPILING = [
    Attack(
        f"compiles_{name}",
        tries,
        "checking is bounded in time and memory like running; the child that was lost is replaced",
        code,
        contained,
    )
    for name, tries, code, contained in [
        ("exponential_type", "has a type of exponential size", f"f :: Int -> Int\nf x = x\n{_DOUBLED}g = f6 'c'\n", LIMITED | ANSWERED),
        ("exponential_entry", "has it in the entry", f"{_DOUBLED}f x = f6 x\n", LIMITED | _UNFIT | ANSWERED | {Reason.NO_ENTRY}),
        ("undecidable_instance", "sends instance search into a loop", "{-# LANGUAGE UndecidableInstances, FlexibleInstances, FlexibleContexts #-}\nclass C a where c :: a -> Int\ninstance C [[a]] => C [a] where c _ = 1\nf :: Int -> Int\nf x = c [x]\n", NOT_HASKELL | LIMITED),
        ("looping_family", "sends type families into a loop", "{-# LANGUAGE TypeFamilies, UndecidableInstances #-}\ntype family F a\ntype instance F [a] = F [[a]]\nf :: Int -> Int\nf x = g [x]\ng :: F [Int] ~ Int => [Int] -> Int\ng _ = 1\n", NOT_HASKELL | LIMITED),
        ("type_level_power", "computes 2 ^ 10 ^ 10 in types", "{-# LANGUAGE DataKinds #-}\nimport Data.Proxy\nimport GHC.TypeLits\nf :: Int -> Integer\nf _ = natVal (Proxy :: Proxy (2 ^ 10000000000))\n", LIMITED | NOT_HASKELL | REFUSED | EXCEPTION),
        ("deep_parentheses", "nests parentheses 20,000 deep", f"f :: Int -> Int\nf x = {_NESTED}\n", LIMITED | NOT_HASKELL | ANSWERED | {Reason.CRASHED}),
        ("deep_lists", "nests lists 3,000 deep", f"f x = {_LISTS}\n", LIMITED | NOT_HASKELL | ANSWERED | _UNFIT | {Reason.NO_ENTRY}),
        ("huge_literal", "has a literal of 300,000 digits", f"f :: Int -> Integer\nf _ = {'9' * 300000}\n", LIMITED | ANSWERED),
        ("huge_string", "has a string literal of a megabyte", f"f :: Int -> Int\nf _ = length \"{'x' * 1000000}\"\n", LIMITED | ANSWERED),
        ("huge_exponent", "has a literal with a huge exponent", "f :: Int -> Integer\nf _ = truncate (1e1000000000 :: Double)\n", LIMITED | ANSWERED | NOT_HASKELL | EXCEPTION),
        ("many_declarations", "declares 6,000 functions", f"f :: Int -> Int\nf x = x\n{_MANY}", LIMITED | ANSWERED),
        ("many_constructors", "derives five classes for 1,500 constructors", f"data T = {_CONSTRUCTORS} deriving (Eq, Ord, Show, Read, Enum)\nf :: Int -> Int\nf x = fromEnum (toEnum x :: T)\n", LIMITED | ANSWERED),
        ("pattern_columns", "makes the match checker work on 18 columns", f"f :: Int -> Int\nf x = x\nh :: {'Bool -> ' * 18}Int\n{_ROWS}h {_COLUMNS} = 99\n", LIMITED | ANSWERED),
        ("nested_let", "nests polymorphic lets", "f :: Int -> Int\nf x = " + "".join(f"let p{n} y = ({'y' if n == 0 else f'p{n - 1} (y, y)'}) in " for n in range(22)) + "x\n", LIMITED | NOT_HASKELL | ANSWERED),
        ("long_line", "is one line of two megabytes", "f :: Int -> Int\nf x = x" + " + x" * 100000 + "\n", LIMITED | ANSWERED | NOT_HASKELL | {Reason.CRASHED}),
    ]
]  # fmt: skip

ATTACKS = [*RUNNING, *COMPILING]
