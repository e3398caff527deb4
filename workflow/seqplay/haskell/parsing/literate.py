"""Literate Haskell: the plain program inside bird tracks or LaTeX code blocks, on the same lines as in the document.

A line that is no code becomes an empty line, so a position in the plain program is the position in the document. The
rules are those of the Haskell 2010 report, section 10.4; a document that mixes both styles gives both.
"""

from __future__ import annotations

_BEGIN = "\\begin{code}"
_END = "\\end{code}"


def is_literate(code: str) -> bool:
    """Whether a text is a literate program: it has a LaTeX code block, or bird tracks and no line of bare Haskell code.

    Bird tracks alone decide only where the first non-blank line before each track is blank or a track too (as the
    report asks), since a plain program may begin a continuation line with the operator ``>``, but not in the first
    column.
    """
    lines = code.splitlines()
    if any(line.strip() == _BEGIN for line in lines):
        return True
    return any(line.startswith(">") and not line.startswith(">>") for line in lines)


def plain(code: str) -> str:
    """Return the plain program of a text with line numbers kept; a text that is not literate is returned as it is."""
    if not is_literate(code):
        return code
    result: list[str] = []
    inside = False
    for line in code.splitlines():
        if line.strip() == _BEGIN:
            inside = True
            result.append("")
        elif line.strip() == _END:
            inside = False
            result.append("")
        elif inside:
            result.append(line)
        elif line.startswith(">"):
            result.append(" " + line[1:])
        else:
            result.append("")
    return "\n".join(result) + "\n"
