"""Programs as people and models write them: harmless pragmas and imports are taken, what is refused is named rightly."""

# ruff: noqa: E501  (tables: a program a line)
from __future__ import annotations

import pytest

from seqplay.haskell import Executor, Reason
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

RUN = {
    "optimised": (
        "{-# OPTIONS_GHC -O2 -fno-full-laziness -funbox-strict-fields #-}\nf :: Int -> Int\nf x = x + 1\n",
        "1",
        "2",
    ),
    "newtype deriving": (
        "{-# LANGUAGE GeneralizedNewtypeDeriving #-}\nnewtype Metres = Metres Int deriving (Eq, Ord, Num, Show)\nf :: Int -> Int\nf x = case Metres x + 2 of Metres y -> y\n",
        "3",
        "5",
    ),
    "deriving newtype": (
        "{-# LANGUAGE DerivingStrategies, GeneralisedNewtypeDeriving #-}\nnewtype N = N Int\n  deriving stock Show\n  deriving newtype (Eq, Num)\nf :: Int -> Bool\nf x = N x * 2 == 8\n",
        "4",
        "True",
    ),
    "deriving via": (
        "{-# LANGUAGE DerivingVia #-}\nimport Data.Monoid\nnewtype Total = Total Int deriving (Semigroup, Monoid) via (Sum Int)\nf :: [Int] -> Int\nf xs = let Total t = mconcat (map Total xs) in t\n",
        "[1, 2, 3]",
        "6",
    ),
    "coerce": (
        "import Data.Coerce (coerce)\nimport Data.Monoid\nf :: [Int] -> [Sum Int]\nf = coerce\n",
        "[7]",
        "[Data.Monoid.Sum 7]",
    ),
    "coerce qualified": (
        "import qualified Data.Coerce\nnewtype A = A Int\nf :: Int -> A\nf = Data.Coerce.coerce\n",
        "7",
        "A 7",
    ),
    "mutable arrays": (
        "import Control.Monad\nimport Data.Array.ST\nimport Data.Array.Unboxed\nf :: Int -> Int\nf n = sum (elems a)\n  where\n    a :: UArray Int Int\n    a = runSTUArray (do { m <- newArray (0, 3) n; forM_ [0 .. 3] (\\i -> writeArray m i i); return m })\n",
        "9",
        "6",
    ),
    "strict state threads": (
        "import Control.Monad.ST.Strict\nimport Data.STRef.Strict\nf :: Int -> Int\nf n = runST (do { r <- newSTRef n; modifySTRef' r (+ 1); readSTRef r })\n",
        "1",
        "2",
    ),
    "reader, writer, state": (
        "import Control.Monad.RWS.Strict\nf :: Int -> (Int, [Int])\nf n = evalRWS (do { e <- ask; tell [e]; modify (+ e); get }) n 1\n",
        "2",
        "(3,[2])",
    ),
    "merging maps of numbers": (
        "import qualified Data.IntMap as M\nimport Data.IntMap.Merge.Strict\nf :: Int -> [(Int, Int)]\nf n = M.toList (merge dropMissing preserveMissing (zipWithMatched (\\_ a b -> a + b)) (M.fromList [(1, n)]) (M.fromList [(1, 2), (3, 4)]))\n",
        "5",
        "[(1,7),(3,4)]",
    ),
    "actions of any monad": (
        "import Control.Monad.IO.Class\nf :: Int -> Int\nf = id\ng :: MonadIO m => m ()\ng = return ()\n",
        "1",
        "1",
    ),
    "functions shown": ("import Text.Show.Functions ()\nf :: Int -> String\nf n = show (+ n)\n", "1", '"<function>"'),
    "a parser": (
        'import Text.ParserCombinators.Parsec\nf :: String -> Maybe Int\nf s = either (const Nothing) Just (parse (fmap read (many1 digit)) "" s)\n',
        '"42"',
        "Just 42",
    ),
    "main alone reads the environment": (
        "import System.Environment (getArgs)\nimport qualified Data.Text as T\nimport qualified Data.Text.IO as T\n"
        'f :: Int -> Int\nf x = T.length (T.replicate x (T.pack "ab"))\n'
        "main :: IO ()\nmain = do\n  [a] <- getArgs\n  T.putStrLn (T.pack (show (f (read a))))\n",
        "3",
        "6",
    ),
    "main alone writes texts": (
        "import qualified Data.Text.IO as TIO\nimport System.Environment\nf :: Int -> Int\nf x = x + 1\n"
        "main :: IO ()\nmain = getArgs >> TIO.getContents >>= TIO.putStr\n",
        "3",
        "4",
    ),
    "instances of old": (
        "import Control.Monad.Instances ()\nf :: Int -> Int\nf = (+) <$> (* 2) <*> subtract 1\n",
        "3",
        "8",
    ),
    "traces": ('import Debug.Trace\nf :: Int -> Int\nf x = trace ("x = " ++ show x) (traceShowId x + 1)\n', "1", "2"),
    "sorted by a key": (
        "import GHC.Exts (sortWith, the, groupWith)\nf :: [Int] -> [Int]\nf xs = map the (groupWith id (sortWith negate xs))\n",
        "[2, 1, 2]",
        "[1,2]",
    ),
    "its own name": (
        "f :: Int -> Int\nf x = Main.g x\ng :: Int -> Int\ng x = x Main.^ 3\n(^) :: Int -> Int -> Int\na ^ b = a + b\n",
        "1",
        "4",
    ),
    "its own module's name": (
        "module Tools where\nimport Prelude hiding (and)\nf :: [Bool] -> Bool\nf = Tools.and\nand :: [Bool] -> Bool\nand = null\n",
        "[]",
        "True",
    ),
}


@pytest.mark.parametrize("name", RUN)
def test_what_people_write_runs(executor: Executor, name: str) -> None:
    code, argument, output = RUN[name]
    answer = executor.run(code, [argument])
    assert answer.output == output, answer.message


REFUSED = {
    "a preprocessor among harmless options": (
        "{-# OPTIONS_GHC -O2 -F -pgmF cat #-}\nf :: Int\nf = 1\n",
        Reason.UNSAFE_PRAGMA,
        "-F",
    ),
    "warnings that are errors": ("{-# OPTIONS_GHC -Werror #-}\nf :: Int\nf = 1\n", Reason.UNSAFE_PRAGMA, "-Werror"),
    "an expression at top level": ("f :: Int -> Int\nf x = x\n\nf 3\n", Reason.PARSE_ERROR, "not a declaration"),
    "what a stand-in does not have": ("import GHC.Exts (Ptr, sortWith)\nf :: Int\nf = 1\n", Reason.TYPE_ERROR, "Ptr"),
    "the environment, outside main": (
        "import System.Environment (getArgs)\nf :: Int\nf = 1\ng = getArgs\nmain :: IO ()\nmain = g >>= print\n",
        Reason.UNSAFE_IMPORT,
        "System.Environment",
    ),
    "texts written outside main": (
        "import qualified Data.Text.IO as T\nf :: Int\nf = 1\nsay = T.putStr\nmain = getLine >>= putStr\n",
        Reason.UNSAFE_IMPORT,
        "Data.Text.IO",
    ),
    "the environment without a main": (
        "import System.Environment\nf :: Int\nf = 1\n",
        Reason.UNSAFE_IMPORT,
        "System.Environment",
    ),
    "an import that is not safe": (
        "import Data.Array.Unsafe\nf :: Int\nf = 1\n",
        Reason.UNSAFE_IMPORT,
        "Data.Array.Unsafe",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_rightly(executor: Executor, name: str) -> None:
    code, reason, told = REFUSED[name]
    answer = executor.check(code)
    assert (answer.verdict, answer.reason) == (Verdict.REJECTED, reason), answer.message
    assert told in answer.message


EXPORTS = {
    "one function": ("module M (g) where\nf :: Int -> Int\nf x = g x\ng :: Int -> Int\ng x = x\n", "g"),
    "one beside main and types": (
        "module Main (main, T (..), g) where\nmain :: IO ()\nmain = return ()\ndata T = T\nf :: Int\nf = 1\ng :: Int\ng = f\n",
        "g",
    ),
    "an operator": (
        "module M ((<+>)) where\nf :: Int\nf = 1\n(<+>) :: Int -> Int -> Int\na <+> b = a + b + f\n",
        "<+>",
    ),
    "two functions": ("module M (g, f) where\nf :: Int -> Int\nf x = x\ng :: Int -> Int\ng x = f x\n", "f"),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_list_that_names_one_function_names_the_entry(executor: Executor, name: str) -> None:
    code, entry = EXPORTS[name]
    answer = executor.check(code)
    assert answer.entry is not None, answer.message
    assert answer.entry.name == entry
    assert choose_entry(parse(code)).name == entry
