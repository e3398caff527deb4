"""Attacks through inputs and through text that an interactive prompt would take for a command."""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from seqplay.haskell import Reason
from tests.escape.attack import ANSWERED, BAD_INPUT, EXCEPTION, LIMITED, NOT_HASKELL, REFUSED, Attack

_PROGRAM = "f :: Int -> Int\nf x = x + 1\n"

ARGUMENTS = [
    Attack(
        f"argument_{name}",
        tries,
        "an argument is parsed by itself as one expression and typechecked; it is never spliced as text",
        _PROGRAM,
        contained,
        args=(text,),
    )
    for name, tries, text, contained in [
        ("command", "is a command of the prompt", ":! touch @WITNESS@", BAD_INPUT),
        ("command_after_newline", "brings a command on a second line", "1\n:! touch @WITNESS@", BAD_INPUT),
        ("declaration", "brings a declaration on a second line", "1\nf _ = 0", BAD_INPUT),
        ("import", "brings an import", "1\nimport System.IO.Unsafe", BAD_INPUT),
        ("two", "is two arguments", "1, launchMissiles", BAD_INPUT),
        ("closes_bracket", "closes the bracket it may be spliced into", "1) + (2", BAD_INPUT),
        ("closes_block", "closes the block it may be spliced into", "1 } ; evil = { 2", BAD_INPUT),
        ("opens_comment", "opens a comment", "1 {-", BAD_INPUT),
        ("line_comment", "comments the rest of the line out", "1 -- ) + 5", ANSWERED | BAD_INPUT),
        ("splice", "is a Template Haskell splice", '$(runIO (writeFile "@WITNESS@" "") >> [| 1 |])', BAD_INPUT),
        ("quasi_quote", "is a quasi-quote", "[expr| 1 |]", BAD_INPUT),
        ("unsafe_perform", "names an unsafe function in full", "System.IO.Unsafe.unsafePerformIO (return 1)", BAD_INPUT),
        ("unsafe_coerce", "the same for a coercion", 'Unsafe.Coerce.unsafeCoerce "x"', BAD_INPUT),
        ("action", "is an action", 'readFile "@SECRET@"', BAD_INPUT),
        ("harness", "names what the harness defines", "Seqplay.Harness.reply 1", BAD_INPUT),
        ("type_hole", "is a hole, whose error lists what is in scope", "_", BAD_INPUT),
        ("where", "brings a where group", "1 where y = 2", BAD_INPUT),
        ("empty", "is empty", "", BAD_INPUT),
        ("pragma", "brings a pragma", '{-# SCC "x" #-} 1', ANSWERED | BAD_INPUT),
        ("null_byte", "holds a NUL", "1\x00", BAD_INPUT),
        ("unicode_trick", "holds right-to-left marks", "1 \u202e+ 1", BAD_INPUT),
        ("loop", "never ends", "let y = y in y", LIMITED | EXCEPTION),
        ("huge", "is larger than memory", "length [1 ..]", LIMITED | BAD_INPUT),
        ("deep", "is nested 20,000 deep", "(" * 20000 + "1" + ")" * 20000, ANSWERED | BAD_INPUT | LIMITED | {Reason.CRASHED}),
        ("error", "throws", 'error "argument"', EXCEPTION),
    ]
]  # fmt: skip

TEXTS = [
    Attack(
        f"text_{name}",
        tries,
        "program text is given to GHC's parser as a module, never typed at a prompt",
        code,
        contained,
    )
    for name, tries, code, contained in [
        ("shell_command", "brings a shell command of the prompt", _PROGRAM + ":! touch @WITNESS@\n", NOT_HASKELL),
        ("quit", "ends the prompt's session", ":quit\n" + _PROGRAM, NOT_HASKELL),
        ("set", "sets options at the prompt", ":set -fobject-code -pgmc @SCRIPT@\n" + _PROGRAM, NOT_HASKELL),
        ("script", "loads a script of commands", ":script @SECRET@\n" + _PROGRAM, NOT_HASKELL),
        ("end_marker", "ends a multi-line block", _PROGRAM + ":}\n:! touch @WITNESS@\n:{\n", NOT_HASKELL),
        ("shebang", "starts with an interpreter line", "#!@SCRIPT@\n" + _PROGRAM, NOT_HASKELL | ANSWERED),
        ("line_directive", "moves error positions into a file of the host", '# 1 "@SECRET@"\n' + _PROGRAM + "g = h\n", NOT_HASKELL | ANSWERED),
        ("line_pragma", "the same by pragma", '{-# LINE 1 "@SECRET@" #-}\n' + _PROGRAM + "g = h\n", NOT_HASKELL),
        ("null_byte", "holds a NUL", _PROGRAM + "-- \x00\ng = 'x'\n", NOT_HASKELL | ANSWERED),
        ("second_module", "brings a second module", _PROGRAM + "module Secret where\nsecret = 1\n", NOT_HASKELL),
        ("module_signature", "is a signature file", "signature H where\nf :: Int -> Int\n", NOT_HASKELL | REFUSED | {Reason.NO_ENTRY}),
        ("binary", "is no text", "\x7fELF\x02\x01\x01\x00" * 50, NOT_HASKELL | {Reason.NO_ENTRY}),
        ("empty", "is empty", "", NOT_HASKELL | {Reason.NO_ENTRY}),
    ]
]  # fmt: skip

ATTACKS = [*ARGUMENTS, *TEXTS]
