"""A small experiment in a folder of its own, played by the repository's workflow."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from seqplay import mutate
from seqplay.config import HaskellConfig
from seqplay.engines.replay import Recording
from seqplay.files import write_records
from seqplay.haskell import Executor
from seqplay.prompts import propose, write_judgement, write_proposal
from seqplay.records import Answer, Goal

ROOT = Path(__file__).parents[2]
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
VOLATILE = ("timing.jsonl", "report.html", "manifest.json")
"""Files outside any byte-for-byte promise."""


class Experiment:
    """A folder with a configuration file; the repository's Snakefile plays in it."""

    def __init__(self, folder: Path, settings: dict[str, Any], programs: list[dict[str, str]]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").symlink_to(ROOT / "config")
        (folder / "programs.jsonl").write_text("".join(json.dumps(program) + "\n" for program in programs))
        self.write(settings)

    def write(self, settings: dict[str, Any]) -> None:
        """Write the experiment's own configuration keys."""
        self.settings = settings
        (self.folder / "own.yaml").write_text(yaml.safe_dump(settings))

    def command(self, *targets: str, flags: tuple[str, ...] = ()) -> list[str]:
        where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(self.folder), "--cores", "2"]
        profile = ["--workflow-profile", str(ROOT / "profiles/default")]
        return [*SNAKEMAKE, *where, *profile, *flags, "--configfile", "own.yaml", "--", *targets]

    def environment(self, liquid: bool = False) -> dict[str, str]:
        quiet = {"HF_HUB_OFFLINE": "1", "SEQPLAY_ALLOW_EDITS": "1"}
        return {**os.environ, **quiet, **({} if liquid else {"SEQPLAY_LIQUID_PACKAGE_DB": ""})}

    def play(self, *targets: str, flags: tuple[str, ...] = (), expect: int = 0, liquid: bool = False) -> str:
        """Play to the end, and return what was printed."""
        run = subprocess.run(
            self.command(*targets, flags=flags),
            cwd=self.folder, env=self.environment(liquid), capture_output=True, text=True, timeout=540, check=False,
        )  # fmt: skip
        printed = run.stdout + run.stderr
        assert run.returncode == expect, printed[-6000:]
        return printed

    def kill_when(self, ready: Callable[[], bool], seconds: float = 240) -> bool:
        """Play, and kill the whole process group as soon as ``ready``; false where it ended before."""
        run = subprocess.Popen(
            self.command(), cwd=self.folder, env=self.environment(), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        limit = time.monotonic() + seconds
        try:
            while run.poll() is None and time.monotonic() < limit:
                if ready():
                    return True
                time.sleep(0.02)
            return False
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()

    def files(self) -> dict[str, str]:
        """Return the hash of every file of the results but logs, benchmarks and timing."""
        results = self.folder / "results"
        found = {}
        for path in sorted(results.rglob("*")):
            name = path.relative_to(results).as_posix()
            if path.is_file() and not {"logs", "benchmarks"} & set(path.parts) and path.name not in VOLATILE:
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found


def corpus(count: int, start: int = 0) -> list[dict[str, str]]:
    """Return programs of the shipped corpus that have rewrites of both kinds."""
    chosen = []
    with (ROOT / "config/data/programs.jsonl").open() as handle:
        for line in handle:
            program = json.loads(line)
            rewrites = (mutate.preserving, mutate.breaking)
            if all(rewrite(program["code"], program["entry"], 0) for rewrite in rewrites):
                chosen.append(program)
            if len(chosen) == start + count:
                break
    return chosen[start:]


def record_answers(path: Path, programs: list[dict[str, str]], seconds: float = 0.0) -> None:
    """Write recordings: Alice answers with rewrites that validate; of four votes Bob has two right, one unparsed."""
    recordings = []
    with Executor.open(HaskellConfig(evaluations=300, seconds=2)) as executor:
        for program in programs:
            for goal, (answer, found) in answers(executor, program["code"], program["entry"]).items():
                asked = (program["code"].strip("\n"), question(goal))
                recordings.append(Recording(contains=asked, texts=(write_proposal(answer, found),), seconds=seconds))
    right, wrong = write_judgement(Answer.EQUIVALENT), write_judgement(Answer.INEQUIVALENT)
    recordings.append(Recording(contains=("Program Q:",), texts=(right, wrong, "hm", right), seconds=seconds))
    recordings.append(Recording(contains=(), texts=("no",), seconds=seconds))
    write_records(path, recordings)


def question(goal: Goal) -> str:
    """Return the first words of what the prompt asks after the program."""
    asked = propose(goal, "CODE", "f", "Int", 8.0, False)[-1].content.rpartition("CODE")[2].strip("`\n ")
    return asked.splitlines()[0][:40]


def answers(executor: Executor, code: str, entry: str) -> dict[Goal, tuple[str, list[str] | None]]:
    """Return a rewrite for each goal, the breaking one with an input on which it differs."""
    answers: dict[Goal, tuple[str, list[str] | None]] = {Goal.SEQ: (mutate.preserving(code, entry, 0)[0].code, None)}
    for rewrite in mutate.breaking(code, entry, 0):
        witness = executor.compare(code, rewrite.code, entry).witness
        if witness is not None:
            answers[Goal.SINQ] = (rewrite.code, witness)
            break
    return answers
