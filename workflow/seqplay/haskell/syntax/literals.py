"""What is inside a literal of characters (Haskell 2010 report, section 2.6)."""

from __future__ import annotations

_ESCAPES = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39,
}  # fmt: skip
_NAMED = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE"),
    *("DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "SP"),
)


def decode(body: str) -> list[int]:
    """Return the code points of a literal's inside."""
    codes: list[int] = []
    at = 0
    while at < len(body):
        if body[at] != "\\":
            codes.append(ord(body[at]))
            at += 1
            continue
        code, at = _escape(body, at + 1)
        if code is not None:
            codes.append(code)
    return codes


def _escape(body: str, at: int) -> tuple[int | None, int]:
    """Return the code of the escape whose backslash is just before ``at`` (none for a gap or ``\\&``), and its end."""
    mark = body[at]
    if mark == "&":
        return None, at + 1
    if mark.isspace():
        return None, body.index("\\", at) + 1
    if mark == "^":
        return ord(body[at + 1]) - 64, at + 2
    for prefix, base in (("o", 8), ("x", 16)):
        if mark.lower() == prefix:
            end = at + 1
            while end < len(body) and body[end].lower() in "0123456789abcdef"[:base]:
                end += 1
            return int(body[at + 1 : end], base), end
    if mark.isdigit():
        end = at
        while end < len(body) and body[end].isdigit():
            end += 1
        return int(body[at:end]), end
    # "SOH" before "SO": the longest name counts.
    for name in sorted(_NAMED, key=len, reverse=True):
        if body.startswith(name, at):
            return _NAMED.index(name), at + len(name)
    if body.startswith("DEL", at):
        return 127, at + 3
    return _ESCAPES[mark], at + 1
