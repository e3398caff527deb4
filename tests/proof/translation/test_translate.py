"""What the translation promises: first-order equations, names apart, and a name for what it cannot say."""

from __future__ import annotations

import pytest

from seqplay.haskell.analysis.source import parse
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.theorem.problem import TypeClash, pose
from tests.proof.problems import posed, text_of

OWN_EQ = "data K = K Int\ninstance Eq K where\n  _ == _ = True\n"


def refusal(code: str) -> Refusal:
    with pytest.raises(Refused) as caught:
        posed(code)
    assert caught.value.message
    return caught.value.reason


def test_operators_group_by_their_fixity_and_by_the_programs_own():
    assert "f x = 1 + x * 2 - 3" in text_of("f :: Int -> Int\nf x = 1 + x * 2 - 3\n")
    own = "infixr 9 <+>\n(<+>) :: Int -> Int -> Int\na <+> b = a - b\nf :: Int -> Int\nf x = 2 * x <+> 1\n"
    assert "f x = 2 * opLessPlusGreater x 1" in text_of(own, "f")


def test_no_lambda_section_or_local_function_is_left():
    shown = text_of(
        "f :: Int -> [Int] -> [Int]\nf n xs = map (\\x -> x + n) (go xs)\n  where go ys = filter (> n) ys\n"
    )
    assert "\\" not in shown
    assert "n x = x + n" in shown
    assert "f_go n ys" in shown


def test_a_captured_variable_comes_before_the_arguments():
    shown = text_of(
        "f :: Int -> [Int] -> Int\nf k xs = go 0 xs\n  where\n    go a [] = a + k\n    go a (y:ys) = go (a + y) ys\n"
    )
    assert "f_go k a [] = a + k" in shown
    assert "f_go k (a + y) ys" in shown


def test_a_point_free_definition_gets_its_arguments():
    assert "f y = map (subtract 3) (map f_lam y)" in text_of("f :: [Int] -> [Int]\nf = map (subtract 3) . map (+ 10)\n")


def test_a_programs_own_function_is_not_the_library_s():
    shown = text_of(
        "import Prelude hiding (map)\nmap :: (a -> b) -> [a] -> [b]\nmap _ [] = []\nmap f (x:xs) = f x : map f xs\n"
    )
    assert "map f (x : xs) = f x : map f xs" in shown
    problem = posed("import Prelude hiding (map)\nmap :: [Int] -> [Int]\nmap xs = [x + 1 | x <- xs]\n")
    assert "lib_map" in problem.printer.function(problem.functions[0])


def test_literal_patterns_and_strings_become_equations_on_values():
    assert "| k == 0 = 1" in text_of("f :: Int -> Int\nf 0 = 1\nf n = n\n")
    assert "'a' : 'b' : []" in text_of('f :: Int -> String\nf _ = "ab"\n')


def test_a_value_that_can_fail_stays_behind_its_guard():
    shown = text_of("f :: Int -> Int -> Int\nf a b\n  | b == 0 = 0\n  | otherwise = m + 1\n  where m = a `div` b\n")
    assert "otherwise = div a b + 1" in shown


def test_records_become_positional():
    shown = text_of("data P = P { px :: Int, py :: Int }\nf :: P -> P\nf p = p { px = py p }\n")
    assert "{" not in shown.replace("{ P", "").replace("of {", "")
    assert "P (py p) old_py" in shown


def test_equal_helpers_of_p_and_q_are_one_and_different_ones_apart():
    p = parse("h :: Int -> Int\nh x = x + 1\nf :: Int -> Int\nf x = h x\n")
    same = parse("h :: Int -> Int\nh y = y + 1\nf :: Int -> Int\nf x = h (x + 0)\n")
    other = parse("h :: Int -> Int\nh y = y + 2\nf :: Int -> Int\nf x = h (x - 1)\n")
    assert [each.name for each in pose(p, same, "f", "f").functions] == ["f", "h", "f'"]
    assert [each.name for each in pose(p, other, "f", "f").functions] == ["f", "h", "f'", "h'"]


def test_a_function_named_like_the_logic_s_own_is_renamed():
    names = [each.name for each in posed("len :: [Int] -> Int\nlen xs = sum xs\n").functions]
    assert names[0] == "len_"
    assert "and_" in [each.name for each in posed("and :: [Int] -> Bool\nand xs = null xs\n").functions]


def test_arithmetic_on_doubles_is_known_by_name_alone():
    shown = text_of("f :: Double -> Double\nf x = x * 2 + 1.5\n")
    assert "doublePlus (doubleTimes x 2.0) 1.5" in shown


def test_different_types_make_no_theorem():
    with pytest.raises(TypeClash):
        pose(parse("f :: Int -> Int\nf x = x\n"), parse("f :: Integer -> Integer\nf x = x\n"), "f", "f")
    first = parse("data T = A | B\nf :: T -> Int\nf _ = 1\n")
    second = parse("data T = B | A\nf :: T -> Int\nf _ = 1\n")
    with pytest.raises(TypeClash):
        pose(first, second, "f", "f")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("class C a where\n  m :: a -> Int\nf :: Int -> Int\nf x = m x\n", Refusal.OWN_CLASS),
        (
            OWN_EQ + "f :: K -> K -> Bool\nf a b = a == b\n",
            Refusal.OWN_CLASS,
        ),
        (
            OWN_EQ + "f :: K -> [K] -> Bool\nf a b = elem a b\n",
            Refusal.OWN_CLASS,
        ),
        ('f :: Int -> Int\nf x = error "no"\n', Refusal.UNMODELLED),
        ("f :: Int -> [Int]\nf n = take n (iterate (+ 1) 0)\n", Refusal.INFINITE),
        ("f :: Int -> [Int]\nf n = xs where xs = n : xs\n", Refusal.INFINITE),
        ("f :: Num a => a -> a\nf x = x + 1\n", Refusal.TYPE),
        ("f :: [Double] -> Double\nf xs = foldr max 0 (filter (`elem` xs) xs)\n", Refusal.UNMODELLED_AT_TYPE),
        ("data F = F (F -> Int)\nf :: F -> Int\nf (F g) = 1\n", Refusal.DATA),
        ("import qualified Data.Map as M\nf :: Int -> Int\nf x = M.size (M.singleton x x)\n", Refusal.UNMODELLED),
        ("f :: Int -> Int -> Int\nf x = \\y -> case (x, y) of ~(a, 0) -> a\n", Refusal.PATTERN),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(code, reason):
    assert refusal(code) is reason
