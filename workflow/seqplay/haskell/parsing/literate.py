"""Literate Haskell: the plain program inside bird tracks or LaTeX code blocks, on the same lines as in the document.

A line that is no code becomes an empty line, so a position in the plain program is the position in the document. The
rules are those of the Haskell 2010 report, section 10.4; a document that mixes both styles gives both.
"""

from __future__ import annotations

import re

_BEGIN = "\\begin{code}"
_END = "\\end{code}"
_MARKS = re.compile(r'"(?:\\.|[^"\\])*"|\{-|-\}|--(?!\})')
"""What decides whether a place is in a block comment: texts, both ends of one, and what begins a line comment."""


def is_literate(code: str) -> bool:
    """Whether a text is a literate program: it has a LaTeX code block, or bird tracks.

    What stands like a track in a block comment of a plain program (``> f 3``, as typed at a prompt) is none.
    """
    lines = code.splitlines()
    if any(line.strip() == _BEGIN for line in lines):
        return True
    depth = 0
    for line in lines:
        if not line.startswith(">"):
            depth = _depth_after(line, depth)
        elif depth == 0 and not line.startswith(">>"):
            return True
    return False


def _depth_after(line: str, depth: int) -> int:
    """Return how many block comments are open after a line, where so many were before it."""
    for mark in _MARKS.findall(line):
        if mark == "{-":
            depth += 1
        elif mark == "-}":
            depth = max(0, depth - 1)
        elif mark == "--" and depth == 0:
            break
    return depth


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
