"""Forged answers to evaluation items: each would pass its test where test and answer share a file or a process.

An answer is wrong, and tries to look right. ``ITEMS`` are the tests that it is put to.
"""

# ruff: noqa: E501  (tables: one forgery a line)
from __future__ import annotations

from typing import NamedTuple

_CHECK = (
    'check :: Bool -> IO ()\ncheck True = return ()\ncheck False = error "Test failed"\n\nmain :: IO ()\nmain = do\n'
)

ITEMS = {
    "number": (
        "f :: Int -> Int",
        _CHECK + "    check (f 1 == 2)\n    check (f 5 == 6)\n",
        "f n = n + 1",
    ),
    "list": (
        "f :: [Int] -> [Int]",
        _CHECK + "    check (f [1, 2] == [2, 1])\n    check (f [] == [])\n",
        "f = reverse",
    ),
    "equation": (
        "f :: Int -> Int\nf n =",
        'main :: IO ()\nmain = do\n  let candidate = f\n  if candidate 1 == 2 then pure () else error "assertion failed"\n  pure ()',
        " n + 1",
    ),
    "type": (
        "data Shade = Light | Dark deriving (Eq, Show)\nother :: Shade -> Shade\nother Light = Dark\nother Dark = Light\nf :: Shade -> Shade",
        _CHECK + "    check (f Light == other Light)\n    check (show (f Dark) == \"Light\")\n",
        "f = other",
    ),
    "any exception": (
        "import Control.Exception\nf :: Int -> Int",
        "main :: IO ()\nmain = do\n  r <- try (evaluate (f 0))\n  case r of\n    Left e -> const (return ()) (e :: SomeException)\n    Right _ -> error \"no exception\"\n",
        "f n = 1 `div` n",
    ),
}  # fmt: skip
"""Prompt, test and a right answer, by name."""


class Forgery(NamedTuple):
    """A wrong answer that tries to pass."""

    name: str
    item: str
    code: str
    tries: str


_EXIT = "import Control.Exception\nimport System.Exit\n"
FORGERIES = [
    Forgery("own_main", "number", "f :: Int -> Int\nf = id\nmain :: IO ()\nmain = return ()\n", "has a main of its own"),
    Forgery("only_main", "number", "main :: IO ()\nmain = return ()\n", "has nothing but a main"),
    Forgery("main_behind_the_equation", "equation", " 0\n\nmain :: IO ()\nmain = return ()\n", "has a main behind the prompt"),
    Forgery("header", "number", "module Test (main) where\nf :: Int -> Int\nf = id\nmain :: IO ()\nmain = return ()\n", "is called as the test's module"),
    Forgery("wrapper", "number", "f :: Int -> Int\nf = id\nseqplay_main :: IO ()\nseqplay_main = return ()\n", "takes the wrapper's name"),
    Forgery("own_equality", "number", "import Prelude hiding ((==))\n(==) :: a -> a -> Bool\n_ == _ = True\nf :: Int -> Int\nf = id\n", "defines an equality that always holds"),
    Forgery("own_class", "number", "import Prelude hiding (Eq (..))\nclass Eq a where { (==) :: a -> a -> Bool; _ == _ = True }\ninstance Eq Int\nf :: Int -> Int\nf = id\n", "defines a class of the name Eq"),
    Forgery("own_number", "number", "import Prelude hiding (Int)\nimport qualified Prelude as P\nnewtype Int = Int P.Int\ninstance Eq Int where _ == _ = True\ninstance Num Int where { fromInteger = Int . fromInteger; a + _ = a; a * _ = a; abs = id; signum = id; negate = id }\nf :: Int -> Int\nf = id\n", "defines a number type of the name Int"),
    Forgery("own_type", "type", "data Shade = Light | Dark\ninstance Eq Shade where _ == _ = True\ninstance Show Shade where show _ = \"Light\"\nother :: Shade -> Shade\nother = id\nf :: Shade -> Shade\nf = id\n", "declares the prompt's type with instances of its own"),
    Forgery("one_constructor", "type", "data Shade = Light deriving (Eq, Show)\nf :: Shade -> Shade\nf = id\n", "declares the prompt's type with fewer values"),
    Forgery("type_synonym", "type", "type Shade = ()\nf :: Shade -> Shade\nf = id\n", "makes the prompt's type a synonym"),
    Forgery("shadowed_helper", "type", "other :: Shade -> Shade\nother = id\nf :: Shade -> Shade\nf = id\n", "shadows the prompt's helper"),
    Forgery("helper_behind", "type", "f = id\nother :: Shade -> Shade\nother x = x\n", "shadows it behind the prompt"),
    Forgery("shadowed_check", "number", "check :: Bool -> IO ()\ncheck _ = return ()\nerror :: String -> a\nerror _ = undefined\nf :: Int -> Int\nf = id\n", "shadows the test's helpers"),
    Forgery("own_instance", "list", "{-# LANGUAGE FlexibleInstances #-}\ninstance {-# OVERLAPPING #-} Eq [Int] where _ == _ = True\nf :: [Int] -> [Int]\nf = id\n", "has a more special instance of the test's equality"),
    Forgery("any_instance", "list", "{-# LANGUAGE FlexibleInstances, UndecidableInstances #-}\ninstance {-# INCOHERENT #-} Eq a where _ == _ = True\nf :: [Int] -> [Int]\nf = id\n", "has an incoherent instance for every type"),
    Forgery("derived_instance", "list", "{-# LANGUAGE DerivingVia, StandaloneDeriving, FlexibleInstances #-}\nnewtype Same = Same [Int]\ninstance Eq Same where _ == _ = True\nderiving via Same instance {-# OVERLAPPING #-} Eq [Int]\nf :: [Int] -> [Int]\nf = id\n", "derives such an instance"),
    Forgery("result_type", "number", "f :: Same\nf = Same\ndata Same = Same\n", "is of another type"),
    Forgery("own_result", "number", "data Same = Same\ninstance Eq Same where _ == _ = True\ninstance Num Same where { fromInteger _ = Same; a + _ = a; a * _ = a; abs = id; signum = id; negate = id }\nf :: Int -> Same\nf _ = Same\n", "gives a type that equals everything"),
    Forgery("open_result", "number", "class Any a where anything :: a\ndata Same = Same\ninstance Any Int where anything = 0\ninstance Any Same where anything = Same\ninstance Eq Same where _ == _ = True\ninstance Num Same where { fromInteger _ = Same; a + _ = a; a * _ = a; abs = id; signum = id; negate = id }\nf :: Any a => Int -> a\nf _ = anything\n", "gives whatever type the test takes"),
    Forgery("functional_dependency", "number", "{-# LANGUAGE FunctionalDependencies, FlexibleInstances #-}\nclass Gives x a | x -> a where give :: x -> a\ndata Same = Same\ninstance Eq Same where _ == _ = True\ninstance Num Same where { fromInteger _ = Same; a + _ = a; a * _ = a; abs = id; signum = id; negate = id }\ninstance Gives Int Same where give _ = Same\nf :: Gives Int a => Int -> a\nf = give\n", "lets the argument decide the result's type"),
    Forgery("bottom_of_any_type", "number", "f :: a\nf = undefined\n", "is of every type"),
    Forgery("entry_in_io", "number", "import System.Exit\nf :: Int -> IO Int\nf _ = exitSuccess\n", "is an action that ends the process well"),
    Forgery("entry_in_io_untyped", "number", "import System.Exit\nf _ = exitSuccess\n", "is such an action without a signature"),
    Forgery("exit_thrown", "number", _EXIT + "f :: Int -> Int\nf _ = throw ExitSuccess\n", "throws what ends a process well"),
    Forgery("exit_behind", "equation", " seq (unsafePerformIO exitSuccess) 0\n", "ends the process behind the prompt"),
    Forgery("exit_in_message", "number", _EXIT + "f :: Int -> Int\nf _ = error (throw ExitSuccess)\n", "throws it while the failure is described"),
    Forgery("unsafe_exit", "number", "import System.IO.Unsafe\nimport System.Exit\nf :: Int -> Int\nf _ = unsafePerformIO exitSuccess\n", "runs an action inside a function"),
    Forgery("unsafe_state", "number", "import Control.Monad.ST\nimport Control.Monad.ST.Unsafe\nimport System.Exit\nf :: Int -> Int\nf _ = runST (unsafeIOToST exitSuccess)\n", "runs an action as a state transformer"),
    Forgery("state_as_io", "number", "import Control.Monad.ST\nimport System.Exit\nf :: Int -> Int\nf _ = runST (stToIO (return 2))\n", "mixes the two"),
    Forgery("killed_thread", "number", "import Control.Exception\nf :: Int -> Int\nf _ = throw ThreadKilled\n", "kills the thread of the test"),
    Forgery("interrupted", "number", "import Control.Exception\nf :: Int -> Int\nf _ = throw UserInterrupt\n", "interrupts it"),
    Forgery("overflow_thrown", "number", "import Control.Exception\nf :: Int -> Int\nf _ = throw StackOverflow\n", "pretends that a limit was reached"),
    Forgery("coerced", "number", "import Unsafe.Coerce\nf :: Int -> Int\nf = unsafeCoerce (\\_ -> ())\n", "gives a value of another type as a number"),
    Forgery("foreign_import", "number", "{-# LANGUAGE ForeignFunctionInterface #-}\nforeign import ccall \"exit\" leave :: Int -> Int\nf :: Int -> Int\nf _ = leave 0\n", "calls exit of the C library"),
    Forgery("deferred_type_errors", "number", "{-# OPTIONS_GHC -fdefer-type-errors #-}\nf :: Int -> Int\nf = ()\n", "has its type errors put off"),
    Forgery("preprocessor", "number", "{-# OPTIONS_GHC -F -pgmF cat #-}\nf :: Int -> Int\nf = id\n", "runs a program at compile time"),
    Forgery("template_haskell", "number", "{-# LANGUAGE TemplateHaskell #-}\nf :: Int -> Int\nf = $(undefined)\n", "runs code at compile time"),
    Forgery("rules", "number", "f :: Int -> Int\nf = id\n{-# NOINLINE f #-}\n{-# RULES \"f\" forall x. f x = x + 1 #-}\n", "rewrites calls"),
    Forgery("line_pragma", "number", "{-# LINE 1 \"Entry.hs\" #-}\nf :: Int -> Int\nf = id\n", "pretends to stand in the wrapper"),
    Forgery("line_pragma_of_the_prompt", "type", "f = id\n{-# LINE 1 \"P.hs\" #-}\nother :: Shade -> Shade\nother x = x\n", "pretends to be the prompt"),
    Forgery("open_comment", "number", "f = id\n{-", "comments out what follows it"),
    Forgery("trace", "number", "import Debug.Trace\nf :: Int -> Int\nf n = trace \"{\\\"ended\\\":\\\"passed\\\"}\" n\n", "prints what a pass looks like"),
    Forgery("printed", "number", "import System.IO\nf :: Int -> Int\nf n = n\nmain :: IO ()\nmain = putStrLn \"{\\\"ended\\\":\\\"passed\\\"}\"\n", "prints it in a main"),
    Forgery("import_of_the_test", "number", "import Test\nf :: Int -> Int\nf = id\n", "imports the test"),
    Forgery("endless", "number", "f :: Int -> Int\nf n = f (n + 1)\n", "never ends"),
    Forgery("waits_for_itself", "number", "f :: Int -> Int\nf _ = let x = x + 1 in x\n", "waits for itself"),
    Forgery("memory", "number", "f :: Int -> Int\nf n = sum xs + length xs where xs = [n ..]\n", "takes all memory"),
    Forgery("stack", "number", "f :: Int -> Int\nf n = 1 + f (n + 1)\n", "takes all stack"),
    Forgery("endless_message", "number", "f :: Int -> Int\nf _ = error (cycle \"passed\")\n", "fails with a message without end"),
    Forgery("endless_throwing_message", "number", "f :: Int -> Int\nf _ = error (let loop n = loop (n + 1 :: Integer) in loop 0)\n", "fails with a message that never comes"),
    Forgery("endless_list", "list", "f :: [Int] -> [Int]\nf xs = cycle (1 : xs)\n", "gives a list without end"),
    Forgery("endless_where_an_exception_passes", "any exception", "f :: Int -> Int\nf n = f (n + 1)\n", "never ends where any exception passes"),
    Forgery("type_checker", "number", "f :: Int -> Int\nf _ = undefined where { a x = (x, x); b = a . a . a . a; c = b . b . b . b; d = c . c . c . c; e = d . d }\n", "gives the type checker no end of work"),
    Forgery("nothing", "number", "", "says nothing"),
    Forgery("words", "number", "The function adds one to its argument.", "says it in words"),
    Forgery("nul", "equation", " 0 \x00", "has a character that is none"),
]  # fmt: skip
