"""A path's inputs: what differs by overflow alone is found, every path is reached, and inputs are Haskell."""

from __future__ import annotations

from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.second_opinion.lazy_inputs import Seed, Writer
from seqplay.proof.second_opinion.path_inputs import SHORT_QUESTIONS, path_inputs
from seqplay.proof.second_opinion.solver import Solver, wrapped
from seqplay.proof.theorem.problem import pose


def inputs(p: str, q: str, entry: str = "f") -> list[list[str]]:
    left, right = parse(p), parse(q)
    found = path_inputs(pose(left, right, entry, choose_entry(right, None, reference=entry).name))
    return [*found.plain, *found.doubles]


ZERO = "f :: Int -> Int\nf x = 0\n"


def test_the_one_int_that_three_times_is_one_is_found_first():
    first = inputs("f :: Int -> Int\nf x = if 3 * x == 1 then 1 else 0\n", ZERO)[0]
    assert wrapped(3 * int(first[0].strip("()"))) == 1


def test_a_square_that_no_sample_meets_is_found():
    rows = inputs("f :: Int -> Int\nf x = if x * x == 15241383936 then 1 else 0\n", ZERO)
    assert wrapped(int(rows[0][0].strip("()")) ** 2) == 15241383936


def test_the_machines_own_z3_has_no_part_in_what_is_found(monkeypatch, tmp_path):
    p = "f :: Int -> Int\nf x = if x * x == 15241383936 then 1 else 0\n"
    found = inputs(p, ZERO)
    (tmp_path / "z3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "z3").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert inputs(p, ZERO) == found
    (tmp_path / "z3").unlink()
    assert inputs(p, ZERO) == found


def test_integers_have_no_end():
    rows = inputs("f :: Integer -> Bool\nf x = 3 * x == 1\n", "f :: Integer -> Bool\nf x = False\n")
    assert all(3 * int(row[0].strip("()")) != 1 for row in rows)


def test_every_path_of_a_pattern_is_reached():
    p = "f :: [Bool] -> Int\nf [True, False, True] = 1\nf _ = 0\n"
    rows = inputs(p, "f :: [Bool] -> Int\nf xs = 0\n")
    assert rows[0] == ["(True : (False : (True : [])))"]


def test_own_types_functions_and_characters_are_inputs():
    p = "data T = L Char | N T T\n\nf :: (Int -> Int) -> T -> Int\nf g (N (L 'q') t) = g 1\nf g t = 0\n"
    q = "data T = L Char | N T T\n\nf :: (Int -> Int) -> T -> Int\nf g t = 0\n"
    assert ["(\\x -> x + 1)", "(N (L '\\113') (L '\\97'))"] in inputs(p, q)


def test_type_variables_under_a_constraint_are_doubles_too():
    rows = inputs("f :: Eq a => a -> Bool\nf x = x == x\n", "f :: Eq a => a -> Bool\nf x = True\n")
    assert ["(0/0)"] in rows
    assert all("/" not in row[0] for row in inputs("f :: a -> a\nf x = x\n", "f :: a -> a\nf x = x\n"))


def test_a_function_of_other_types_is_constant():
    p = "f :: (Bool -> Either Int Bool) -> Int\nf g = case g True of { Left x -> x; Right b -> 0 }\n"
    assert ["(\\_ -> (Left 5))"] in inputs(
        p,
        "f :: (Bool -> Either Int Bool) -> Int\n"
        + p[len("f :: (Bool -> Either Int Bool) -> Int\n") :].replace("-> x;", "-> if x == 5 then 6 else x;"),
    )


def test_a_program_that_does_not_end_ends_the_search():
    p = "f :: Int -> Int\nf x = if x == 7 then x else f (x + 1)\n"
    assert len(inputs(p, ZERO)) < 1000


def test_constructors_go_by_the_program_s_own_names():
    p = "import Prelude hiding (Maybe (..))\n\ndata Maybe a = Nothing | Just a\n\nf :: Maybe Int -> Int\nf m = 0\n"
    assert ["Nothing"] in inputs(p, p)
    assert not any("_" in row[0] for row in inputs(p, p))


def test_the_solver_says_nothing_where_there_is_nothing():
    with Solver(5.0) as solver:
        solver.variable("x", whole=True)
        twice = solver.term("==", True, solver.term("*", True, "2", "x"), "1")
        assert solver.solve([(twice, True)]) is None
        found = solver.solve([(twice, False)])
        assert found is not None
        assert 2 * found["x"] != 1


def test_what_nobody_looked_at_is_the_least_of_its_type():
    from seqplay.haskell.syntax import TyCon

    pair = TyCon("(,)", (TyCon("[]", (TyCon("Int", ()),)), TyCon("Bool", ())))
    assert Writer({}, {}).row([("i0", pair)], Seed()) == ["([], True)"]


def test_a_list_is_as_long_as_a_number_of_the_program():
    p = "f :: [Int] -> Int\nf xs = if length xs == 40 && 3 * sum xs == 1 then 1 else 0\n"
    rows = inputs(p, "f :: [Int] -> Int\nf xs = 0\n")
    assert rows[0][0].count(":") == 40


def test_what_throws_at_an_end_of_int_is_a_path():
    rows = inputs("f :: Int -> Int\nf x = succ (3 * x)\n", "f :: Int -> Int\nf x = 3 * x + 1\n")
    assert any(wrapped(3 * int(row[0].strip("()"))) == 2**63 - 1 for row in rows)


def test_a_short_search_asks_little_and_follows_few_paths(monkeypatch):
    asked = []
    solve = Solver.solve
    monkeypatch.setattr(Solver, "solve", lambda self, conditions: asked.append(1) or solve(self, conditions))
    p = "f :: Int -> Int\nf n = if n <= 0 then 0 else 1 + f (n - 2)\n"
    source = parse(p)
    problem = pose(source, source, "f", "f")
    short = path_inputs(problem, short=True)
    assert len(asked) <= SHORT_QUESTIONS
    assert not short.all_paths
    assert ["7"] in short.plain
    asked.clear()
    assert len(path_inputs(problem).plain) > len(short.plain)
    assert len(asked) > SHORT_QUESTIONS
