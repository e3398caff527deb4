"""Inputs: built whole before a program runs, or dropped and counted; what the harness throws is never a program's."""

from __future__ import annotations

import pytest

from seqplay.errors import WorkerLost
from seqplay.haskell import Executor, Reason
from seqplay.haskell.execution.evaluation import read_outcome
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

ARRAYS = {
    "pairs of numbers": (
        "import Data.Array\nf :: Array (Int, Int) Char -> Int\n",
        "f grid = length [c | c <- elems grid, c == 'a']",
        "f grid = rangeSize (bounds grid)",
    ),
    "characters": (
        "import Data.Array\nf :: Array Char Int -> Int\n",
        "f table = sum (elems table)",
        "f table = sum [table ! c | c <- range (bounds table), c /= 'c']",
    ),
    "bounds that do not begin at zero": (
        "import Data.Array\nf :: Array Int Int -> [Int]\n",
        "f a = [i | (i, x) <- assocs a, x > 0]",
        "f a = [i | (i, x) <- zip [0 ..] (elems a), x > 0]",
    ),
    "bounds below zero": (
        "import Data.Array\nf :: Array Integer Bool -> Bool\n",
        "f a = fst (bounds a) < 0",
        "f a = False",
    ),
    "an own enumeration": (
        "import Data.Array\ndata Day = Mo | Tu | We deriving (Eq, Ord, Ix)\nf :: Array Day Int -> [Int]\n",
        "f a = if inRange (bounds a) We then [a ! We] else []",
        "f a = if inRange (bounds a) We then [a ! snd (bounds a)] ++ [0 | fst (bounds a) == We] else []",
    ),
    "an own pair": (
        "import Data.Array\ndata At = At Int Int deriving (Eq, Ord, Ix)\nf :: Array At Int -> Int\n",
        "f a = length [() | (At i j, _) <- assocs a, i == j]",
        "f a = length [() | (At i j, _) <- assocs a, i >= j]",
    ),
    "three axes": (
        "import Data.Array\nf :: Array (Int, Bool, Char) Int -> Int\n",
        "f a = length (elems a)",
        "f a = length (elems a) + length [() | (_, True, _) <- range (bounds a), length (elems a) > 3]",
    ),
    "without a cell": (
        "import Data.Array\nf :: Array (Word, Word) Int -> Bool\n",
        "f = null . elems",
        "f = const False",
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_every_index_are_made_and_told_apart(executor: Executor, name: str) -> None:
    head, p, q = ARRAYS[name]
    found = executor.compare(f"{head}{p}\n", f"{head}{q}\n")
    assert found.reason is Reason.DIVERGES, found.message
    assert not any("exception" in (output or "") for output in (found.p_output, found.q_output)), found.message
    assert found.witness is not None
    again = executor.diverge(f"{head}{p}\n", f"{head}{q}\n", found.witness)
    assert (again.reason, again.p_output) == (Reason.DIVERGES, found.p_output), again.message


def test_equal_functions_of_arrays_agree_on_values(executor: Executor) -> None:
    head = "import Data.Array\nf :: Array (Int, Char) Int -> Int\n"
    answer = executor.compare(f"{head}f = sum . elems\n", f"{head}f a = foldr (+) 0 [a ! i | i <- indices a]\n")
    assert (answer.reason, answer.unbuilt) == (Reason.NO_DIFFERENCE, 0), answer.message
    assert answer.returned == answer.agreed >= 100


def test_an_index_without_known_bounds_is_refused_by_name(executor: Executor) -> None:
    code = (
        "import Data.Array\ndata Way = Stay | Go Int deriving (Eq, Ord)\n"
        "instance Ix Way where { range (a, b) = [a, b]; index _ _ = 0; inRange _ _ = True }\n"
        "f :: Array Way Int -> Int\nf = length . elems\n"
    )
    answer = executor.check(code)
    assert answer.reason is Reason.NOTHING_TESTABLE
    assert "Array Way Int" in answer.message


PARTIAL_ORDER = """import qualified Data.Map as Map
newtype Key = Key Int
instance Eq Key where Key a == Key b = a == b
instance Ord Key where
  compare (Key a) (Key b) | a + b > 4 = error "too large to compare"
                          | otherwise = compare a b
f :: Map.Map Key Int -> Int
"""


def test_an_input_that_cannot_be_built_is_dropped_and_counted(executor: Executor) -> None:
    p, q = (f"{PARTIAL_ORDER}f = {body}\n" for body in ("Map.size", "length . Map.elems"))
    answer = executor.compare(p, q, min_coverage=0)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.unbuilt > 0
    assert f"{answer.unbuilt} could not be built" in answer.message
    assert answer.returned == answer.agreed, "a program ran on an input that cannot be built"


ALWAYS_THROWS = {
    "numbers": ("f :: Int -> Int\nf n = error (show n)\n", 'f :: Int -> Int\nf n = error ("" ++ show n)\n'),
    "a finite type": ('f :: Bool -> Int\nf b = error "no"\n', 'f :: Bool -> Int\nf b = error ("n" ++ "o")\n'),
    "all but a few": (
        "f :: Int -> Int\nf 3 = 4\nf n = error (show n)\n",
        "f :: Int -> Int\nf n = if n == 3 then 4 else error (show n)\n",
    ),
}


@pytest.mark.parametrize("name", ALWAYS_THROWS)
def test_agreement_on_exceptions_alone_is_no_agreement(executor: Executor, name: str) -> None:
    answer = executor.compare(*ALWAYS_THROWS[name])
    assert (answer.verdict, answer.reason) == (Verdict.REJECTED, Reason.INCONCLUSIVE), answer.message
    assert answer.returned < answer.agreed


def test_a_text_like_the_harness_s_own_belongs_to_the_program(executor: Executor) -> None:
    p = 'f :: [Int] -> Int\nf [] = error "seqplay: too few arguments"\nf xs = length xs\n'
    found = executor.compare(p, "f :: [Int] -> Int\nf xs = length xs\n")
    assert (found.reason, found.p_output) == (Reason.DIVERGES, "exception ErrorCall: seqplay: too few arguments")


def test_a_fault_of_the_harness_while_a_program_runs_is_an_infrastructure_error(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerLost, match="not an array"):
        read_outcome({"kind": "fault", "text": "not an array"})
    ask = Session.ask

    def broken(session: Session, fields: list[str], **limits: float) -> object:
        return {"lost": "fault", "detail": "not an array"} if fields[0] == "drive" else ask(session, fields, **limits)

    monkeypatch.setattr(Session, "ask", broken)
    answer = executor.compare("f :: Int -> Int\nf x = x\n", "f :: Int -> Int\nf x = x + 0\n")
    assert (answer.verdict, answer.reason) == (Verdict.INFRA_ERROR, Reason.WORKER_LOST)
