"""A witness replays: at its instance, and as the text that ``compare`` prints, under whatever imports a program has."""

# ruff: noqa: E501  (tables: one list of imports a style)
from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.game.pairs import collect_pair
from seqplay.game.validate import judge
from seqplay.haskell import Executor, Reason
from seqplay.records import Goal, Program, Proposal, Verdict

pytestmark = pytest.mark.ghc

AT_ONE_TYPE = {
    "Int has an end": (
        "f :: Integral a => a -> a -> Bool\nf x y = x + abs y >= x\n",
        "f :: Integral a => a -> a -> Bool\nf x y = abs y >= 0 || x > y\n",
    ),
    "Double is not exact": (
        "f :: (Eq a, Num a) => a -> a -> a -> Bool\nf x y z = (x + y) + z == x + (y + z)\n",
        "f :: (Eq a, Num a) => a -> a -> a -> Bool\nf x y z = x == x || y /= z\n",
    ),
}


@pytest.mark.parametrize("name", AT_ONE_TYPE)
def test_a_witness_replays_at_its_instance(executor: Executor, name: str) -> None:
    p, q = AT_ONE_TYPE[name]
    found = executor.compare(p, q, evaluations=1000)
    assert found.witness is not None, found.message
    assert found.entry is not None
    assert found.entry.instance["a"] != "Integer"
    again = executor.diverge(p, q, found.witness, instance=found.entry.instance)
    assert (again.reason, again.p_output, again.q_output) == (Reason.DIVERGES, found.p_output, found.q_output)
    elsewhere = executor.diverge(p, q, found.witness, instance={"a": "Integer"})
    assert elsewhere.reason in (Reason.NO_DIFFERENCE, Reason.BAD_INPUT), elsewhere.message


def test_an_input_that_differs_at_any_instance_diverges_and_the_answer_names_it(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    answer = executor.diverge(p, q, ["9223372036854775807", "1"])
    assert answer.reason is Reason.DIVERGES, answer.message
    assert answer.entry is not None
    assert answer.entry.instance == {"a": "Int"}
    assert executor.diverge(p, q, ["5", "1"]).reason is Reason.NO_DIFFERENCE


def test_an_instance_that_does_not_fit_is_refused_with_those_that_do(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    answer = executor.diverge(p, q, ["1", "2"], instance={"a": "Bool"})
    assert (answer.reason, answer.exit_code) == (Reason.BAD_INPUT, 2)
    assert "a = Int" in answer.message


def test_the_records_of_a_pair_keep_the_instance(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    program = Program(id="p", code=p, entry="f", type="Integral a => a -> a -> Bool", name="p")
    proposal = Proposal.make(program_id="p", goal=Goal.SINQ, proposer="mutate", attempt=0, code=q)
    judgement = judge(executor, program, proposal, 0)
    assert judgement.verdict is Verdict.ACCEPTED, judgement.message
    pair = collect_pair(program, proposal, judgement, None)
    assert pair.instance == {"a": "Int"}
    assert pair.diverging_input is not None
    assert executor.diverge(p, q, pair.diverging_input, "f", pair.instance).reason is Reason.DIVERGES


def test_the_command_line_takes_a_witness_with_its_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("p.hs", "q.hs"), AT_ONE_TYPE["Int has an end"], strict=True):
        Path(name).write_text(text)
    options = ["diverge", "p.hs", "q.hs", "--json", "--at"]
    arguments = ["--", "9223372036854775807", "1"]
    done = CliRunner().invoke(app, [*options, "a = Int", *arguments])
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (0, "diverges")
    done = CliRunner().invoke(app, [*options, "a = Integer", *arguments])
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (1, "no_difference")
    done = CliRunner().invoke(app, [*options, "Int", *arguments])
    assert done.exit_code == 2


IMPORTS = {
    "in full": "import qualified Data.Map\nimport qualified Data.Set\nimport qualified Data.Sequence\n"
    "import qualified Data.Text\nimport qualified Data.Array\nimport qualified Data.List.NonEmpty\n"
    "import qualified Data.IntMap\nimport qualified Data.IntSet\nimport qualified Data.ByteString\nimport Data.Ratio\n"
    "import Data.Complex\n",
    "aliases": "import qualified Data.Map.Strict as M\nimport qualified Data.Set as S\nimport qualified Data.Sequence as Q\n"
    "import qualified Data.Text as T\nimport qualified Data.Array as A\nimport qualified Data.List.NonEmpty as N\n"
    "import qualified Data.IntMap as IM\nimport qualified Data.IntSet as IS\nimport qualified Data.ByteString as B\n"
    "import qualified Data.Ratio as R\nimport qualified Data.Complex as C\n",
    "types alone": "import Data.Map (Map)\nimport Data.Set (Set)\nimport Data.Sequence (Seq)\nimport Data.Text (Text)\n"
    "import Data.Array (Array)\nimport Data.List.NonEmpty (NonEmpty)\nimport Data.IntMap (IntMap)\n"
    "import Data.IntSet (IntSet)\nimport Data.ByteString (ByteString)\nimport Data.Ratio (Ratio)\n"
    "import Data.Complex (Complex)\n",
    "aliases that are other modules' names": "import qualified Data.Map as Data.Set\nimport qualified Data.Set as Data.Map\n"
    "import Data.Sequence (Seq)\nimport Data.Text (Text)\nimport Data.Array (Array)\n"
    "import Data.List.NonEmpty (NonEmpty)\nimport Data.IntMap (IntMap)\nimport Data.IntSet (IntSet)\n"
    "import Data.ByteString (ByteString)\nimport Data.Ratio (Ratio)\nimport Data.Complex (Complex)\n",
    "hardly a Prelude": "import Prelude (Int, Integer, Bool, Char, Double, String, Ordering, Maybe, Either, Word, Float)\n"
    "import Data.Map (Map)\nimport Data.Set (Set)\nimport Data.Sequence (Seq)\nimport Data.Text (Text)\n"
    "import Data.Array (Array)\nimport Data.List.NonEmpty (NonEmpty)\nimport Data.IntMap (IntMap)\n"
    "import Data.IntSet (IntSet)\nimport Data.ByteString (ByteString)\nimport Data.Ratio (Ratio)\n"
    "import Data.Complex (Complex)\n",
}
TYPES = [
    "Integer", "Int", "Word", "Double", "Float", "Bool", "Char", "Ordering", "()", "String", "[Double]",
    "Maybe (Maybe Int)", "Either String Bool", "(Int, Char, Bool)", "[[Ordering]]",
    "{Map} {Text} Int", "{Map} (Int, Bool) [{Ratio} Int]", "{Set} String", "{Seq} ({Maybe} Int)", "{Text}", "[{Text}]",
    "{Array} Int Char", "{Array} (Int, Int) {Text}", "{Array} Char Bool", "{NonEmpty} Int",
    "{NonEmpty} ({NonEmpty} Bool)", "{IntMap} ({Set} Int)", "{IntSet}", "{ByteString}", "{Ratio} Integer",
    "{Complex} Double", "Int -> Int", "Int -> Bool", "String -> Maybe Int", "Colour", "Tree {Text}", "Box ({Map} Int Colour)",
    "Rows :+: Int",
]  # fmt: skip
OWN = """data Colour = Red | Green | Blue
data Tree a = Tip | Tree a :/\\ Tree a | Node { value :: a, size_ :: !Int }
newtype Box a = Box { unBox :: a }
data a :+: b = a :+ b
type Rows = [Int]
"""
HOMES = {
    "Map": ("Data.Map", "M"), "Set": ("Data.Set", "S"), "Seq": ("Data.Sequence", "Q"), "Text": ("Data.Text", "T"),
    "Array": ("Data.Array", "A"), "NonEmpty": ("Data.List.NonEmpty", "N"), "IntMap": ("Data.IntMap", "IM"),
    "IntSet": ("Data.IntSet", "IS"), "ByteString": ("Data.ByteString", "B"), "Ratio": ("", "R"), "Complex": ("", "C"),
}  # fmt: skip


def spelt(ty: str, style: str) -> str:
    """Write a type with its libraries' names as the imports have them."""
    for name, (home, alias) in HOMES.items():
        if style == "in full":
            written = f"{home}.{name}" if home else name
        elif style == "aliases":
            written = f"{alias}.{name}"
        elif style.startswith("aliases that") and name in ("Map", "Set"):
            written = {"Map": "Data.Set.Map", "Set": "Data.Map.Set"}[name]
        else:
            written = name
        ty = ty.replace("{" + name + "}", written)
    return ty.replace("{Maybe}", "Maybe")


@pytest.mark.parametrize("style", IMPORTS)
def test_what_compare_prints_as_a_witness_goes_back_into_diverge(executor: Executor, style: str) -> None:
    lost = []
    for ty in (spelt(plain, style) for plain in TYPES):
        prelude = "" if "import Prelude" in IMPORTS[style] else "import Prelude\n"
        head = f"{{-# LANGUAGE TypeOperators #-}}\nimport qualified Prelude as Own\n{prelude}{IMPORTS[style]}{OWN}"
        shown, left = ("Bool", "") if "->" in ty else (f"({ty}, Bool)", "x, ")
        p, q = (f"{head}f :: ({ty}) -> {shown}\nf x = ({left}Own.{value})\n" for value in ("True", "False"))
        found = executor.compare(p, q)
        if found.witness is None:
            lost.append((ty, found.message))
            continue
        for inputs in [found.witness, *executor.examples(p, count=4)]:
            again = executor.diverge(p, q, inputs)
            given_back = inputs is not found.witness or again.p_output == found.p_output
            if again.reason is not Reason.DIVERGES or "exception" in (again.p_output or "") or not given_back:
                lost.append((ty, inputs, again.message))
    assert lost == []


def test_an_operator_of_a_library_is_read_where_a_program_does_not_import_it(executor: Executor) -> None:
    p = "import Data.List.NonEmpty (NonEmpty)\nf :: NonEmpty Int -> Int\nf = sum\n"
    assert executor.diverge(p, p.replace("= sum", "= product"), ["2 :| [3]"]).p_output == "5"
    own = "infixr 5 :|\ndata L = E | Int :| L\nf :: L -> Int\nf E = 0\nf (x :| xs) = x + f xs\n"
    assert executor.diverge(own, own.replace("x + f", "x * f"), ["2 :| 3 :| E"]).p_output == "5"


def test_a_function_s_text_means_the_same_where_a_program_has_names_of_its_own(executor: Executor) -> None:
    head = "import Prelude hiding (even)\neven :: Int -> Bool\neven _ = False\nf :: (Int -> Bool) -> Bool\n"
    p, q = (f"{head}f g = {body}\n" for body in ("g 0 && g 2 && not (g 1) && not (g 3)", "False && g 0"))
    found = executor.compare(p, q, entry="f", evaluations=3000)
    assert found.witness is not None, found.message
    assert executor.diverge(p, q, found.witness, "f").reason is Reason.DIVERGES, found.witness


def test_an_own_constructor_named_as_one_of_the_prelude_s_replays(executor: Executor) -> None:
    p = "data Step = Just Int | Left\nf :: Step -> Bool\nf _ = True\n"
    found = executor.compare(p, p.replace("True", "False"))
    assert found.witness is not None, found.message
    assert executor.diverge(p, p.replace("True", "False"), ["Just 3"]).reason is Reason.DIVERGES
    assert executor.diverge(p, p.replace("True", "False"), found.witness).reason is Reason.DIVERGES
