"""How many differences behind joined conditions testing finds, within a budget of inputs.

``python benchmarks/guarded_pairs.py [--count N] [--seed N] [--evaluations N] [--family NAME]``. Pairs are made here, with
names, constants and structure drawn by the seed: texts with a structure (dates, times, addresses, brackets, quoted words,
commands, colours, numerals, check digits), numbers and lists that belong together, conditions that guard each other, and
lists with equal sums and sums of squares. Each pair has an input on which it differs, which is run first: a pair that does
not differ there is a mistake of this file. The search was made better by looking at seed 1; figures are of other seeds.
"""

# ruff: noqa: E501  (templates of programs)
from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor, Reason

HERE = Path(__file__).parent


class Guarded(NamedTuple):
    """Two programs, and an input on which they differ."""

    family: str
    p: str
    q: str
    witness: list[str]


Draw = random.Random


def _two(code: str, right: str, wrong: str) -> tuple[str, str]:
    """Return a program with each of two texts in the place that ``@`` marks."""
    return code.replace("@", right), code.replace("@", wrong)


def joined(draw: Draw) -> Guarded:
    """Numbers that satisfy two or three conditions at once."""
    names = draw.sample(["x", "y", "z", "a", "b", "n"], draw.choice((2, 3)))
    values = {name: draw.choice((draw.randint(-60, 60), draw.randint(100, 9999))) for name in names}
    first, second = names[:2]
    left, right = values[first], values[second]
    pool = [
        [f"{first} == {left}", f"{second} == {right}"],
        [f"{first} + {second} == {left + right}", f"{first} - {second} == {left - right}"],
        [
            f"{first} == {left}",
            f"{second} > {first} + ({right - left - 1})",
            f"{second} < {first} + ({right - left + 2})",
        ],
        [f"{first} * 3 == {left * 3}", f"{second} - {first} == {right - left}"],
        [
            f"{second} == {right}",
            f"{first} `mod` 97 == {left % 97}",
            f"{first} > ({left - 98})",
            f"{first} <= ({left})",
        ],
    ]
    conditions = draw.choice(pool)
    if len(names) == 3:
        conditions.append(f"{names[2]} + {first} == {values[names[2]] + left}")
    draw.shuffle(conditions)
    code = f"f :: {'Int -> ' * len(names)}Int\nf {' '.join(names)}\n  | {' && '.join(conditions)} = @\n  | otherwise = {first}\n"
    return Guarded("joined", *_two(code, f"{second} + 1", second), [str(values[name]) for name in names])


def nested(draw: Draw) -> Guarded:
    """A mistake that shows only where another condition, two calls away, holds."""
    a, b, k = draw.randint(5, 400), draw.randint(5, 400), draw.randint(2, 9)
    code = (
        "outer :: Int -> Int -> Bool -> Int\nouter n m flag\n"
        f"  | n > m + {a} = if flag then inner (n - m) else n\n  | otherwise = m\n\n"
        f"inner :: Int -> Int\ninner d = case d - {a} of\n  {b} -> @\n  r | r `mod` {k} == 0 -> r `div` {k}\n    | otherwise -> r\n"
    )
    return Guarded("nested", *_two(code, str(b), str(b + 1)), [str(a + b), "0", "True"])


def guards(draw: Draw) -> Guarded:
    """Two mistakes, each of which alone is never seen: the first decides whether the second is reached."""
    a, b = draw.randint(10, 900), draw.randint(10, 900)
    code = (
        "grade :: Int -> Int -> String\ngrade score bonus\n"
        f'  | score # {a} = if bonus @ {b} then "top" else "good"\n  | bonus > score, score > 0 = "odd"\n  | otherwise = "rest"\n'
    )
    right = code.replace("#", "==").replace("@", ">=")
    wrong = code.replace("#", "==").replace("@", ">")
    return Guarded("guards", right, wrong, [str(a), str(b)])


def listed(draw: Draw) -> Guarded:
    """A list of a length, with a sum, in order."""
    items = sorted(draw.sample(range(-9, 60), draw.randint(2, 4)))
    conditions = [f"sum xs == {sum(items)}", f"length xs == {len(items)}"]
    if draw.random() < 0.5:
        conditions.append("and (zipWith (<) xs (drop 1 xs))")
    draw.shuffle(conditions)
    code = f"f :: [Int] -> Int\nf xs\n  | {', '.join(conditions)} = @\n  | null xs = 0\n  | otherwise = head xs\n"
    return Guarded("listed", *_two(code, "last xs", "last xs + 1"), [json.dumps(items)])


def prouhet(draw: Draw) -> Guarded:
    """Lists with equal sums and sums of squares that are no permutations of each other."""
    shift, factor = draw.randint(0, 4), draw.randint(1, 3)
    pairs = [([1, 5, 6], [2, 3, 7]), ([0, 4, 5], [1, 2, 6]), ([0, 3, 5, 6], [1, 2, 4, 7])]
    left, right = ([shift + factor * n for n in side] for side in draw.choice(pairs))
    power = draw.choice(("(^ (2 :: Int))", "(\\x -> x * x)", "square"))
    own = "square :: Int -> Int\nsquare n = n * n\n" if power == "square" else ""
    head = "import Data.List (sort)\nf :: [Int] -> [Int] -> Bool\nf xs ys = "
    q = f"length xs == length ys && sum xs == sum ys && sum (map {power} xs) == sum (map {power} ys)\n"
    return Guarded("prouhet", f"{head}sort xs == sort ys\n", f"{head}{q}{own}", [json.dumps(left), json.dumps(right)])


SPLIT = """split :: Char -> String -> [String]
split c s = case break (== c) s of
  (a, _ : rest) -> a : split c rest
  (a, []) -> [a]
"""
NUMBER = "number :: String -> Bool\nnumber t = not (null t) && all isDigit t\n"
HEAD = "import Data.Char (isDigit)\n"


def dated(draw: Draw) -> Guarded:
    """Dates, with one rule of the calendar forgotten."""
    sep = draw.choice("-/.")
    code = (
        f"{HEAD}valid :: String -> Bool\nvalid s = case split '{sep}' s of\n"
        "  [y, m, d] | all number [y, m, d], length y == 4 -> check (read y) (read m) (read d)\n  _ -> False\n\n"
        "check :: Int -> Int -> Int -> Bool\ncheck y m d = m >= 1 && m <= 12 && d >= 1 && d <= days\n  where\n"
        "    days\n      | m == 2 = if leap then 29 else 28\n      | m `elem` [MONTHS] = 30\n      | otherwise = 31\n"
        f"    leap = LEAP\n\n{SPLIT}{NUMBER}"
    )
    right = {"MONTHS": "4, 6, 9, 11", "LEAP": "y `mod` 4 == 0 && (y `mod` 100 /= 0 || y `mod` 400 == 0)"}
    wrong, date = draw.choice(
        [
            ({"LEAP": "y `mod` 4 == 0"}, (1900, 2, 29)),
            ({"LEAP": "y `mod` 4 == 0 && y `mod` 100 /= 0"}, (2000, 2, 29)),
            ({"MONTHS": "4, 6, 9"}, (2001, 11, 31)),
            ({"MONTHS": "4, 6, 11"}, (2001, 9, 31)),
            ({"LEAP": "False"}, (2004, 2, 29)),
        ]
    )
    texts = []
    for rules in (right, {**right, **wrong}):
        text = code
        for name, rule in rules.items():
            text = text.replace(name, rule)
        texts.append(text)
    return Guarded("dated", texts[0], texts[1], [json.dumps(f"{date[0]:04}{sep}{date[1]:02}{sep}{date[2]:02}")])


def clock(draw: Draw) -> Guarded:
    """Times of day, with an end of a range that is off by one."""
    sep, parts = draw.choice(":.h"), draw.choice((2, 3))
    limits = [23, 59, 59][:parts]
    at = draw.randrange(parts)
    names = ["h", "m", "s"][:parts]
    tests = [f"read {name} <= ({limit} :: Int)" for name, limit in zip(names, limits, strict=True)]
    wrong = [*tests[:at], f"read {names[at]} < ({limits[at] + 2} :: Int)", *tests[at + 1 :]]
    code = (
        f"{HEAD}time :: String -> Bool\ntime t = case split '{sep}' t of\n"
        f"  [{', '.join(names)}] -> all number [{', '.join(names)}] && all ((== 2) . length) [{', '.join(names)}] && @\n"
        f"  _ -> False\n\n{SPLIT}{NUMBER}"
    )
    shown = sep.join(f"{limits[at] + 1 if n == at else 0:02}" for n in range(parts))
    return Guarded("clock", *_two(code, " && ".join(tests), " && ".join(wrong)), [json.dumps(shown)])


def address(draw: Draw) -> Guarded:
    """Numbers between dots, with a largest number and no leading zero, or with one of the two forgotten."""
    parts, most, sep = draw.choice((3, 4)), draw.choice((99, 127, 255)), draw.choice(".:-")
    code = (
        f"{HEAD}address :: String -> Bool\naddress s = length parts == {parts} && all part parts\n  where\n"
        f"    parts = split '{sep}' s\n    part t = number t && @\n\n{SPLIT}{NUMBER}"
    )
    small, plain = f"read t <= ({most} :: Int)", "(length t == 1 || head t /= '0')"
    if draw.random() < 0.5:
        return Guarded(
            "address", *_two(code, f"{plain} && {small}", small), [json.dumps(sep.join(["1"] * (parts - 1) + ["01"]))]
        )
    wrong = f"{plain} && read t <= ({most + 1} :: Int)"
    return Guarded(
        "address",
        *_two(code, f"{plain} && {small}", wrong),
        [json.dumps(sep.join(["1"] * (parts - 1) + [str(most + 1)]))],
    )


def brackets(draw: Draw) -> Guarded:
    """Nested brackets against counted ones."""
    kinds = draw.sample(["()", "[]", "{}", "<>"], draw.choice((2, 3)))
    opens, closes = "".join(k[0] for k in kinds), "".join(k[1] for k in kinds)
    head = f"balanced :: String -> Bool\nbalanced text = go [] (filter (`elem` {json.dumps(opens + closes)}) text)\n  where\n"
    p = head + (
        "    go stack [] = null stack\n    go stack (c : cs)\n"
        f"      | Just e <- lookup c (zip {json.dumps(opens)} {json.dumps(closes)}) = go (e : stack) cs\n"
        "      | (e : rest) <- stack, e == c = go rest cs\n      | otherwise = False\n"
    )
    counted = head + (
        f"    go seen [] = and [count o seen == count c seen | (o, c) <- zip {json.dumps(opens)} {json.dumps(closes)}]\n"
        "    go seen (c : cs)\n"
        f"      | or [count e (c : seen) > count o seen | (o, e) <- zip {json.dumps(opens)} {json.dumps(closes)}, e == c] = False\n"
        "      | otherwise = go (c : seen) cs\n    count x = length . filter (== x)\n"
    )
    return Guarded("brackets", p, counted, [json.dumps(opens[0] + opens[1] + closes[0] + closes[1])])


def command(draw: Draw) -> Guarded:
    """Commands of a small language: one keyword's argument is read wrongly."""
    words = draw.sample(["move", "turn", "push", "skip", "goto", "load", "fill", "wait"], 3)
    number = draw.randint(2, 300)
    code = (
        f"{HEAD}run :: String -> Int\nrun = foldl step 0 . map words . lines\n  where\n"
        f'    step n [w, a] | w == "{words[0]}", number a = n + read a\n'
        f'    step n [w, a, b] | w == "{words[1]}", number a, number b = if read a == ({number} :: Int) then @ else n - read b\n'
        f'    step _ ["{words[2]}"] = 0\n    step n _ = n\n\n{NUMBER}'
    )
    return Guarded("command", *_two(code, "n + read b", "n - read b"), [json.dumps(f"{words[1]} {number} 7")])


def anagram(draw: Draw) -> Guarded:
    """Anagrams by sorting against by what letters there are."""
    wrong = draw.choice(
        [
            "length (clean a) == length (clean b) && all (`elem` clean b) (clean a)",
            "nub (sort (clean a)) == nub (sort (clean b)) && length (clean a) == length (clean b)",
        ]
    )
    head = "import Data.Char (isAlpha, toLower)\nimport Data.List (nub, sort)\nalike :: String -> String -> Bool\nalike a b = @\n  where clean = map toLower . filter isAlpha\n"
    return Guarded("anagram", *_two(head, "sort (clean a) == sort (clean b)", wrong), ['"aab"', '"abb"'])


def checked(draw: Draw) -> Guarded:
    """Numbers with a check digit, of which one may be a letter."""
    length, modulus, letter = draw.choice((4, 5, 6)), 11, draw.choice("XKZ")
    code = (
        f"{HEAD}ok :: String -> Bool\nok s = length s == {length} && all isDigit (init s) && (isDigit (last s) || @) && total `mod` {modulus} == 0\n"
        "  where\n    total = sum (zipWith (*) [1 ..] (reverse (map worth s)))\n"
        f"    worth :: Char -> Int\n    worth c = if c == '{letter}' then 10 else fromEnum c - fromEnum '0'\n"
    )
    for digits in range(10 ** (length - 1)):
        text = f"{digits:0{length - 1}}"
        if (10 + sum((k + 2) * int(c) for k, c in enumerate(reversed(text)))) % modulus == 0:
            break
    return Guarded("checked", *_two(code, f"last s == '{letter}'", "False"), [json.dumps(text + letter)])


def colour(draw: Draw) -> Guarded:
    """Hexadecimal colours: of a wrong length, or with a letter too many."""
    mark, length = draw.choice("#$%"), draw.choice((3, 4, 6))
    code = f"import Data.Char (isDigit)\ncolour :: String -> Bool\ncolour s = case s of\n  '{mark}' : digits -> length digits == {length} && all hex digits\n  _ -> False\n  where\n    hex c = isDigit c || @\n"
    return Guarded(
        "colour", *_two(code, "c >= 'a' && c <= 'f'", "c >= 'a' && c <= 'g'"), [json.dumps(mark + "g" * length)]
    )


def quoted(draw: Draw) -> Guarded:
    """Quoted words, in which a mark makes the quote a letter."""
    quote, escape = draw.choice("'\"|"), draw.choice("\\^~")
    shown = {"'": "'\\''", "\\": "'\\\\'", '"': "'\"'"}
    q, e = (shown.get(c, f"'{c}'") for c in (quote, escape))
    code = (
        f"text :: String -> Maybe String\ntext ({q} : rest) = go rest\n  where\n    go ({e} : c : cs)\n      | c == {q} = (@ :) <$> go cs\n"
        f"    go [{q}] = Just []\n    go ({q} : _) = Nothing\n    go (c : cs) = (c :) <$> go cs\n    go [] = Nothing\ntext _ = Nothing\n"
    )
    return Guarded("quoted", *_two(code, "c", e), [json.dumps(quote + escape + quote + quote)])


def sequence(draw: Draw) -> Guarded:
    """A lock that opens after so many right numbers, one after the other."""
    key = [draw.randint(0, 9) for _ in range(draw.choice((3, 4)))]
    code = "data State = " + " | ".join(f"S{n}" for n in range(len(key) + 1)) + " deriving (Eq, Show)\n"
    code += "open :: [Int] -> Bool\nopen = (== " + f"S{len(key)}" + ") . foldl step S0\n  where\n"
    code += "".join(f"    step S{n} {k} = S{n + 1}\n" for n, k in enumerate(key[:-1]))
    code += f"    step S{len(key) - 1} n | @ = S{len(key)}\n    step S{len(key)} _ = S{len(key)}\n    step _ _ = S0\n"
    other = (key[-1] + 1) % 10
    return Guarded(
        "sequence", *_two(code, f"n == {key[-1]}", f"n == {key[-1]} || n == {other}"), [json.dumps([*key[:-1], other])]
    )


def looked_up(draw: Draw) -> Guarded:
    """Two entries of a table whose values belong together."""
    first, second = draw.sample(["width", "height", "depth", "price", "count", "rate"], 2)
    total = draw.randint(3, 900)
    code = (
        f'f :: [(String, Int)] -> Int\nf table = case (lookup "{first}" table, lookup "{second}" table) of\n'
        f"  (Just a, Just b)\n    | a + b == {total} -> @\n    | a > b -> a\n    | otherwise -> b\n  (Just a, Nothing) -> a\n  _ -> 0\n"
    )
    return Guarded("looked_up", *_two(code, "a * b", "a * b + 1"), [f'[("{first}", {total}), ("{second}", 0)]'])


def numeral(draw: Draw) -> Guarded:
    """Roman numerals, of which one subtraction is not known."""
    pairs = [("IV", 4), ("IX", 9), ("XL", 40), ("XC", 90), ("CD", 400), ("CM", 900)]
    missing, _ = draw.choice(pairs)
    head = "value :: String -> Int\n"
    singles = "".join(f"value ('{c}' : r) = {n} + value r\n" for c, n in [("I", 1), ("V", 5), ("X", 10), ("L", 50), ("C", 100), ("D", 500), ("M", 1000)])  # fmt: skip
    rules = {name: f"value ('{name[0]}' : '{name[1]}' : r) = {n} + value r\n" for name, n in pairs}
    p = head + "".join(rules.values()) + singles + "value _ = 0\n"
    return Guarded("numeral", p, p.replace(rules[missing], ""), [json.dumps(missing)])


FAMILIES: list[Callable[[Draw], Guarded]] = [
    joined, nested, guards, listed, prouhet, dated, clock, address, brackets, command, anagram, checked, colour, quoted,
    sequence, looked_up, numeral,
]  # fmt: skip


def guarded_pairs(count: int, seed: int) -> list[Guarded]:
    """Return so many pairs, of the families in turns."""
    draw = random.Random(seed)
    return [FAMILIES[n % len(FAMILIES)](draw) for n in range(count)]


def main(
    count: Annotated[int, typer.Option(help="Pairs.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the pairs, and of the inputs.")] = 20261130,
    evaluations: Annotated[int, typer.Option(help="Inputs a pair.")] = 2000,
    workers: Annotated[int, typer.Option(help="Sessions; 0: as many as there are cores.")] = 0,
    family: Annotated[str, typer.Option(help="Only this family.")] = "",
) -> None:
    """Count what is found, by family, and list what is not."""
    pairs = [pair for pair in guarded_pairs(count, seed) if family in ("", pair.family)]
    found: Counter[str] = Counter()
    total = Counter(pair.family for pair in pairs)

    def one(number: int, pair: Guarded) -> bool:
        known = executor.diverge(pair.p, pair.q, pair.witness)
        if known.reason is not Reason.DIVERGES:
            raise SystemExit(f"{pair.family}: no difference on {pair.witness}: {known.message}\n{pair.p}\n{pair.q}")
        # Pairs of a family are alike: with one seed for all, they would be found or missed together.
        return executor.compare(pair.p, pair.q, seed=seed + number, evaluations=evaluations).reason is Reason.DIVERGES

    with Executor.open(HaskellConfig(workers=workers)) as executor, ThreadPoolExecutor(executor.workers) as threads:
        for pair, differs in zip(pairs, threads.map(one, range(len(pairs)), pairs), strict=True):
            found[pair.family] += differs
            if not differs:
                print(json.dumps(pair._asdict()), flush=True)
    lines = ["| family | found | of |", "| --- | --- | --- |"]
    lines += [f"| {name} | {found[name]} | {total[name]} |" for name in total]
    lines += [f"| all | {found.total()} ({100 * found.total() / max(1, len(pairs)):.1f} %) | {len(pairs)} |"]
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "guarded_pairs.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
