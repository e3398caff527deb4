"""What a model might answer to the shipped instructions: good translations, and every kind of bad one."""

from __future__ import annotations

GOOD = {
    "sum_evens": "sumEvens :: [Int] -> Int\nsumEvens = sum . filter even",
    "factorial": (
        "factorial :: Integer -> Integer\nfactorial n\n  | n < 0 = 0\n  | n < 2 = 1\n"
        "  | otherwise = n * factorial (n - 1)"
    ),
    "is_leap_year": (
        "isLeapYear :: Int -> Bool\nisLeapYear y = y `mod` 4 == 0 && (y `mod` 100 /= 0 || y `mod` 400 == 0)"
    ),
    "reverse_words": "reverseWords :: String -> String\nreverseWords = unwords . reverse . words",
    "running_sum": "runningSum :: [Int] -> [Int]\nrunningSum = scanl1 (+)",
    "clamp": "clamp :: Int -> Int -> Int -> Int\nclamp low high v = max low (min high v)",
    "safe_divide": (
        "safeDivide :: Int -> Int -> Maybe Int\nsafeDivide _ 0 = Nothing\nsafeDivide a b = Just (a `div` b)"
    ),
    "max_or_none": "maxOrNone :: Ord a => [a] -> Maybe a\nmaxOrNone [] = Nothing\nmaxOrNone xs = Just (maximum xs)",
    "pair_sums": "pairSums :: [Integer] -> [Integer] -> [Integer]\npairSums = zipWith (+)",
    "remove_duplicates": "import Data.List (nub)\n\nremoveDuplicates :: Eq a => [a] -> [a]\nremoveDuplicates = nub",
    "count_char": "countChar :: Char -> String -> Int\ncountChar c = length . filter (== c)",
    "swap_pair": "swapPair :: (Int, String) -> (String, Int)\nswapPair (n, s) = (s, n)",
    "min_max": ("minMax :: [Int] -> Maybe (Int, Int)\nminMax [] = Nothing\nminMax xs = Just (minimum xs, maximum xs)"),
    "celsius_to_fahrenheit": "toFahrenheit :: Double -> Double\ntoFahrenheit c = c * 9 / 5 + 32",
    "all_positive": "allPositive :: [Int] -> Bool\nallPositive = all (> 0)",
    "is_sorted": "isSorted :: [Int] -> Bool\nisSorted xs = and (zipWith (<=) xs (drop 1 xs))",
    "replace_all": (
        "replaceAll :: Int -> Int -> [Int] -> [Int]\nreplaceAll old new = map (\\v -> if v == old then new else v)"
    ),
}
"""Instruction to a program that does what its Python does."""

FENCE = "```"
BAD = {
    # no program in it
    "count_vowels": "I would write a fold over the characters.",
    # cut in the middle
    "fizz_buzz": f"{FENCE}haskell\nfizzBuzz :: Int -> [String]\nfizzBuzz n = map",
    # reasoning without end
    "is_palindrome": f"<think>Let me see.\n{FENCE}haskell\nf :: Int\nf = 1\n{FENCE}",
    # does not parse
    "average": f"{FENCE}haskell\naverage :: [Double] -> Double\naverage = = 3\n{FENCE}",
    # does not typecheck
    "digits_sum": f"{FENCE}haskell\ndigitsSum :: Int -> Int\ndigitsSum n = sum (show n)\n{FENCE}",
    # in IO
    "caesar_encrypt": f"{FENCE}haskell\ncaesar :: Int -> String -> IO String\ncaesar k s = return s\n{FENCE}",
    # reaches for the world
    "chunk": (
        f"{FENCE}haskell\nimport System.IO.Unsafe (unsafePerformIO)\n\n"
        f"chunk :: Int -> [Int] -> [[Int]]\nchunk n xs = unsafePerformIO (return [xs])\n{FENCE}"
    ),
    # never ends
    "int_to_binary": f"{FENCE}haskell\ntoBinary :: Int -> String\ntoBinary n = toBinary n\n{FENCE}",
    # always throws
    "longest_word": f'{FENCE}haskell\nlongestWord :: String -> String\nlongestWord _ = error "todo"\n{FENCE}',
    # runs, but does something else
    "rotate_left": (
        f"{FENCE}haskell\nrotateLeft :: Int -> [Int] -> [Int]\nrotateLeft k xs = drop k xs ++ take (k + 1) xs\n{FENCE}"
    ),
    # runs, but its result has no counterpart in Python
    "binary_to_int": (
        f'{FENCE}haskell\nbinaryToInt :: String -> Either String Int\nbinaryToInt "" = Left "empty"\n'
        f"binaryToInt s = Right (length s)\n{FENCE}"
    ),
    # another answer's program, renamed
    "bubble_sort": "",
}
"""Instruction to a whole completion that comes to nothing, or not far."""


def block(code: str) -> str:
    """Return a completion with a program."""
    return f"Here is the translation.\n\n{FENCE}haskell\n{code}\n{FENCE}\n"


def texts() -> dict[str, str]:
    """Return the completion for each instruction."""
    found = {name: block(code) for name, code in GOOD.items()} | BAD
    found["bubble_sort"] = block("order :: [Int] -> Bool\norder ys = and (zipWith (<=) ys (drop 1 ys))")
    return found
