"""Attacks that run code, read or write files while GHC compiles: pragmas, splices, preprocessors, literate texts."""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from tests.escape.attack import NOT_HASKELL, REFUSED, Attack

_LISTED = "the pragma allow-list knows only harmless extensions and warning options"

OPTIONS = [
    Attack(
        f"option_{name}",
        tries,
        _LISTED + "; the option never reaches GHC",
        f"{pragma}\nf :: Int -> Int\nf x = x\n",
        REFUSED,
    )
    for name, tries, pragma in [
        ("pgmF", "runs a program as preprocessor, which Safe Haskell allows", "{-# OPTIONS_GHC -F -pgmF @SCRIPT@ #-}"),
        ("pgmF_equals", "the same with an equals sign", "{-# OPTIONS_GHC -F -pgmF=@SCRIPT@ #-}"),
        ("pgmF_split", "the same over two pragmas", "{-# OPTIONS_GHC -F #-}\n{-# OPTIONS_GHC -pgmF @SCRIPT@ #-}"),
        ("lower_case", "the same in lower case", "{-# options_ghc -F -pgmF @SCRIPT@ #-}"),
        ("legacy", "the same by the old name of the pragma", "{-# OPTIONS -F -pgmF @SCRIPT@ #-}"),
        ("after_comment", "the same behind a comment", "{- a comment -}\n{-# OPTIONS_GHC -F -pgmF @SCRIPT@ #-}"),
        ("after_mark", "the same behind a byte order mark", "\ufeff{-# OPTIONS_GHC -F -pgmF @SCRIPT@ #-}"),
        ("carriage_returns", "the same with other newlines", "{-# OPTIONS_GHC\r\n -F\r\n -pgmF @SCRIPT@ #-}\r"),
        ("among_warnings", "the same between harmless options", "{-# OPTIONS_GHC -Wall -F -pgmF @SCRIPT@ -w #-}"),
        ("pgmP", "runs a program as C preprocessor", "{-# OPTIONS_GHC -cpp -pgmP @SCRIPT@ #-}"),
        ("pgmc", "runs a program as C compiler", "{-# OPTIONS_GHC -fobject-code -pgmc @SCRIPT@ #-}"),
        ("pgma_pgml", "runs a program as assembler and linker", "{-# OPTIONS_GHC -pgma @SCRIPT@ -pgml @SCRIPT@ #-}"),
        ("plugin", "loads a compiler plugin", "{-# OPTIONS_GHC -fplugin=Evil -package-db @FOLDER@ #-}"),
        ("package_env", "reads a package environment of the host", "{-# OPTIONS_GHC -package-env @SECRET@ #-}"),
        ("import_path", "looks for modules in a folder of the host", "{-# OPTIONS_GHC -i@FOLDER@ #-}"),
        ("dump", "writes compiler dumps into a folder of the host", "{-# OPTIONS_GHC -ddump-to-file -dumpdir @FOLDER@ -ddump-parsed #-}"),
        ("response_file", "reads options from a file", "{-# OPTIONS_GHC @@SECRET@ #-}"),
        ("unlimited_reduction", "lifts the limit of the type checker", "{-# OPTIONS_GHC -freduction-depth=0 #-}"),
        ("runtime", "sets the options of the runtime system", "{-# OPTIONS_GHC -rtsopts -with-rtsopts=-M0 #-}"),
    ]
]  # fmt: skip

EXTENSIONS = [
    Attack(name, tries, why, code, REFUSED | NOT_HASKELL)
    for name, tries, why, code in [
        (
            "template_haskell",
            "writes a file while a splice is compiled",
            "Template Haskell is not on the extension list, and Safe Haskell switches it off",
            "{-# LANGUAGE TemplateHaskell #-}\nimport Language.Haskell.TH\nf :: Int -> Int\n"
            'f x = $(runIO (writeFile "@WITNESS@" "") >> [| x |])\n',
        ),
        (
            "splice_without_extension",
            "the same without the pragma",
            "without the extension a splice is no syntax",
            'f :: Int -> Int\nf x = $(return undefined)\n$(writeFile "@WITNESS@" "")\n',
        ),
        (
            "naked_splice",
            "a top-level expression is a declaration splice",
            "Template Haskell is not on the extension list",
            '{-# LANGUAGE TemplateHaskell #-}\nwriteFile "@WITNESS@" "" >> return []\nf :: Int -> Int\nf x = x\n',
        ),
        (
            "typed_splice",
            "a typed splice with file reading",
            "Template Haskell is not on the extension list",
            '{-# LANGUAGE TemplateHaskell #-}\nf :: Int -> Int\nf x = x + $$(undefined (readFile "@SECRET@"))\n',
        ),
        (
            "quasi_quotes",
            "runs a quasi-quoter while compiling",
            "quasi-quotes are not on the extension list",
            "{-# LANGUAGE QuasiQuotes #-}\nimport Language.Haskell.TH.Quote\nf :: Int -> Int\nf x = [dataToExpQ|x|]\n",
        ),
        (
            "cpp_include",
            "includes a file of the host, whose text shows up in the error",
            "CPP is not on the extension list, and the jail does not have the file",
            '{-# LANGUAGE CPP #-}\n#include "@SECRET@"\nf :: Int -> Int\nf x = x\n',
        ),
        (
            "include_without_cpp",
            "the same without the pragma",
            "without the extension a directive is no syntax",
            '#include "@SECRET@"\nf :: Int -> Int\nf x = x\n',
        ),
        (
            "annotation",
            "an ANN pragma runs its expression while compiling",
            "the audit of the parsed module refuses ANN",
            'import Data.List\n{-# ANN f (length (repeat "x")) #-}\nf :: Int -> Int\nf x = x\n',
        ),
        (
            "module_annotation",
            "an ANN pragma on the module",
            "the audit of the parsed module refuses ANN",
            "{-# ANN module (let loop = loop :: Int in loop) #-}\nf :: Int -> Int\nf x = x\n",
        ),
        (
            "rewrite_rules",
            "a rule rewrites the harness's functions",
            "the audit refuses RULES, and nothing is compiled with optimisation",
            '{-# RULES "evil" forall x. f x = 0 #-}\nf :: Int -> Int\nf x = x\n{-# NOINLINE f #-}\n',
        ),
        (
            "trustworthy",
            "declares itself trustworthy to import unsafe modules",
            "Trustworthy is not on the extension list",
            "{-# LANGUAGE Trustworthy #-}\nimport System.IO.Unsafe\nf :: Int -> Int\n"
            'f x = unsafePerformIO (writeFile "@WITNESS@" "" >> return x)\n',
        ),
        (
            "unsafe_mode",
            "declares itself unsafe",
            "Unsafe is not on the extension list",
            "{-# LANGUAGE Unsafe #-}\nimport System.IO.Unsafe\nf :: Int -> Int\nf x = unsafePerformIO (return x)\n",
        ),
        (
            "pragma_over_lines",
            "hides an extension among others, over lines",
            "pragmas are read by GHC's own reader, not line by line",
            "{-# LANGUAGE LambdaCase,\n  TemplateHaskell\n  , TupleSections #-}\nf :: Int -> Int\nf x = $(undefined)\n",
        ),
        (
            "magic_hash",
            "uses primitive operations",
            "MagicHash and GHC.Exts are on no list",
            "{-# LANGUAGE MagicHash #-}\nimport GHC.Exts\nf :: Int -> Int\nf x = I# (unsafeCoerce# x)\n",
        ),
        (
            "static_pointers",
            "makes keys into the static pointer table",
            "StaticPointers is not on the extension list",
            "{-# LANGUAGE StaticPointers #-}\nimport GHC.StaticPtr\nf :: Int -> Int\nf x = deRefStaticPtr (static id) x\n",
        ),
        (
            "rebindable_syntax",
            "gives literals and if its own meaning",
            "RebindableSyntax is not on the extension list",
            "{-# LANGUAGE RebindableSyntax #-}\nimport Prelude\nf :: Int -> Int\nf x = x\n",
        ),
        (
            "bird_track_option",
            "hides the option in a literate text",
            "a literate text is turned into plain Haskell before its pragmas are read",
            "A harmless text.\n\n> {-# OPTIONS_GHC -F -pgmF @SCRIPT@ #-}\n> f :: Int -> Int\n> f x = x\n",
        ),
        (
            "latex_splice",
            "hides a splice in a LaTeX block",
            "the same",
            "\\begin{code}\n{-# LANGUAGE TemplateHaskell #-}\nf :: Int -> Int\nf x = $(undefined)\n\\end{code}\n",
        ),
        (
            "foreign_import",
            "calls C's system by the foreign function interface",
            "the audit refuses foreign declarations, and Safe Haskell makes them IO",
            'import Foreign.C\nforeign import ccall "system" c_system :: CString -> Int\nf :: Int -> Int\nf x = x\n',
        ),
        (
            "foreign_pure",
            "a pure foreign import of a variadic C function",
            "the same",
            "{-# LANGUAGE ForeignFunctionInterface #-}\n"
            'foreign import ccall unsafe "abs" c_abs :: Int -> Int\nf :: Int -> Int\nf x = c_abs x\n',
        ),
        (
            "foreign_export",
            "exports a function that C code could find",
            "the same",
            "foreign export ccall f :: Int -> Int\nf :: Int -> Int\nf x = x\n",
        ),
        (
            "capi",
            "a foreign import through a C stub that is compiled",
            "CApiFFI is not on the extension list",
            '{-# LANGUAGE CApiFFI #-}\nforeign import capi "stdlib.h system" s :: Int -> Int\nf :: Int -> Int\nf x = s x\n',
        ),
    ]
]

ATTACKS = [*OPTIONS, *EXTENSIONS]
