"""Tasks of our own in the columns of known suites, with right and wrong answers."""

# ruff: noqa: E501  (tables: one answer a line)
from __future__ import annotations

from typing import NamedTuple

CHECK = 'check :: Bool -> IO ()\ncheck True = return ()\ncheck False = error "Test failed"\n'


def human_eval(number: int, text: str, signature: str, solution: str, checks: list[str]) -> dict[str, object]:
    """An item in the columns of HumanEval-hs: the prompt ends in the signature, the solution is a whole program."""
    prompt = "".join(f"-- {line}\n" for line in text.split("\n")) + signature
    imports = [line for line in solution.split("\n") if line.startswith("import ")]
    body = "\n".join(line for line in solution.split("\n") if not line.startswith("import "))
    whole = "\n".join([f"-- Task {number}", *imports, prompt, body]) + "\n"
    test = f"\n\n-- Test suite\n{CHECK}\nmain :: IO ()\nmain = do\n" + "".join(f"    check ({c})\n" for c in checks)
    return {"task_id": f"Haskell/{number}", "prompt": prompt, "canonical_solution": whole, "test": test}


def mbpp(number: int, text: str, signature: str, left: str, checks: list[str]) -> dict[str, object]:
    """An item in the columns of MBPP-hs: the prompt ends in the left-hand side of the entry's equation."""
    lines = [f"  if {c} then pure () else error " + '"assertion failed"\n' for c in checks]
    name = signature.split(" ", 1)[0]
    return {
        "task_id": f"MBPP/{number}",
        "language": "hs",
        "prompt": f"-- | {text}\n{signature}\n{left} =",
        "doctests": "transform",
        "original": f"tasks/{number}.py",
        "prompt_terminology": "reworded",
        "test": f"\nmain :: IO ()\nmain = do\n  let candidate = {name}\n" + "".join(lines) + "  pure ()",
        "stop_tokens": ["\n\n", "\ndata"],
    }


class Task(NamedTuple):
    """An item, answers that pass its test, and answers that do not."""

    item: dict[str, object]
    right: list[str]
    wrong: list[str]


TASKS = [
    Task(
        human_eval(
            0,
            "The sum of the squares of the even numbers.\n>>> even_squares [1, 2, 4]\n20",
            "even_squares :: [Int] -> Int",
            "even_squares xs = sum [x * x | x <- xs, even x]",
            ["even_squares [1, 2, 4] == 20", "even_squares [] == 0", "even_squares [-2, 3] == 4"],
        ),
        right=[
            "even_squares xs = sum [x * x | x <- xs, even x]",
            "even_squares :: [Int] -> Int\neven_squares = go 0\n  where\n    go n [] = n\n"
            "    go n (x : xs) = go (if even x then n + x * x else n) xs\n",
            "module Main (main) where\nimport Data.List (foldl')\neven_squares :: Integral a => [a] -> a\n"
            "even_squares = foldl' (\\n x -> if odd x then n else n + x ^ 2) 0\nmain :: IO ()\nmain = print 1\n",
        ],
        wrong=[
            "even_squares xs = sum [x * x | x <- xs]",
            "even_squares xs = sum [x * x | x <- xs, odd x]",
            "even_squares xs = sum (filter even xs)",
            "even_squares _ = 20",
            "even_squares [1, 2, 4] = 20",
            "even_squares xs = product [x * x | x <- xs, even x]",
            "even_squares xs = sum [x * x | x <- tail xs, even x]",
            "even_squares :: [Int] -> Integer\neven_squares xs = toInteger (sum [x * x | x <- xs, even x])",
        ],
    ),
    Task(
        human_eval(
            1,
            "The words of a text, longest first; words of one length in the order of the text.",
            "import Data.List\nby_length :: String -> [String]",
            "by_length = sortOn (negate . length) . words",
            ['by_length "a bcd ef" == ["bcd", "ef", "a"]', 'by_length "" == []', 'by_length "x yz ab" == ["yz", "ab", "x"]'],
        ),
        right=[
            "by_length = sortOn (negate . length) . words",
            "import Data.Ord (Down (..), comparing)\nby_length text = sortBy (comparing (Down . length)) (words text)\n",
            "import qualified Data.List as L\nby_length :: String -> [String]\nby_length = L.sortOn (negate . length) . words",
        ],
        wrong=[
            "by_length = sortOn length . words",
            "by_length = sort . words",
            "by_length = reverse . sortOn length . words",
            "by_length = words",
            "by_length = sortOn (negate . length) . lines",
            "by_length text = [maximum (words text)]",
            "by_length text = text",
            "by_length = nub . sortOn (negate . length) . filter (/= \"a\") . words",
        ],
    ),
    Task(
        human_eval(
            2,
            "The area of a shape, rounded down.",
            "data Shape = Square Int | Box Int Int deriving (Eq, Show)\nscale :: Int -> Int\nscale n = n * 10\n"
            "area :: Shape -> Shape",
            "area (Square n) = Square (n * n)\narea (Box a b) = Square (a * b)",
            ["area (Square 3) == Square 9", "area (Box 2 4) == Square 8", "area (Box 1 1) == Square (scale 1 `div` 10)"],
        ),
        right=["area (Square n) = Square (n * n)\narea (Box a b) = Square (a * b)\n"],
        wrong=[
            "area (Square n) = Square (n * 4)\narea (Box a b) = Square (a * b)\n",
            "area = id\n",
            "area (Square n) = Square (n * n)\n",
            "area (Square n) = Box n n\narea (Box a b) = Box a b\n",
            "area _ = Square (scale 1)\n",
            "area (Square n) = Square (n * n)\narea (Box a b) = Square (a + b)\n",
        ],
    ),
    Task(
        mbpp(
            1,
            "Write a function to tell whether a number is a square.",
            "isSquare :: Int -> Bool",
            "isSquare n",
            ["candidate 9 == True", "candidate 8 == False", "candidate 0 == True", "candidate 1 == True"],
        ),
        right=[
            " any (\\k -> k * k == n) [0 .. n]",
            "any (\\k -> k * k == n) [0 .. n]",
            "\n  let roots = [0 .. n]\n   in any (\\k -> k * k == n) roots\n",
            "let roots = [0 .. n]\n    found k = k * k == n\nin any found roots",
            "isSquare :: Int -> Bool\nisSquare n = n `elem` map (^ 2) [0 .. n]\n",
            " n `elem` squares n\n\nsquares :: Int -> [Int]\nsquares n = [k * k | k <- [0 .. n]]\n",
        ],
        wrong=[
            " even n",
            " True",
            " n == 9",
            " any (\\k -> k * k == n) [1 .. n]",
            " any (\\k -> k * k == n) [0 .. n - 1]",
            " undefined",
            " not (any (\\k -> k * k == n) [0 .. n])",
            "",
            " n",
            " any (\\k -> k * k = n) [0 .. n]",
        ],
    ),
    Task(
        mbpp(
            2,
            "Write a function to find the n largest numbers, in descending order.",
            "largest :: [Int] -> Int -> [Int]",
            "largest nums n",
            ["candidate [3, 1, 2] 2 == [3, 2]", "candidate [] 2 == []", "candidate [5, 5, 1] 3 == [5, 5, 1]"],
        ),
        right=["\n  take n (reverse (sorted nums))\n  where\n    sorted [] = []\n    sorted (x : xs) = "
               "sorted [y | y <- xs, y < x] ++ [x] ++ sorted [y | y <- xs, y >= x]\n"],
        wrong=[
            " take n nums",
            " reverse nums",
            " [maximum nums]",
            " take n (reverse nums)",
            " drop n nums",
            " replicate n (maximum (0 : nums))",
            " nums",
            " []",
            " filter (> n) nums",
            " take n (sort nums)",
        ],
    ),
]  # fmt: skip
