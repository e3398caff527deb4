"""What ``parse`` promises: it finds what is there, names the line, and never raises on a program."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.errors import InputError
from seqplay.haskell.analysis.normalise import normal_form
from seqplay.haskell.analysis.source import Entry, EntryHow, TypeKind, choose_entry, parse
from tests.haskell.corpus import samples

PROGRAM = """\
{-# LANGUAGE LambdaCase, TupleSections #-}
{-# OPTIONS_GHC -Wall #-}
module Shop (total, price) where

import qualified Data.Map.Strict as M
import Data.List (sortBy, (\\\\))
import Prelude hiding (lookup)

-- | What it costs.
price, tax :: Int -> Int
price n = n * 3 -- three each
tax = (`div` 5)

total
  :: [Int]
  -> Int
total xs = sum (map price xs) + helper 'c' "a -- no comment" 2.5
  where helper _ _ _ = tax 10

(low, high) = (1, 2)

data Item = Item { label :: String, cost :: !Int } | Free deriving (Eq, Show)
newtype Box a = Box a
type Prices = M.Map String Int
class Priced a where
  worth :: a -> Int
instance Priced Item where
  worth Free = 0
  worth (Item _ c) = c
x <+> y = x + y
"""


def test_header_pragmas_and_imports_are_told_with_their_lines() -> None:
    source = parse(PROGRAM)
    assert source.errors == ()
    assert source.module == "Shop"
    assert source.header is not None
    start, end = source.header
    assert source.code.encode()[start:end].decode() == "module Shop (total, price) where"
    assert [(p.kind, p.items, p.line) for p in source.pragmas] == [
        ("LANGUAGE", ("LambdaCase", "TupleSections"), 1),
        ("OPTIONS_GHC", ("-Wall",), 2),
    ]
    maps, lists, prelude = source.imports
    assert (maps.module, maps.qualified, maps.name, maps.names, maps.line) == ("Data.Map.Strict", True, "M", None, 5)
    assert (lists.module, lists.hiding, lists.names) == ("Data.List", False, ("sortBy", "(\\\\)"))
    assert (prelude.module, prelude.hiding, prelude.names) == ("Prelude", True, ("lookup",))


def test_signatures_are_in_order_and_several_names_share_one() -> None:
    signatures = parse(PROGRAM).signatures
    assert [(s.name, s.type, s.line) for s in signatures] == [
        ("price", "Int -> Int", 10),
        ("tax", "Int -> Int", 10),
        ("total", "[Int] -> Int", 14),
    ]


def test_bindings_know_what_they_use_by_scope() -> None:
    source = parse(PROGRAM)
    uses = {binding.names: binding.uses for binding in source.bindings}
    assert {"price", "tax", "sum", "map", "+"} == uses[("total",)], "a local helper is no use, a string no comment"
    assert uses[("low", "high")] == frozenset()
    assert source.binding("<+>") is not None
    assert {binding.names[0]: binding.arity for binding in source.bindings}["total"] == 1


def test_types_classes_and_instances_are_told_with_members() -> None:
    told = {(t.kind, t.name): t.members for t in parse(PROGRAM).types}
    assert told == {
        (TypeKind.DATA, "Item"): ("Item", "label", "cost", "Free"),
        (TypeKind.NEWTYPE, "Box"): ("Box",),
        (TypeKind.SYNONYM, "Prices"): (),
        (TypeKind.CLASS, "Priced"): ("worth",),
        (TypeKind.INSTANCE, "Priced"): ("worth",),
    }


def test_literals_and_comments_are_not_confused() -> None:
    source = parse(PROGRAM)
    assert [c.text for c in source.comments] == ["-- | What it costs.", "-- three each"]
    literals = [(literal.kind, literal.text) for literal in source.literals]
    assert ("string", '"a -- no comment"') in literals
    assert ("float", "2.5") in literals
    assert ("char", "'c'") in literals


def test_newlines_of_other_systems_and_tabs_change_nothing() -> None:
    unix = "f :: Int -> Int\nf x\n\t| x > 0 = 1\n\t| otherwise = 2\n"
    other = parse("\ufeff" + unix.replace("\n", "\r\n"))
    assert other.program == parse(unix).program
    assert other.errors == ()


@pytest.mark.parametrize(
    "text",
    [
        "A text.\n\n> f :: Int -> Int\n> f x = x\n\nMore.\n",
        "A text.\n\n\\begin{code}\nf :: Int -> Int\nf x = x\n\\end{code}\nMore: f x = y.\n",
    ],
)
def test_literate_programs_keep_their_line_numbers(text: str) -> None:
    source = parse(text)
    assert source.is_literate
    assert source.errors == ()
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "f :: Int" in words)
    assert [(s.name, s.line) for s in source.signatures] == [("f", line)]
    assert source.defined == ("f",)


@pytest.mark.parametrize(
    "text",
    [
        "{-- as typed:\n\n> f 3\n4\n--}\nf x = x + 1\n",
        "{- {- inner -}\n> f 3\n-}\nf x = x + 1\n",
        'f x = "{-" ++ x -- {- no end\ng y = y {- but here\n> g 3\n-}\n',
    ],
)
def test_what_a_prompt_said_in_a_comment_is_not_literate(text: str) -> None:
    assert not parse(text).is_literate


def test_a_track_after_a_comment_is_literate() -> None:
    assert parse('A text {- with a remark -} and a quote: "{-".\n\n> f x = x\n').is_literate
    assert parse("> {- a remark\n> -}\n> f x = x\n").is_literate


def test_an_operator_at_the_start_of_a_line_is_not_literate() -> None:
    assert not parse("f x = x\n    > 3\n").is_literate


def test_mistakes_are_told_with_their_place_and_the_rest_is_still_read() -> None:
    source = parse("f :: Int -> Int\nf x = x +\n\ng :: Int\ng = 1\n")
    assert source.errors
    assert source.errors[0].line in {2, 3, 4}
    assert "f" in [s.name for s in source.signatures]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="fgx ()[]{}|=->\\\"'`,.:+*\n\t0let in where case of do if then else", max_size=120))
def test_no_text_makes_parse_raise(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", ["(" * 5000 + "x" + ")" * 5000, "[" * 5000, "\x00\x01", "f = " + "-" * 3000, ""])
def test_absurd_texts_are_read_without_raising(text: str) -> None:
    parse("f x = " + text + "\n")


def test_every_shipped_program_is_read_without_a_mistake() -> None:
    wrong = [sample.name for sample in samples() if parse(sample.code).errors]
    assert wrong == []


# ---------------------------------------------------------------- the entry rule

ENTRY_RULE = [
    ("the wanted name", "g :: Int\ng = 1\nf = g\n", "f", None, Entry("f", EntryHow.WANTED)),
    ("P's name if Q has it", "g :: Int\ng = 1\nf = g\n", None, "f", Entry("f", EntryHow.SAME_AS_REFERENCE)),
    ("else the first signature", "h = 2\ng :: Int\ng = 1\n", None, "f", Entry("g", EntryHow.FIRST_SIGNATURE)),
    ("the first of several names", "a, b :: Int\na = 1\nb = 2\n", None, None, Entry("a", EntryHow.FIRST_SIGNATURE)),
    (
        "never main",
        "main :: IO ()\nmain = print f\nf :: Int\nf = 1\n",
        None,
        None,
        Entry("f", EntryHow.FIRST_SIGNATURE),
    ),
    ("a signature on lines", "f\n  :: Int\n  -> Int\nf x = x\n", None, None, Entry("f", EntryHow.FIRST_SIGNATURE)),
    ("the one uncalled", "helper x = x\ntop y = helper y\n", None, None, Entry("top", EntryHow.UNCALLED)),
    ("its own calls do not count", "f 0 = 0\nf n = f (n - 1)\n", None, None, Entry("f", EntryHow.UNCALLED)),
    ("a call from main does not", "f x = x\nmain = print (f 1)\n", None, None, Entry("f", EntryHow.UNCALLED)),
    ("a local name is no call", "f x = g where g = x\ng y = f y\n", None, None, Entry("g", EntryHow.UNCALLED)),
    ("an operator", "(<+>) :: Int -> Int -> Int\na <+> b = a\n", None, None, Entry("<+>", EntryHow.FIRST_SIGNATURE)),
    ("a name in a comment is none", "-- f :: Int\nh :: Int\nh = 1\n", None, None, Entry("h", EntryHow.FIRST_SIGNATURE)),
    ("a method is none", "class C a where\n  m :: a\nh = 1\n", None, None, Entry("h", EntryHow.UNCALLED)),
]


@pytest.mark.parametrize(
    ("code", "wanted", "reference", "entry"), [row[1:] for row in ENTRY_RULE], ids=[r[0] for r in ENTRY_RULE]
)
def test_entry_follows_the_design(code: str, wanted: str | None, reference: str | None, entry: Entry) -> None:
    assert choose_entry(parse(code), wanted, reference) == entry


@pytest.mark.parametrize(
    ("code", "wanted", "said"),
    [
        ("f x = x\n", "g", "'g' is not defined"),
        ("f x = x\ng x = x\n", None, "2 bindings that nothing calls"),
        ("main = print 1\n", None, "defines no function"),
        ("f x = g x\ng x = f x\n", None, "0 bindings that nothing calls"),
        ("main = print 1\n", "main", "'main' is not defined"),
    ],
)
def test_without_one_entry_the_message_says_what_to_do(code: str, wanted: str | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        choose_entry(parse(code), wanted)


@pytest.mark.parametrize(
    ("written", "spaced"),
    [
        (r"'\n':'a':x", r"'\n' : 'a' : x"),
        (r"['\n','\t',' ']", r"['\n', '\t', ' ']"),
        (r"('\\','/')", r"('\\', '/')"),
        (r"x=='\''||x=='a'", r"x == '\'' || x == 'a'"),
        (r"g '\"''b'", r"g '\"' 'b'"),
        (r"foldl'\y -> y", r"foldl' \y -> y"),
        (r"""("it's '\n'", '\0':x)""", r"""("it's '\n'", '\0' : x)"""),
    ],
)
def test_characters_beside_one_another_are_several(written: str, spaced: str) -> None:
    one, other = (parse(f"f x = {body}\n") for body in (written, spaced))
    assert one.errors == other.errors
    assert normal_form(f"f x = {written}\n", "f") == normal_form(f"f x = {spaced}\n", "f")
    assert [literal.text for literal in one.literals] == [literal.text for literal in other.literals]
