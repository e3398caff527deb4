"""`compare`: differences are found and made small, agreement is said only after enough inputs."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor, Reason
from seqplay.haskell.execution.differential import conclusion
from seqplay.haskell.execution.tally import Tally
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

DIFFERENT = {
    "a constant of the source": ("f :: Int -> Int\nf x = x\n", "f :: Int -> Int\nf x = if x == 7919 then 0 else x\n"),
    "the largest Int": ("f :: Int -> Bool\nf x = x + 1 > x\n", "f :: Int -> Bool\nf x = True || x > 0\n"),
    "a long list": ("f :: [Int] -> Int\nf = length\n", "f :: [Int] -> Int\nf xs = min 40 (length xs)\n"),
    "not a number": ("f :: Double -> Bool\nf x = x == x\n", "f :: Double -> Bool\nf x = x == x || isNaN x\n"),
    "equal arguments": ("f :: Int -> Int -> Bool\nf = (<)\n", "f :: Int -> Int -> Bool\nf x y = x <= y\n"),
    "a function argument": (
        "f :: (Int -> Bool) -> [Int] -> [Int]\nf = filter\n",
        "f :: (Int -> Bool) -> [Int] -> [Int]\nf = takeWhile\n",
    ),
    "an own recursive type": (
        "data T = L | N T Int T\nf :: T -> [Int]\nf L = []\nf (N l x r) = f l ++ [x] ++ f r\n",
        "data T = L | N T Int T\nf :: T -> [Int]\nf L = []\nf (N l x r) = x : f l ++ f r\n",
    ),
    "a word of the source": (
        'f :: String -> Int\nf "hello" = 1\nf _ = 0\n',
        'f :: String -> Int\nf s = if s == "hello" then 2 else 0\n',
    ),
    "a small language": (
        'f :: String -> Bool\nf s = case words s of [_, _, "-"] -> True; _ -> False\n',
        "f :: String -> Bool\nf s = length (words s) == 3 && False\n",
    ),
    "a sentence with all letters": (
        "f :: String -> Bool\nf s = all (`elem` s) ['a' .. 'z']\n",
        "f :: String -> Bool\nf s = all (`elem` s) ['a' .. 'y']\n",
    ),
    "a number of three digits": ("f :: Int -> Bool\nf n = n * n * n == 3581577\n", "f :: Int -> Bool\nf n = n /= n\n"),
    "a number of two digits in a constructor": (
        "f :: Maybe Int -> Bool\nf = maybe False (\\n -> n * n * n == 59319)\n",
        "f :: Maybe Int -> Bool\nf = const False\n",
    ),
    "a letter with an accent": (
        "f :: Char -> Bool\nf c = fromEnum c * fromEnum c == 54289\n",
        "f :: Char -> Bool\nf = const False\n",
    ),
    "one element only": ("f :: [Int] -> Int\nf = foldr (-) 0\n", "f :: [Int] -> Int\nf = foldl (-) 0\n"),
    "overflow at Int": (
        "f :: Integral a => a -> Bool\nf x = toInteger (x * x) == toInteger x * toInteger x\n",
        "f :: Integral a => a -> Bool\nf x = x == x\n",
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_found_and_can_be_given_back(executor: Executor, name: str) -> None:
    p, q = DIFFERENT[name]
    found = executor.compare(p, q, evaluations=2000)
    assert (found.verdict, found.reason, found.exit_code) == (Verdict.REJECTED, Reason.DIVERGES, 1), found.message
    assert found.witness is not None
    again = executor.diverge(p, q, found.witness)
    if not found.instances or found.instances[-1].endswith("Integer"):
        assert again.reason is Reason.DIVERGES, again.message
        assert (again.p_output, again.q_output) == (found.p_output, found.q_output)


EDGES = [
    *[
        ("Int", test)
        for test in ("x == minBound", "x == maxBound", "x == pred (fromEnum False)", "x == fromEnum False")
    ],
    ("Word", "x == maxBound"),
    ("Data.Int.Int16", "x == minBound"),
    *[("Double", test) for test in ("isNaN x", "x == recip zero", "x == negate (recip zero)", "isNegativeZero x")],
    ("Char", "x == maxBound"),
    ("String", "null x"),
    ("[Int]", "null x"),
    ("[Int]", "elem minBound x"),
    ("Maybe Int", "x == Just maxBound"),
    ("Either Double Int", "either isNaN (const False) x"),
    ("(Bool, Int)", "snd x == maxBound"),
]


@pytest.mark.parametrize("seed", [0, 1, 2**40])
@pytest.mark.parametrize(("ty", "test"), EDGES)
def test_every_edge_of_every_argument_is_tried_whatever_the_seed(
    executor: Executor, ty: str, test: str, seed: int
) -> None:
    head = f"import qualified Data.Int\nf :: Int -> {ty} -> [Int] -> Bool\nf _ x _ = "
    rest = f"\n  where\n    seen = {test}\n    zero = fromIntegral (fromEnum False) :: Double\n"
    found = executor.compare(f"{head}False && seen{rest}", f"{head}seen{rest}", seed=seed, evaluations=100)
    assert found.reason is Reason.DIVERGES, found.message


LOOPS = {"allocates": "length (repeat x)", "does not allocate": "let loop = loop in loop", "calls itself": "f x"}


SLOW_LOOPS = ("does not allocate", "calls itself")


@pytest.mark.parametrize(
    "loop",
    [
        pytest.param(loop, id=name, marks=[pytest.mark.slow] if name in SLOW_LOOPS else [])
        for name, loop in LOOPS.items()
    ],
)
def test_a_program_that_loops_does_not_agree_and_differs_only_where_the_configuration_counts_timeouts(
    executor: Executor, loop: str
) -> None:
    p, q = "f :: Int -> Int\nf x = x\n", f"f :: Int -> Int\nf x = if x > 3 then {loop} else x\n"
    found = executor.compare(p, q)
    assert (found.verdict, found.reason, found.witness) == (Verdict.TIMEOUT, Reason.TIMEOUT, None), found.message
    assert found.one_sided is not None
    assert (found.p_output, found.q_output) == (found.one_sided[0], "<timeout>")
    with Executor.open(HaskellConfig(workers=1, seconds=1, timeout_diverges=True)) as asked:
        found = asked.compare(p, q)
    assert (found.reason, found.q_output) == (Reason.DIVERGES, "<timeout>"), found.message
    assert found.witness is not None
    assert found.p_output == found.witness[0]


def test_a_program_that_ends_late_does_not_differ_by_time(executor: Executor) -> None:
    slow = "f :: Int -> Int\nf x = if x > 3 then sum [1 .. 1500000] * 0 + x else x\n"
    with Executor.open(HaskellConfig(workers=1, seconds=10, timeout_diverges=True)) as asked:
        assert asked.compare("f :: Int -> Int\nf x = x\n", slow).reason is not Reason.DIVERGES


ONE_SIDED = {
    "P does not end below zero": (
        "f :: Integer -> Integer\nf 0 = 1\nf n = n * f (n - 1)\n",
        "f :: Integer -> Integer\nf n = product [1 .. n]\n",
    ),
    "Q does not end, under constraints": (
        "f :: (Ord a) => [a] -> [a]\nf xs = xs\n",
        "f :: (Ord a) => [a] -> [a]\nf xs = if length xs == 2 then f xs else xs\n",
    ),
    "Q needs all memory": (
        "f :: [Int] -> Int\nf = length\n",
        "f :: [Int] -> Int\nf xs = if length xs == 2 then foldr (\\x y -> y + x) 0 (cycle xs) else length xs\n",
    ),
    "Q's output has no end": (
        "f :: Int -> [Int] -> [[Int]]\nf n xs = if n <= 0 || null xs then [] else take n xs : f n (drop n xs)\n",
        "f :: Int -> [Int] -> [[Int]]\nf n xs = if n <= 0 && null xs then [] else take n xs : f n (drop n xs)\n",
    ),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_what_only_one_program_computes_on_a_small_input_is_no_agreement(executor: Executor, name: str) -> None:
    p, q = ONE_SIDED[name]
    found = executor.compare(p, q)
    assert found.verdict in {Verdict.TIMEOUT, Verdict.REJECTED}, found.message
    assert found.reason in {Reason.TIMEOUT, Reason.MEMORY, Reason.STACK, Reason.OUTPUT_LIMIT}, found.message
    assert found.one_sided is not None
    assert found.witness is None
    assert [(found.p_output or "").startswith("<"), (found.q_output or "").startswith("<")].count(True) == 1


@pytest.mark.parametrize("endless", ["length (repeat ())", "(let loop = loop in loop)"])
@pytest.mark.parametrize("first", [True, False])
def test_it_is_known_which_of_the_two_was_lost_however_much_its_child_did_before(
    executor: Executor, endless: str, first: bool
) -> None:
    """What cannot be interrupted is killed; the supervisor's count of evaluations says which program it was."""
    loops, ends = f"f :: Int -> Int\nf 0 = {endless}\nf x = x + 0\n", "f :: Int -> Int\nf x = x\n"
    answer = executor.compare(*((loops, ends) if first else (ends, loops)))
    assert answer.verdict is Verdict.TIMEOUT, answer.message
    assert answer.one_sided == ["0"]
    assert ("P did not end" if first else "Q did not end") in answer.message


def test_what_only_one_program_computes_is_passed_over_where_that_is_asked_for(executor: Executor) -> None:
    p, q = ONE_SIDED["P does not end below zero"]
    assert executor.compare(p, q, one_sided=False).reason is Reason.NO_DIFFERENCE


def test_a_difference_in_values_counts_for_more_than_a_loop_that_comes_first(executor: Executor) -> None:
    p, q = "f :: Int -> Int\nf x = x\n", "f :: Int -> Int\nf x = if x == 3 then f x else if x > 90 then 0 else x\n"
    found = executor.compare(p, q, evaluations=1000)
    assert (found.reason, found.one_sided) == (Reason.DIVERGES, None), found.message


def test_the_configured_seconds_are_not_spent_where_another_input_tells_the_programs_apart() -> None:
    p, q = "f :: Int -> Int\nf x = x\n", "f :: Int -> Int\nf x = if x == 0 then f x else if x > 9 then 0 else x\n"
    with Executor.open(HaskellConfig(workers=1, seconds=60)) as executor:
        started = time.monotonic()
        found = executor.compare(p, q)
    assert found.reason is Reason.DIVERGES, found.message
    assert time.monotonic() - started < 50


SLOW = {
    "linear in a number": ("f n = sum [1 .. n]", "f n = if n < 1 then 0 else n * (n + 1) `div` 2"),
    "exponential": (
        "f n = if n < 2 then n else f (n - 1) + f (n - 2)",
        "f n = fst (go n)\n  where go m = if m < 1 then (min 0 n, 1) else let (a, b) = go (m - 1) in (b, a + b)",
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_program_agrees_with_a_fast_one(executor: Executor, name: str) -> None:
    p, q = (f"f :: Integer -> Integer\n{body}\n" for body in SLOW[name])
    found = executor.compare(p, q)
    assert found.reason is Reason.NO_DIFFERENCE, found.message
    assert found.evaluations > found.agreed


def test_a_loop_is_no_agreement_however_many_inputs_took_long_before_it(executor: Executor) -> None:
    slow = "if x `elem` [0, 1, -1, 2] then sum [1 .. 1500000] * 0 + x else if x == 3 then f x else x"
    found = executor.compare("f :: Int -> Int\nf x = x\n", f"f :: Int -> Int\nf x = {slow}\n")
    assert (found.verdict, found.witness) == (Verdict.TIMEOUT, None), found.message
    assert found.one_sided is not None


COSTLY = "f :: Int -> Integer\nf n = if n <= 0 then 1 else product (map toInteger [1 .. n `mod` 500])\n"
EQUAL = COSTLY.replace("product (", "foldr (*) 1 (")


def test_a_comparison_ends_by_counted_work_with_the_same_inputs_each_time(executor: Executor) -> None:
    some, again = (executor.compare(COSTLY, EQUAL, evaluations=300, work=20_000) for _ in range(2))
    assert some.reason is Reason.NO_DIFFERENCE, some.message
    assert 100 <= some.evaluations < 300
    assert some.evaluations == again.evaluations
    assert executor.compare(COSTLY, EQUAL, evaluations=300).evaluations == 300


def test_work_ends_no_comparison_a_little_before_agreement_can_be_said(executor: Executor) -> None:
    assert executor.compare(COSTLY, EQUAL, work=5_000).evaluations == 100
    hardly = executor.compare(COSTLY, EQUAL, work=1)
    assert (hardly.reason, hardly.evaluations < 100) == (Reason.INCONCLUSIVE, True), "three times the work is enough"


def test_what_the_clock_ends_is_no_agreement_and_says_so(executor: Executor) -> None:
    found = executor.compare(COSTLY, EQUAL, evaluations=20_000, work=10**9, seconds=0.0)
    assert (found.verdict, found.reason) == (Verdict.TIMEOUT, Reason.WALL_LIMIT), found.message


def test_a_kind_of_input_on_which_nothing_ends_is_passed_over(executor: Executor) -> None:
    p = "f :: Integer -> Integer\nf 0 = 1\nf n = n * f (n - 1)\n"
    answer = executor.compare(p, p.replace("n * f (n - 1)", "f (n - 1) * n"))
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.agreed >= 100


def test_the_input_found_is_small(executor: Executor) -> None:
    p = "f :: [Int] -> Int\nf xs = length xs\n"
    q = "f :: [Int] -> Int\nf xs = if length xs > 3 && maximum xs > 20 then 0 else length xs\n"
    found = executor.compare(p, q, evaluations=2000)
    assert found.witness is not None
    assert sorted(found.witness[0].strip("[]").split(",")) == ["0", "0", "0", "21"]


BRANCHING = {
    "children in a list": ("data T = T Int [T]", "T _ ts", "ts"),
    "three lists of children": ("data T = T [T] [T] [T]", "T as bs cs", "as ++ bs ++ cs"),
    "through another type": ("data T = T [B]\ndata B = B T T", "T bs", "concat [[l, r] | B l r <- bs]"),
    "many branches": (
        "data T = L Int | M T [T] T | P (T, T) | Q T T T",
        "t",
        "case t of M l ts r -> l : r : ts; _ -> []",
    ),
}


@pytest.mark.parametrize("name", BRANCHING)
def test_inputs_of_a_type_that_branches_at_each_level_stay_small(executor: Executor, name: str) -> None:
    declaration, pattern, children = BRANCHING[name]
    p = f"{declaration}\nf :: T -> Int\nf ({pattern}) = foldr (\\t n -> n + f t) 1 ({children})\n"
    answer = executor.compare(p, p.replace("n + f t", "f t + n"), evaluations=2000, work=3_000_000)
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.agreed > 1500
    assert answer.evaluations - answer.agreed < 20


def test_agreement_takes_a_hundred_inputs_or_all_there_are(executor: Executor) -> None:
    many = executor.compare("f :: Int -> Int\nf x = x * 2\n", "f :: Int -> Int\nf x = x + x\n")
    assert (many.verdict, many.reason) == (Verdict.ACCEPTED, Reason.NO_DIFFERENCE)
    assert many.agreed >= 100
    all_there_are = executor.compare(
        "f :: Bool -> Bool -> Bool\nf x y = x && y\n", "f :: Bool -> Bool -> Bool\nf x y = not (not x || not y)\n"
    )
    assert (all_there_are.verdict, all_there_are.complete, all_there_are.agreed) == (Verdict.ACCEPTED, True, 4)


def test_programs_that_do_not_end_agree_on_nothing(executor: Executor) -> None:
    loop = "f :: Int -> Int\nf x = f (x + 1)\n"
    other = "f :: Int -> Int\nf x = f (x + 2)\n"
    answer = executor.compare(loop, other)
    assert (answer.verdict, answer.reason, answer.agreed) == (Verdict.TIMEOUT, Reason.TIMEOUT, 0)


def test_inputs_that_hang_are_passed_over(executor: Executor) -> None:
    slow = "f :: Int -> Int\nf n = if n > 500 then length (repeat n) else n\n"
    answer = executor.compare(slow, slow.replace("else n", "else n + 0"))
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert answer.evaluations > answer.agreed


def test_an_input_that_hung_is_not_tried_again(executor: Executor) -> None:
    p = "f :: (Int, Bool) -> Int\nf (n, _) = if abs n <= 2 then length [0 :: Integer ..] else n\n"
    answer = executor.compare(p, p.replace("else n", "else n + 0"))
    assert answer.reason is Reason.NO_DIFFERENCE, answer.message
    assert 10 <= answer.evaluations - answer.agreed <= 12, answer.message


SMALLER_HANG = """f :: [Int] -> Int
f xs
  | xs == [1, 1] = 7
  | xs `elem` [[], [1], [0, 1], [1, 0]] = spin 0
  | otherwise = length xs

spin :: Int -> Int
spin k = spin k
"""


@pytest.mark.slow
def test_a_difference_stays_found_where_all_that_is_smaller_hangs(executor: Executor) -> None:
    found = executor.compare(SMALLER_HANG, SMALLER_HANG.replace("= 7", "= 8"), evaluations=600)
    assert (found.reason, found.witness) == (Reason.DIVERGES, ["[1,1]"]), found.message


def test_a_difference_whose_worker_was_lost_is_no_verdict_on_the_programs() -> None:
    lost = Tally(agreed=5000)
    lost.resume({"board": [9, 3, 5000, 1, 0, 1, 0, 0, 0, 0, 4000, 0, 3, 0, 0, 0], "covered": [0] * 128})
    assert (lost.position, lost.differed) == (3, True)
    verdict, reason, _ = conclusion([lost])
    assert (verdict, reason) == (Verdict.INFRA_ERROR, Reason.WORKER_LOST)
    assert conclusion([Tally(agreed=5000, returned=5000)])[0] is Verdict.ACCEPTED


def test_the_same_seed_finds_the_same(executor: Executor) -> None:
    p, q = DIFFERENT["an own recursive type"]
    assert executor.compare(p, q, seed=5) == executor.compare(p, q, seed=5)


BY_PAIRS = """arranged :: Ord k => [k] -> [k]
arranged = rounds . map (: [])
  where
    rounds [] = []
    rounds [ks] = ks
    rounds kss = rounds (joined kss)
    joined (a : b : rest) = join a b : joined rest
    joined rest = rest

join :: Ord k => [k] -> [k] -> [k]
join [] bs = bs
join as [] = as
join (a : as) (b : bs)
  | a <= b = a : join as (b : bs)
  | otherwise = b : join (a : as) bs
"""


@pytest.mark.parametrize("seed", range(5))
def test_a_sort_that_swaps_equals_is_told_apart(executor: Executor, seed: int) -> None:
    unstable = BY_PAIRS.replace("a : join as (b : bs)", "a : join (b : bs) as")
    found = executor.compare(BY_PAIRS, unstable, "arranged", seed, evaluations=1000)
    assert found.reason is Reason.DIVERGES, found.message


def test_polymorphic_programs_run_at_several_types(executor: Executor) -> None:
    answer = executor.compare("f :: [a] -> [a]\nf = reverse . reverse\n", "f :: [b] -> [b]\nf x = x\n")
    assert answer.reason is Reason.NO_DIFFERENCE
    assert answer.instances == [f"a = {ty}" for ty in ("Integer", "Int", "Double", "Bool", "Char")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-1000, 1000), max_size=6), st.booleans(), st.text(st.characters(max_codepoint=0x2FF)))
def test_a_rendered_value_is_an_expression_of_itself(
    executor: Executor, numbers: list[int], flag: bool, text: str
) -> None:
    ty = "([Int], Maybe Bool, String)"
    given_ = f"({numbers}, {f'Just {flag}' if numbers else 'Nothing'}, {haskell(text)})"
    once = executor.run(f"f :: {ty} -> {ty}\nf x = x\n", [given_])
    assert once.output is not None, once.message
    assert executor.run(f"f :: {ty} -> {ty}\nf x = x\n", [once.output]).output == once.output


def haskell(text: str) -> str:
    return '"' + "".join(f"\\{ord(char)}\\&" for char in text) + '"'
