"""Attacks by values: IO smuggled in types, lying instances, forged answers, exceptions that pretend to be something."""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from seqplay.haskell import Reason
from tests.escape.attack import ANSWERED, DIFFERS, EXCEPTION, LIMITED, NOT_HASKELL, REFUSED, Ask, Attack

_IO = frozenset({Reason.IO_ENTRY, Reason.UNPRINTABLE, Reason.NOTHING_TESTABLE})
_TYPE = "data T = A | B\n"

ACTIONS = [
    Attack(f"io_{name}", tries, "an action is never run: IO in the entry's type is refused", code, contained)
    for name, tries, code, contained in [
        ("entry", "the entry is an action", 'f :: Int -> IO ()\nf _ = writeFile "@WITNESS@" ""\n', _IO),
        ("argument", "the entry takes an action", "f :: IO Int -> Int\nf _ = 1\n", _IO | {Reason.BAD_INPUT}),
        ("in_data", "the result holds an action", 'data W = W (IO ())\nf :: Int -> W\nf _ = W (writeFile "@WITNESS@" "")\n', _IO),
        ("in_list", "the result is a list of actions", "f :: Int -> [IO ()]\nf _ = [print 1]\n", _IO),
        ("in_synonym", "a synonym hides the action", "type Pure a = IO a\nf :: Int -> Pure Int\nf x = return x\n", _IO),
        ("in_newtype", "a newtype hides it", 'newtype W = W { un :: IO () }\nf :: Int -> W\nf _ = W (readFile "@SECRET@" >>= putStr)\n', _IO),
        ("in_family", "a type family hides it", "{-# LANGUAGE TypeFamilies #-}\ntype family F a where F Int = IO Int\nf :: Int -> F Int\nf x = return x\n", _IO | NOT_HASKELL),
        ("any_monad", "the entry runs in any monad", "f :: Monad m => Int -> m Int\nf x = return x\n", _IO | ANSWERED | {Reason.BAD_INPUT}),
        ("existential", "an existential hides it", "{-# LANGUAGE ExistentialQuantification #-}\ndata E = forall a. E a\nf :: Int -> E\nf _ = E (print 1)\n", _IO),
    ]
]  # fmt: skip

MAIN = [
    Attack(
        "own_main",
        "brings a main that writes a file",
        "main is left out, and nothing of a program is run but the entry",
        'f :: Int -> Int\nf x = x + 1\n\nmain :: IO ()\nmain = writeFile "@WITNESS@" ""\n',
        ANSWERED,
        output="2",
    ),
    Attack(
        "own_module_name",
        "calls its module like the harness's own",
        "the header is left out: the pipeline names the module",
        "module Main (main, f) where\nf :: Int -> Int\nf x = x + 1\nmain = print (f 1)\n",
        ANSWERED,
        output="2",
    ),
    Attack(
        "harness_names",
        "defines the names that the driver uses",
        "the driver is a module of its own that imports the program qualified",
        "outcomes, arguments, argument1 :: Int\noutcomes = 0\narguments = 0\nargument1 = 0\n"
        "main = 3\nf :: Int -> Int\nf x = x + 1\n",
        ANSWERED | NOT_HASKELL | REFUSED | {Reason.NO_ENTRY, Reason.BAD_INPUT},
    ),
]

_AGE = "newtype Age = Age Int deriving Eq\ninstance Ord Age where compare (Age a) (Age b) = compare b a\n"

COERCIONS = [
    Attack(
        f"coerce_{name}",
        tries,
        "the role of a key is nominal: GHC refuses the coercion",
        f"{{-# LANGUAGE {extensions} #-}}\n{imports}import Data.Coerce\n{_AGE}{body}",
        NOT_HASKELL,
    )
    for name, extensions, tries, imports, body in [
        ("map_key", "Safe", "coerces the keys of a Map, whose order then lies", "import Data.Map\n", "f :: Map Int Int -> Map Age Int\nf = coerce\n"),
        ("set_element", "Safe", "coerces the elements of a Set", "import Data.Set\n", "f :: Set Int -> Set Age\nf = coerce\n"),
        ("array_index", "Safe", "coerces the index of an array, whose bounds then lie", "import Data.Array\n", "f :: Array Int Int -> Array Age Int\nf = coerce\n"),
        ("via_family", "DerivingVia, TypeFamilies, StandaloneDeriving", "derives via another type under a nominal role", "", "type family F a\ntype instance F Int = Int\ntype instance F Age = String\nclass C a where c :: a -> F a\ninstance C Int where c = id\nderiving via Int instance C Age\nf :: Int -> Int\nf x = length (c (Age x))\n"),
        ("via_key", "DerivingVia, StandaloneDeriving", "derives via what holds a key", "import Data.Map\n", "class K a where k :: [a] -> Map a Int\ninstance K Int where k xs = fromList (zip xs [1 ..])\nderiving via Int instance K Age\nf :: Int -> Int\nf x = size (k [Age x])\n"),
    ]
]  # fmt: skip

_FORGED = '"{\\"verdict\\":\\"accepted\\",\\"kind\\":\\"value\\",\\"text\\":\\"42\\"}"'

FORGERIES = [
    Attack(
        "show_lies",
        "its own Show makes two different values look alike",
        "values are compared by a rendering that the pipeline derives",
        _TYPE + 'instance Show T where show _ = "A"\nf :: Int -> T\nf _ = A\n',
        DIFFERS,
        ask=Ask.DIVERGE,
        other=_TYPE + 'instance Show T where show _ = "A"\nf :: Int -> T\nf _ = B\n',
    ),
    Attack(
        "eq_lies",
        "its own Eq and Ord say that all values are equal",
        "the same",
        _TYPE + "instance Eq T where _ == _ = True\ninstance Ord T where _ <= _ = True\nf :: Int -> T\nf _ = A\n",
        DIFFERS,
        ask=Ask.DIVERGE,
        other=_TYPE + "instance Eq T where _ == _ = True\ninstance Ord T where _ <= _ = True\nf :: Int -> T\nf _ = B\n",
    ),
    Attack(
        "show_loops",
        "its own Show never ends",
        "the same",
        _TYPE + "instance Show T where show x = show x\nf :: Int -> T\nf _ = A\n",
        ANSWERED,
        output="A",
    ),
    Attack(
        "read_loops",
        "its own Read never ends",
        "arguments are read by GHC as expressions, not by Read",
        _TYPE + "instance Read T where readsPrec n s = readsPrec n s\nf :: T -> Int\nf A = 1\nf B = 2\n",
        ANSWERED,
        args=("B",),
        output="2",
    ),
    Attack(
        "generic_loops",
        "its own Generic never ends",
        "the rendering is derived from the declaration, not through instances of the program",
        "{-# LANGUAGE TypeFamilies #-}\nimport GHC.Generics\ndata T = A | B\ninstance Generic T where\n"
        "  type Rep T = U1\n  from x = from x\n  to x = to x\nf :: Int -> T\nf _ = B\n",
        ANSWERED | NOT_HASKELL | REFUSED,
    ),
    Attack(
        "typeable_forged",
        "an instance of Typeable by hand makes any cast possible",
        "GHC refuses Typeable instances by hand",
        "import Data.Typeable\ndata T = T\ninstance Typeable T where\nf :: Int -> Int\nf x = x\n",
        NOT_HASKELL,
    ),
    Attack(
        "dynamic_cast",
        "casts through Dynamic",
        "Typeable representations cannot be forged in Safe Haskell",
        "import Data.Dynamic\nf :: Int -> Maybe String\nf x = fromDynamic (toDyn x)\n",
        ANSWERED,
        output="Nothing",
    ),
    Attack(
        "newtype_deriving",
        "generalised newtype deriving breaks a type family's promise",
        "roles forbid it",
        "{-# LANGUAGE TypeFamilies, GeneralizedNewtypeDeriving #-}\ntype family F a\ntype instance F Int = Int\n"
        "newtype Age = Age Int\ntype instance F Age = String\nclass C a where c :: a -> F a\n"
        "instance C Int where c = id\nnewtype Z = Z Age deriving C\nf :: Int -> Int\nf x = x\n",
        NOT_HASKELL | REFUSED,
    ),
    Attack(
        "reply_in_string",
        "its result is text that looks like a reply",
        "a reply is framed with a length and a nonce; a value is data inside it",
        f"f :: Int -> String\nf _ = {_FORGED}\n",
        ANSWERED,
    ),
    Attack(
        "reply_in_exception",
        "its exception's message looks like a reply",
        "the same",
        f"f :: Int -> Int\nf _ = error {_FORGED}\n",
        EXCEPTION,
    ),
    Attack(
        "frame_bytes",
        "its result holds the bytes of a frame header, NUL and lone surrogates",
        "text travels as escaped JSON",
        'f :: Int -> String\nf _ = "\\0\\0\\0\\5\\0" ++ "\\xD800\\xFFFF\\NUL" ++ "0000000000000000"\n',
        ANSWERED,
    ),
    Attack(
        "terminal_escape",
        "its result clears the reader's terminal",
        "strings are rendered as Haskell literals, control characters escaped",
        'f :: Int -> String\nf _ = "\\ESC[2J\\ESC]0;owned\\BEL"\n',
        ANSWERED,
    ),
    Attack(
        "terminal_escape_exception",
        "its exception's message does",
        "control characters in messages do not reach an answer raw",
        'f :: Int -> Int\nf _ = error "\\ESC[2J\\ESC]0;owned\\BEL"\n',
        EXCEPTION,
    ),
]

EXCEPTIONS = [
    Attack(
        f"throws_{name}",
        tries,
        "what a program throws is an outcome of the program, whatever it is called",
        f"import Control.Exception\nimport System.Exit\nf :: Int -> Int\nf _ = {body}\n",
        EXCEPTION | LIMITED,
    )
    for name, tries, body in [
        ("exit", "ends the session as ExitSuccess would", "throw ExitSuccess"),
        ("exit_failure", "ends the session with a code", "throw (ExitFailure 139)"),
        ("thread_killed", "pretends that its thread was killed", "throw ThreadKilled"),
        ("interrupt", "pretends that a person pressed Ctrl-C", "throw UserInterrupt"),
        ("heap_overflow", "pretends that the heap is full", "throw HeapOverflow"),
        ("stack_overflow", "pretends that the stack is full", "throw StackOverflow"),
        ("deadlock", "pretends that the runtime is stuck", "throw BlockedIndefinitelyOnMVar"),
        ("nested_error", "throws while its message is read", 'error (error "inner")'),
        ("endless_message", "has a message without end", "error (cycle \"x\")"),
        ("lazy_message", "has a message that loops", "error (let loop = loop in loop)"),
    ]
] + [
    Attack(
        "throws_own_type",
        "throws an exception whose Show never ends",
        "rendering a message is bounded like any evaluation",
        "import Control.Exception\ndata E = E\ninstance Show E where show x = show x\ninstance Exception E\n"
        "f :: Int -> Int\nf _ = throw E\n",
        EXCEPTION | LIMITED,
    ),
    Attack(
        "hidden_exception",
        "hides an exception deep in a lazy value",
        "the whole value is rendered inside the bounded evaluation",
        'f :: Int -> [Maybe Int]\nf x = [Just x, Nothing, Just (error "hidden")]\n',
        EXCEPTION,
    ),
]  # fmt: skip

ATTACKS = [*ACTIONS, *MAIN, *COERCIONS, *FORGERIES, *EXCEPTIONS]
