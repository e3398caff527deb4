"""Attacks by imports: modules that reach outside the language, modules of the host, modules of the harness."""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from tests.escape.attack import NOT_HASKELL, REFUSED, Attack

_LISTED = "the module is not on the import allow-list"

IMPORTS = [
    Attack(f"import_{name}", tries, _LISTED, f"import {module}\nf :: Int -> Int\nf x = {body}\n", REFUSED | NOT_HASKELL)
    for name, tries, module, body in [
        ("unsafe_perform", "runs IO in pure code", "System.IO.Unsafe", 'unsafePerformIO (writeFile "@WITNESS@" "" >> return x)'),
        ("unsafe_dupable", "the same by another module", "GHC.IO", 'unsafeDupablePerformIO (writeFile "@WITNESS@" "" >> return x)'),
        ("unsafe_coerce", "reads memory at a wrong type", "Unsafe.Coerce", "length (unsafeCoerce x :: [Int])"),
        ("exts", "primitive coercions, of which the stand-in has none", "GHC.Exts", "unsafeCoerce# 'c'"),
        ("exts_by_name", "asks for one by name", "GHC.Exts (unsafeCoerce#)", "x"),
        ("exts_pointer", "an address", "GHC.Exts (Ptr (..))", "x"),
        ("trace_io", "runs an action while it traces", "Debug.Trace", 'traceIO "forged" `seq` x'),
        ("coerce_unsafe", "coerces what is not coercible", "Unsafe.Coerce (unsafeCoerce)", "unsafeCoerce 'c'"),
        ("st_unsafe", "IO through ST", "Control.Monad.ST.Unsafe", "x"),
        ("array_base", "reads an array out of bounds", "Data.Array.Base", "unsafeAt (listArray (0, 1) [x]) 9999999"),
        ("bytestring_internal", "raw memory through bytestring", "Data.ByteString.Internal", "fromIntegral (inlinePerformIO (return 1)) + x"),
        ("bytestring_unsafe", "reads behind a byte string", "Data.ByteString.Unsafe", "x"),
        ("pointer", "peeks at an address", "Foreign.Ptr", "nullPtr `minusPtr` nullPtr + x"),
        ("stable_name", "observes sharing", "System.Mem.StableName", "x"),
        ("concurrent", "starts threads", "Control.Concurrent", "x"),
        ("conc_sync", "kills the evaluator's threads", "GHC.Conc", "numCapabilities + x"),
        ("environment", "reads the environment", "System.Environment", "x"),
        ("process", "starts programs", "System.Process", "x"),
        ("directory", "walks the disk", "System.Directory", "x"),
        ("posix", "signals and forks", "System.Posix", "x"),
        ("template_haskell", "the compiler's own syntax", "Language.Haskell.TH", "x"),
        ("ghc_api", "the compiler as a library", "GHC", "x"),
        ("ghci_api", "the evaluator's remote control", "GHCi.Message", "x"),
        ("weak_timeout", "finalizers and timers", "System.Timeout", "x"),
        ("typeable_internal", "forges type representations", "Data.Typeable.Internal", "x"),
        ("st_ref_trick", "shared mutable state across evaluations", "GHC.IORef", "x"),
        ("by_package", "names a package that the list does not", '"ghc-prim" GHC.Prim', "x"),
        ("by_source", "a boot file of the host", "{-# SOURCE #-} Secret", "x"),
        ("by_path", "a module beside the session", "Secret", "secret + x"),
        ("qualified_hiding", "the same behind qualified and hiding", "qualified System.IO.Unsafe as L hiding (unsafeFixIO)", "L.unsafePerformIO (return x)"),
        ("harness", "the harness that renders values", "Seqplay.Harness", "x"),
        ("driver_arguments", "the module that holds the arguments", "Args", "argument1"),
    ]
]  # fmt: skip

BESIDE_MAIN = [
    Attack(f"main_{name}", tries, "the import goes with main, or is refused", code, REFUSED | NOT_HASKELL)
    for name, tries, code in [
        ("environment", "reads the environment through a helper", "import System.Environment\nf :: Int -> Int\nf x = x\nhelp = getEnvironment\nmain :: IO ()\nmain = help >>= print\n"),
        ("environment_alias", "the same under a name that another import has too", "import qualified System.Environment as L\nimport qualified Data.List as L\nf :: Int -> Int\nf x = x\nhelp = L.getEnvironment\nmain :: IO ()\nmain = help >>= print\n"),
        ("text_io", "reads a file as text", "import qualified Data.Text.IO as T\nimport qualified Data.Text as T\nf :: Int -> Int\nf x = x\nhelp = T.readFile \"/etc/passwd\"\nmain :: IO ()\nmain = help >>= T.putStr\n"),
        ("beside_unsafe", "hides an unsafe import behind a main", "import System.IO.Unsafe\nf :: Int -> Int\nf x = x\nmain :: IO ()\nmain = print (unsafePerformIO (return 1))\n"),
    ]
]  # fmt: skip

ATTACKS = [*IMPORTS, *BESIDE_MAIN]
