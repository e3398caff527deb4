"""Testing that knows what it has not seen: differences behind joined conditions are found, and what was reached is said."""

# ruff: noqa: E501  (tables: a program a line)
from __future__ import annotations

import pytest

from seqplay.config import HaskellConfig
from seqplay.game.pairs import collect_pair
from seqplay.game.validate import judge
from seqplay.haskell import Executor, Reason
from seqplay.haskell.execution.coverage import Probe, Reached
from seqplay.records import Goal, Program, Proposal, Verdict

pytestmark = pytest.mark.ghc


def changed(program: str, old: str, new: str) -> tuple[str, str]:
    """Return a program, and the same with one place changed."""
    assert program.count(old) == 1, old
    return program, program.replace(old, new)


TAGS = """f :: String -> Bool
f = go []
  where
    go open_ ('<' : '/' : c : '>' : rest) = case open_ of
      o : os | o == c -> go os rest
      _ -> False
    go open_ ('<' : c : '>' : rest) = go (c : open_) rest
    go open_ (_ : rest) = go open_ rest
    go open_ [] = null open_
"""
STACKED = """f :: [Int] -> Bool
f = go []
  where
    go :: [Int] -> [Int] -> Bool
    go st [] = null st
    go st (n : ns)
      | n > 0 = go (n : st) ns
      | n < 0, (m : ms) <- st, m == negate n = go ms ns
      | otherwise = False
"""
BALANCED = """f :: [Int] -> Bool
f ns = all (>= 0) (scanl (+) 0 ns) && sum ns == 0 && 0 `notElem` ns
"""
VERSION = """import Data.Char (isDigit)
f :: String -> Maybe (Int, Int, Int)
f s = case parts s of
  [a, b, c] | all number [a, b, c] -> Just (read a, read b, read c)
  _ -> Nothing
  where
    number t = not (null t) && all isDigit t && (length t == 1 || take 1 t /= "0")
    parts t = case break (== '.') t of
      (a, _ : rest) -> a : parts rest
      (a, []) -> [a]
"""
CLOCK = """import Data.Char (isDigit)
f :: String -> Maybe Int
f s = case break (== 'h') s of
  (h, 'h' : m) | two h, two m, hour < 24, minute < 60 -> Just (hour * 60 + minute)
    where hour = read h
          minute = read m
  _ -> Nothing
  where two t = length t == 2 && all isDigit t
"""
DATE = """f :: Int -> Int -> Int -> Bool
f day month year = month >= 1 && month <= 12 && day >= 1 && day <= limit
  where
    limit
      | month == 2 = if year `mod` 4 == 0 && (year `mod` 100 /= 0 || year `mod` 400 == 0) then 29 else 28
      | month `elem` [4, 6, 9, 11] = 30
      | otherwise = 31
"""
COMMAND = """f :: String -> Int
f s = case words s of
  ["move", d, n] | d `elem` ["north", "south"], all (`elem` ['0' .. '9']) n -> if length n > 2 then 99 else length n
  ["stop"] -> 0
  _ -> -1
"""
COLOUR = """import Data.Char (isHexDigit)
f :: String -> Bool
f ('#' : ds) = length ds `elem` [3, 6] && all isHexDigit ds
f _ = False
"""
SAME_LETTERS = "import Data.List (sort)\nf :: String -> String -> Bool\nf a b = sort a == sort b\n"
STRUCTURED = {
    "tags that cross": (TAGS, TAGS.replace("o == c -> go os rest", "o == c || c `elem` open_ -> go os rest")),
    "a stack of numbers counted": (STACKED, BALANCED),
    "a version with a leading zero": changed(VERSION, ' && (length t == 1 || take 1 t /= "0")', ""),
    "a version of four parts": changed(VERSION, "  _ -> Nothing\n", "  [a, _, b, c] | all number [a, b, c] -> Just (read a, read b, read c)\n  _ -> Nothing\n"),
    "an hour of 24": changed(CLOCK, "hour < 24", "hour <= 24"),
    "a minute of 60": changed(CLOCK, "minute < 60", "minute < 61"),
    "29 February of a century": changed(DATE, "year `mod` 100 /= 0 || year `mod` 400 == 0", "year /= 0 || month == 3"),
    "31 September": changed(DATE, "[4, 6, 9, 11]", "[4, 6, 11]"),
    "a command with a long argument": changed(COMMAND, "length n > 2", "length n > 3"),
    "a colour of six digits": changed(COLOUR, "[3, 6]", "[3, 7]"),
    "the same letters, not as often": (
        SAME_LETTERS,
        "import qualified Data.Set as Set\nf :: String -> String -> Bool\n"
        "f a b = length a == length b && Set.fromList a == Set.fromList b\n",
    ),
}  # fmt: skip
JOINED = {
    "two numbers at once": (
        "f :: Int -> Int -> Int\nf a b = if a == 4711 then (if b == 815 then 1 else 2) else 3\n",
        "f :: Int -> Int -> Int\nf a _ = if a == 4711 then 2 else 3\n",
    ),
    "a sum and an order": (
        "f :: Integer -> Integer -> Bool\nf a b = a + b == 5000 && a > b && b > 100\n",
        "f :: Integer -> Integer -> Bool\nf a b = a + b == 5000 && a > b && b > 100 && a < b\n",
    ),
    "a sum of a list": (
        "f :: [Int] -> Bool\nf xs = length xs == 4 && sum xs == 777\n",
        "f :: [Int] -> Bool\nf xs = length xs == 4 && sum xs == 777 && length xs > 4\n",
    ),
    "the least Int by minus one": (
        "f :: Int -> Int -> Int\nf x y = if y == -1 then negate x else if y == 0 then 0 else x `div` y\n",
        "f :: Int -> Int -> Int\nf x y = if y == 0 then 0 else x `div` y\n",
    ),
    "a field of a record and a text": (
        'data User = User { age :: Int, name :: String }\nf :: User -> Bool\nf u = age u == 1313 && name u == "guest"\n',
        'data User = User { age :: Int, name :: String }\nf :: User -> Bool\nf u = age u == 1313 && name u == "guest" && age u == 1\n',
    ),
    "the same sum and the same spread": (
        "import Data.List (sort)\nf :: [Integer] -> [Integer] -> Bool\nf xs ys = sort xs == sort ys\n",
        "f :: [Integer] -> [Integer] -> Bool\nf xs ys = length xs == length ys && sum xs == sum ys && spread xs == spread ys\n"
        "spread :: [Integer] -> Integer\nspread ns = sum [(n - m) ^ (2 :: Int) | n <- ns, m <- ns]\n",
    ),
    "two elements of a list": (
        "f :: [Int] -> Int\nf xs = if 321 `elem` xs && 654 `elem` xs then length xs else 0\n",
        "f :: [Int] -> Int\nf xs = if 321 `elem` xs && 654 `elem` xs then 2 else 0\n",
    ),
    "a depth and a value": (
        "data T = L | N T Int T\nf :: T -> Bool\nf (N (N _ 5 _) 77 L) = True\nf _ = False\n",
        "data T = L | N T Int T\nf :: T -> Bool\nf _ = False\n",
    ),
}  # fmt: skip


LONGER = {"tags that cross": 8000}
"""Eleven characters in one order: about every other seed meets them in 2,000 inputs."""


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", [*STRUCTURED, *JOINED])
def test_a_difference_behind_several_conditions_is_found(executor: Executor, name: str, seed: int) -> None:
    p, q = (STRUCTURED | JOINED)[name]
    found = executor.compare(p, q, seed=seed, evaluations=LONGER.get(name, 2000))
    assert found.reason is Reason.DIVERGES, found.message
    assert found.witness is not None
    again = executor.diverge(p, q, found.witness)
    assert (again.reason, again.p_output) == (Reason.DIVERGES, found.p_output)


def test_the_same_seed_finds_the_same_way(executor: Executor) -> None:
    p, q = STRUCTURED["29 February of a century"]
    first = executor.compare(p, q, seed=9, evaluations=2000)
    assert executor.compare(p, q, seed=9, evaluations=2000) == first
    agreed = [executor.compare(p, p.replace("day >= 1", "1 <= day"), seed=9) for _ in range(2)]
    assert agreed[0] == agreed[1]
    assert agreed[0].coverage is not None


REACHABLE = """f :: Int -> Int -> Int
f x y
  | x > 1000, y < -1000 = 1
  | even x = if y == 0 then 2 else 3
  | otherwise = case compare x y of
      LT -> 4
      EQ -> 5
      GT -> 6
"""


def test_coverage_counts_the_probes_of_both_programs(executor: Executor) -> None:
    answer = executor.compare(REACHABLE, REACHABLE.replace("y == 0", "0 == y"))
    assert answer.coverage is not None
    assert answer.coverage.share == 1
    assert answer.coverage.p == answer.coverage.q >= 8
    assert answer.coverage.unreached == []


def test_what_no_input_reaches_is_named_by_line(executor: Executor) -> None:
    p = "f :: [Int] -> Int\nf xs\n  | length xs > 5000 = 7\n  | otherwise = length xs\n"
    answer = executor.compare(p, p.replace("= 7", "= 8"))
    assert answer.coverage is not None
    assert "P line 3: branch" in answer.coverage.unreached
    assert answer.coverage.share < 1


def test_a_clause_that_throws_is_covered_where_both_throw_alike(executor: Executor) -> None:
    p = 'f :: Int -> Int\nf 0 = error "none"\nf n\n  | n < 0 = error ("negative " ++ show n)\n  | otherwise = n\n'
    answer = executor.compare(p, p.replace("otherwise = n", "otherwise = n + 0"))
    assert answer.coverage is not None
    assert answer.coverage.unreached == []


def test_a_branch_reached_only_on_the_way_to_an_exception_is_not_covered() -> None:
    reached = Reached([[Probe(1, "branch", False), Probe(2, "branch", True)], [Probe(1, "function", False)]])
    reached.by_throwing = 0b011
    reached.by_returning = 0b100
    coverage = reached.coverage()
    assert coverage is not None
    assert (coverage.p, coverage.p_reached, coverage.q_reached) == (2, 1, 1)
    assert coverage.unreached == ["P line 1: branch"]


def test_derived_instances_and_failures_that_nobody_wrote_have_no_probes(executor: Executor) -> None:
    p = (
        "data C = Red | Green | Blue\n  deriving (Eq, Ord, Show, Read, Enum, Bounded)\n"
        "f :: Int -> Int\nf x | x >= 0 = 1\nf x | x < 0 = 2\n"
    )
    answer = executor.compare(p, p.replace("= 2", "= 1 + 1"))
    assert answer.coverage is not None
    assert answer.coverage.p <= 4
    assert answer.coverage.unreached == []


def test_no_probe_stands_at_the_failure_of_a_condition_s_clauses(executor: Executor) -> None:
    p = (
        "f :: Eq a => [a] -> [a] -> Bool\nf [] _ = True\nf _ [] = False\n"
        "f (x : xs) (y : ys)\n  | x /= y = f (x : xs) ys\n  | otherwise = f xs ys\n"
    )
    answer = executor.compare(p, p.replace("f (x : xs) ys\n", "f ([x] ++ xs) ys\n"))
    assert answer.coverage is not None
    assert answer.coverage.unreached == []


LAZY = {
    "a pattern that is not needed": ("(Int, Int) -> Int", "~(_, _) = 5", "_ = 5"),
    "an operand that is not forced": ("Int -> Bool", 'x = x == x || error "forced" == x', "_ = True"),
    "a text without end": ("Int -> Bool", "x = cycle \"ab\" == 'b' : show x", "_ = False"),
    "a text that ends in an error": ("Int -> Bool", 'x = ("a" ++ error "tail") == show x', "_ = False"),
    "a longer text's end": ("Int -> Bool", "x = show x == show x ++ ('c' : error \"tail\")", "_ = False"),
    "an endless list": ("Int -> Bool", "x = (x `mod` 50) `elem` [0 ..]", "_ = True"),
    "what comes after the found": ("Int -> Bool", 'x = x `elem` [x, error "late"]', "_ = True"),
    "what is sought in nothing": ("Int -> Bool", 'x = error "sought" `elem` take 0 [x] || x == x', "_ = True"),
    "a tail call": (
        "Int -> Bool",
        "n = go (20000 + n `mod` 7)\n  where\n    go :: Int -> Bool\n    go 0 = True\n    go k = k > 0 && go (k - 1)",
        "_ = True",
    ),
    "which operand throws": (
        "Int -> Bool",
        'x = (if x > 3 then error "left" else x) < (if x > 2 then error "right" else 5)',
        'x = if x > 3 then error "left" else if x > 2 then error "right" else x < 5',
    ),
    "a predicate that throws": (
        "Int -> Bool",
        'x = any (\\y -> y > 3 || error "late") [x, 5]',
        'x = x > 3 || error "late"',
    ),
    "a higher rank": (
        "Int -> Int",
        "x = g (\\y -> y) x\n  where\n    g :: (forall a. a -> a) -> Int -> Int\n    g h n = if h True then h n else 0",
        "x = x",
    ),
}


@pytest.mark.parametrize("name", LAZY)
def test_probes_change_nothing_that_a_program_computes(executor: Executor, name: str) -> None:
    ty, body, same = LAZY[name]
    p, q = (f"{{-# LANGUAGE RankNTypes #-}}\nf :: {ty}\nf {text}\n" for text in (body, same))
    answer = executor.compare(p, q, min_coverage=0, evaluations=200)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.coverage is not None


def test_probes_change_no_input_where_nothing_is_guided(executor: Executor) -> None:
    p = "f :: [Int] -> Int\nf xs = if length xs > 6 && sum xs > 40 then 1 else 0\n"
    for q in (p.replace("sum xs > 40", "40 < sum xs"), p.replace("then 1", "then 2")):
        with_, without = (
            executor.compare(p, q, guided=False, probed=probed, min_coverage=0) for probed in (True, False)
        )
        assert (with_.coverage is not None or with_.witness is not None, without.coverage) == (True, None)
        assert with_.model_copy(update={"coverage": None}) == without
        assert with_.evaluations > 100


def test_time_is_each_evaluation_s_own(executor: Executor) -> None:
    """One thread watches over all of them: together they take far longer than one may, and none is ended."""
    p = "f :: Int -> Int\nf n = foldr (\\k s -> (k + s) `mod` 1009) n [1 .. 5000 + n `mod` 7]\n"
    answer = executor.compare(p, p.replace("k + s", "s + k"), evaluations=200, min_coverage=0)
    assert (answer.reason, answer.agreed, answer.evaluations) == (Reason.NO_DIFFERENCE, 200, 200), answer.message


@pytest.mark.slow
def test_what_was_reached_is_known_where_no_child_lived_to_say_so(executor: Executor) -> None:
    p = "f :: Int -> Int\nf n = go 0 n\n  where\n    go s k = if k <= 0 then s else go (s + k) (k - 1)\n"
    q = "f :: Int -> Int\nf n = go 0 0\n  where\n    go s k = if k > n then s else go (s + k) (k + 1)\n"
    answer = executor.compare(p, q, evaluations=10**6, min_coverage=0, work=10**9, seconds=1, one_sided=False)
    assert (answer.reason, answer.agreed >= 100) == (Reason.WALL_LIMIT, True), answer.message
    assert answer.coverage is not None
    assert answer.coverage.p >= 3


SHOUT = "class Loud a where\n  loud :: a -> Int\n"
LOUD = "instance Loud Int where\n  loud x = if length (show x) < 0 then 1 else 2\n"
UNREACHED = {
    "a helper that nothing calls": ("f :: Int -> Int\nf x = x + 1\ng :: Int -> Int\ng x = if x > 3 then 1 else 2\n", 0),
    "an instance that nothing uses": (f"f :: Int -> Int\nf x = x + 1\n{SHOUT}{LOUD}", 0),
    "an instance that the entry uses": (f"f :: Int -> Int\nf x = loud x + 1\n{SHOUT}{LOUD}", 1),
    "an instance that the entry's constraint may get": (f"f :: Loud a => a -> Int\nf x = loud x + 1\n{SHOUT}{LOUD}", 1),
    "a helper's helper, called by an operator": (
        "(<+>) :: Int -> Int -> Int\na <+> b = add a b + 1\nadd :: Int -> Int -> Int\nadd a b = if length (show a) < 0 then 1 else a + b\n",
        1,
    ),
}


@pytest.mark.parametrize("name", UNREACHED)
def test_what_the_entry_cannot_come_to_does_not_count(executor: Executor, name: str) -> None:
    p, unreached = UNREACHED[name]
    entry = "<+>" if "<+>" in p else "f"
    answer = executor.compare(p, p.replace("+ 1\n", "- (-1)\n", 1), entry, min_coverage=0)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.coverage is not None
    assert len(answer.coverage.unreached) == 2 * unreached, answer.coverage


def test_a_label_by_testing_carries_its_coverage(executor: Executor) -> None:
    program = Program(id="p", code=REACHABLE, entry="f", type="Int -> Int -> Int", name="p")
    code = REACHABLE.replace("even x", "x `mod` 2 == 0")
    proposal = Proposal.make(program_id="p", goal=Goal.SEQ, proposer="mutate", attempt=0, code=code)
    judgement = judge(executor, program, proposal, 0)
    assert judgement.verdict is Verdict.ACCEPTED
    assert judgement.coverage is not None
    assert collect_pair(program, proposal, judgement, None).coverage == judgement.coverage


DEAD = {
    "beyond an interval": "f :: Int -> Int\nf x\n  | x < 3 = if x > 5 then 1 else x + 1\n  | otherwise = x\n",
    "after all three orders": "f :: Int -> Int -> Int\nf x y\n  | x < y = 1\n  | x > y = x + 1\n  | x == y = 2\n  | otherwise = 3\n",
    "a literal once more": "f :: Int -> Int\nf 2 = 1\nf 2 = 7\nf x = x + 1\n",
    "a literal and a guard": "f :: Integer -> Integer\nf 2 = 1\nf x | x == 2 = 8\n    | x >= 3, x <= 3, x /= 3 = 9\n    | otherwise = x + 1\n",
    "under a conjunction": "f :: Char -> Int\nf c\n  | c >= 'a' && c <= 'c' = case c of { 'a' -> 1; 'b' -> 2; 'c' -> 3; 'd' -> 4; _ -> 5 }\n  | otherwise = 1 + 1\n",
    "between neighbours": "f :: Int -> Int\nf x = if x > 4 then (if x < 6 then (if x /= 5 then 1 else 2) else 3) else x + 1\n",
    "in the same word": "f :: Bool -> Int -> Int\nf b n\n  | b, n > 7 = 1\n  | not (n > 7) = n + 1\n  | not (n <= 7), n < 8 = 3\n  | otherwise = 4\n",
}


@pytest.mark.parametrize("name", DEAD)
def test_what_no_input_can_reach_does_not_count(executor: Executor, name: str) -> None:
    p = DEAD[name]
    q = p.replace("x + 1", "1 + x").replace("1 + 1", "2 + 0").replace("n + 1", "1 + n")
    answer = executor.compare(p, q, evaluations=600)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.coverage is not None
    assert (answer.coverage.share, answer.coverage.unreached) == (1, [])


ALIVE = {
    "at the end of the type": "f :: Int -> Int -> Int\nf x y = if x + 1 < x then (if y * y == 1000003 * 7919 then 1 else 2) else x\n",
    "not a number that is ordered": "f :: Double -> Int\nf x\n  | x < 3 = 1\n  | x >= 3 = 2\n  | x * 0 == 12345 = 3\n  | otherwise = 4\n",
    "of two that fail": "f :: Int -> Bool -> Int\nf x True | x > 5 = 1\nf x b | b, x * x == 1000003 * 7919 = 2\n      | otherwise = x\n",
}


@pytest.mark.parametrize("name", ALIVE)
def test_what_is_only_hard_to_reach_counts(executor: Executor, name: str) -> None:
    p = ALIVE[name]
    answer = executor.compare(p, p.replace("= 1\n", "= 0 + 1\n").replace("else x\n", "else 0 + x\n"), min_coverage=0)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.coverage is not None
    assert answer.coverage.share < 1


def test_below_the_least_coverage_there_is_no_agreement() -> None:
    hidden = "f :: [Int] -> Int\nf xs\n  | length xs > 5000 = {}\n  | otherwise = length xs\n"
    p, q = hidden.format("if head xs > 0 then 1 else if head xs < -9 then 2 else 3"), hidden.format("4")
    with Executor.open(HaskellConfig(workers=1, min_coverage=0.9)) as strict:
        answer = strict.compare(p, q)
        assert (answer.verdict, answer.reason) == (Verdict.REJECTED, Reason.INCONCLUSIVE), answer.message
        assert "P line 3" in answer.message
    with Executor.open(HaskellConfig(workers=1, min_coverage=0)) as lenient:
        assert lenient.compare(p, q).reason is Reason.NO_DIFFERENCE
