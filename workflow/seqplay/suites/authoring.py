"""The sources of the suites that are shipped (``config/data/suites``), read into items.

A source is a text that a person edits: one file a topic. Pairs are written as a program, other programs that mean the
same, and for each of these a slip that changes its meaning. So a pair that differs is rewritten as much as one that
does not, and what can be counted of two texts (their lengths, how many words differ) says nothing about the label.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seqplay.errors import InputError
from seqplay.records import Evidence, Goal, Record
from seqplay.suites.records import TaskId

PART = "=== "
"""What a part of a source begins with: its level, and the entry's signature."""
WIDTH = 100
"""Characters of a line of a task's description."""
CHECK = 'check :: Int -> Bool -> IO ()\ncheck n ok = if ok then return () else error ("check " ++ show n ++ " fails")\n'


class Slip(NamedTuple):
    """What a careless author wrote instead, and perhaps an input on which one sees it."""

    old: str
    new: str
    witness: list[str] | None


class Variant(NamedTuple):
    """A program that means the same as the base, and the same with a slip."""

    code: str
    slipped: str
    witness: list[str] | None


class Base(NamedTuple):
    """A program, and others beside it."""

    topic: str
    level: int
    entry: str
    code: str
    variants: list[Variant]


class ShippedPair(Record):
    """A line of ``pairs.jsonl``: two programs that are equivalent (SEQ) or not (SINQ)."""

    id: TaskId
    topic: str
    level: int
    """1: an expression or a few guards; 2: a recursion or a library function; 3: several of them, or a subtle case."""
    category: str
    """``level N``: what results are grouped by."""
    entry: str
    p: str
    q: str
    label: Goal
    evidence: Evidence
    """SEQ: a proof, or agreement on many inputs, with coverage. SINQ: the witness."""
    proof: str | None = None
    """SEQ: the proof that was accepted."""
    witness: list[str] | None = None
    """SINQ: an input on which the programs differ, one Haskell expression for each argument."""


class ShippedTask(Record):
    """A line of ``tasks.jsonl``, in the columns of HumanEval-hs."""

    task_id: TaskId
    topic: str
    level: int
    category: str
    """The topic: what results are grouped by."""
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


def read_pairs(folder: Path) -> list[ShippedPair]:
    """Return the pairs of all sources of a folder, without the witnesses that a source does not name.

    Raises ``InputError`` with file and entry where a source cannot be read.
    """
    return [pair for path in sorted(folder.glob("*.txt")) for base in read_bases(path) for pair in pairs_of(base)]


def read_tasks(folder: Path) -> list[ShippedTask]:
    """Return the tasks of all sources of a folder; raises as ``read_pairs``."""
    return [_task(path, part) for path in sorted(folder.glob("*.txt")) for part in _parts(path)]


def read_bases(path: Path) -> list[Base]:
    """Return the programs of a source with their variants."""
    return [_base(path, part) for part in _parts(path)]


def pairs_of(base: Base) -> Iterator[ShippedPair]:
    """Yield as many SEQ as SINQ pairs: each variant beside the base, and two variants beside each other.

    Which program comes first is drawn by name, the same for a variant and for its slip.
    """
    one, two = base.variants
    turned = _draw(base.entry, "turned")
    seq = [(base.code, one.code), (base.code, two.code), (one.code, two.code)]
    crossed = ((one.code, two.slipped), two.witness) if turned else ((two.code, one.slipped), one.witness)
    sinq = [((base.code, one.slipped), one.witness), ((base.code, two.slipped), two.witness), crossed]
    for number, programs in enumerate(seq, start=1):
        yield _pair(base, f"seq{number}", Goal.SEQ, programs, None, swap=_draw(base.entry, str(number)))
    for number, (programs, witness) in enumerate(sinq, start=1):
        yield _pair(base, f"sinq{number}", Goal.SINQ, programs, witness, swap=_draw(base.entry, str(number)))


def _pair(
    base: Base, name: str, label: Goal, programs: tuple[str, str], witness: list[str] | None, *, swap: bool
) -> ShippedPair:
    p, q = reversed(programs) if swap else programs
    return ShippedPair(
        id=f"pairs/{base.topic}/{base.entry}/{name}",
        topic=base.topic,
        level=base.level,
        category=f"level {base.level}",
        entry=base.entry,
        p=p,
        q=q,
        label=label,
        evidence=Evidence.BOUNDED if label is Goal.SEQ else Evidence.WITNESS,
        witness=witness,
    )


def _draw(*names: str) -> bool:
    return hashlib.sha256("/".join(names).encode()).digest()[0] % 2 == 0


def _parts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the heading of each part of a source, and what stands below it."""
    for part in ("\n" + path.read_text(encoding="utf-8")).split(f"\n{PART}")[1:]:
        heading, _, body = part.partition("\n")
        yield heading, body.strip("\n") + "\n"


def _base(path: Path, part: tuple[str, str]) -> Base:
    heading, body = part
    level, _, signature = heading.partition(" ")
    entry = signature.partition(" ::")[0]
    before, *sections = f"\n{body}".split("\n--- ")
    codes: list[str] = []
    variants: list[Variant] = []
    for section in sections:
        kind, _, text = section.partition("\n")
        if kind.startswith("slip "):
            slip = _slip(path, entry, kind.removeprefix("slip "), text)
            if codes[-1].count(slip.old) != 1:
                raise InputError(f"{path}: {entry}: {slip.old!r} is there {codes[-1].count(slip.old)} times, not once")
            variants.append(Variant(codes[-1], codes[-1].replace(slip.old, slip.new), slip.witness))
        else:
            codes.append(_program(before.strip("\n"), signature, text.strip("\n")))
    if len(codes) != 3 or len(variants) != 2:
        raise InputError(f"{path}: {entry}: found {len(codes)} programs and {len(variants)} slips; write 3 and 2")
    return Base(path.stem, int(level), entry, codes[0], variants)


def _slip(path: Path, entry: str, text: str, below: str) -> Slip:
    old, arrow, new = text.partition(" ==> ")
    if not arrow:
        raise InputError(f"{path}: {entry}: a slip needs `OLD ==> NEW`; found {text!r}")
    hint = below.strip()
    return Slip(old, new, hint.removeprefix("@").strip().split(" ; ") if hint.startswith("@") else None)


def _program(preamble: str, signature: str, body: str) -> str:
    """Return a whole program: the body's imports first, then what all programs of a base declare."""
    lines = body.split("\n")
    imports = "\n".join(line for line in lines if line.startswith("import "))
    rest = "\n".join(line for line in lines if not line.startswith("import "))
    parts = [imports, preamble, f"{signature}\n{rest}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _task(path: Path, part: tuple[str, str]) -> ShippedTask:
    heading, body = part
    level, _, signature = heading.partition(" ")
    entry = signature.partition(" ::")[0]
    words, *sections = body.split("\n--- ")
    named = {name: text.strip("\n") for name, _, text in (section.partition("\n") for section in sections)}
    if not {"solution", "checks"} <= named.keys() <= {"given", "solution", "checks"}:
        raise InputError(f"{path}: {entry}: found {', '.join(named)}; write solution, checks, and perhaps given")
    given = named.get("given", "")
    described = "".join(f"-- {line}\n" for line in textwrap.wrap(words, WIDTH))
    checks = "".join(f"  check {n} ({line})\n" for n, line in enumerate(named["checks"].split("\n"), start=1))
    return ShippedTask(
        task_id=f"tasks/{path.stem}/{entry}",
        topic=path.stem,
        level=int(level),
        category=path.stem,
        prompt="".join([given and f"{given}\n\n", described, signature]),
        entry_point=entry,
        canonical_solution=_program(given, signature, named["solution"]),
        test=f"{CHECK}\nmain :: IO ()\nmain = do\n{checks}",
    )
