"""Liquid Haskell's verdict on a theorem: warm for speed, and once more cold before it becomes a label.

The pipeline's own library is checked when it is installed (``store``); each check pays for its own modules alone. What
a proof does to the checker (time, memory, a crash of Liquid Haskell or z3) is a verdict with that reason; a session
that is lost otherwise is replaced and asked once more, and a second loss is an infra error.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from types import TracebackType
from typing import Self

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError, WorkerLost
from seqplay.haskell.sandbox.build import cache_folder
from seqplay.proof.liquid.cache import VerdictCache
from seqplay.proof.liquid.cold import check_cold
from seqplay.proof.liquid.store import ensure_library, ensure_worker
from seqplay.proof.liquid.toolchain import Toolchain, find_toolchain
from seqplay.proof.liquid.verdict import LiquidReason, LiquidVerdict, ModuleText, read_outcome
from seqplay.proof.liquid.warm import WarmSession
from seqplay.records import Verdict

__all__ = ["Checker", "LiquidReason", "LiquidVerdict", "ModuleText"]

_PROBE = """module {name} where
import Prelude (Bool (..), Int, (+), (.))
import Language.Haskell.Liquid.ProofCombinators
{imports}
{{-@ reflect twice @-}}
twice :: [Int] -> Int
twice [] = 0
twice (x:xs) = x + (x + twice xs)
{{-@ once :: xs:[Int] -> {{ twice xs == {claim} }} @-}}
once :: [Int] -> Proof
once [] = ()
once (x:xs) = once xs
"""


def _probe(name: str, claim: str, library: Sequence[ModuleText] = ()) -> ModuleText:
    imports = "\n".join(f"import qualified {module.name}" for module in library)
    return ModuleText(name, _PROBE.format(name=name, claim=claim, imports=imports))


GOOD = _probe("SeqplayGood", "twice xs + 0")
BAD = _probe("SeqplayBad", "twice xs + 1")
PROBED = "once"
"""The theorem of the probes: true in ``GOOD``, false in ``BAD``."""


class Checker:
    """Checks modules with Liquid Haskell in ``workers`` warm sessions; for several threads at once."""

    def __init__(self, tools: Toolchain, workers: int, items: int, library: Sequence[ModuleText]) -> None:
        """Start; use ``open``."""
        self.tools = tools
        self.workers = workers
        self._items = items
        self._modules = tuple(library)
        self._database = ensure_library(tools, library)
        self._program = ensure_worker(tools)
        self._cache = VerdictCache(cache_folder() / "liquid" / "verdicts", tools, library)
        self._idle: queue.LifoQueue[tuple[WarmSession | None, int]] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put((None, 0))

    @classmethod
    def open(
        cls, haskell: HaskellConfig, proof: ProofConfig, library: Sequence[ModuleText] = (), workers: int = 1
    ) -> Checker:
        """Return a checker whose first session has told a true theorem from a false one.

        ``library`` are the pipeline's own modules that theorems may import, in dependency order. Raises ``ToolError``
        where Liquid Haskell is missing, or takes a false theorem for true or a true one for false.
        """
        checker = cls(find_toolchain(haskell, proof), workers, haskell.items_per_session, library)
        try:
            checker.verify_warm()
        except BaseException:
            checker.close()
            raise
        return checker

    def verify_warm(self) -> None:
        """Make sure that a warm session tells a true theorem from a false one, else raise ``ToolError``."""
        _verify("warm", self._warm([GOOD], PROBED), self._warm([BAD], PROBED))

    def check(self, modules: Sequence[ModuleText], theorem: str, *, cold: bool = False) -> LiquidVerdict:
        """Return the verdict on a theorem: a binder of the last module; the others are what it imports, in order.

        Modules of the library may be among them and are not checked again. ``cold`` asks an ordinary GHC in a fresh
        process and folder.
        """
        own = self._own(modules)
        way = "cold" if cold else "warm"
        kept = self._cache.get(way, own, theorem)
        if kept is not None:
            return kept
        verdict = self._cold(own, theorem) if cold else self._warm(own, theorem)
        self._cache.put(way, own, theorem, verdict)
        return verdict

    def confirm(self, modules: Sequence[ModuleText], theorem: str, *, tried: bool = False) -> LiquidVerdict:
        """Return the verdict warm, and where it is accepted once more cold: only both together make a label.

        Of what was ``tried``, a warm session has accepted the proof among others: it is asked alone only where the cold
        check refuses, for the reason.
        """
        if not tried:
            warm = self.check(modules, theorem)
            if warm.verdict is not Verdict.ACCEPTED:
                return warm
        cold = self.check(modules, theorem, cold=True)
        if cold.verdict is Verdict.REJECTED:
            if tried:
                return self.confirm(modules, theorem)
            message = f"accepted warm, and cold not ({cold.reason}): {cold.message}"
            return cold.model_copy(update={"reason": LiquidReason.COLD_DIFFERS, "message": message})
        return cold

    # ------------------------------------------------------------ the two ways

    def _own(self, modules: Sequence[ModuleText]) -> list[ModuleText]:
        library = dict(self._modules)
        own = [module for module in modules if library.get(module.name) != module.text]
        for module in own:
            if module.name in library:
                raise ValueError(f"module {module.name} is the library's, and its text differs")
            if not (module.name.isascii() and module.name.isalnum() and module.name[0].isupper()):
                raise ValueError(f"module name {module.name!r}: letters and digits, with a capital first")
        if not own:
            raise ValueError("no module to check: the theorem's module must not be the library's")
        return own

    def _warm(self, modules: Sequence[ModuleText], theorem: str) -> LiquidVerdict:
        lost = ""
        for _ in range(2):
            session, used = self._idle.get()
            try:
                session = session or self._session()
                outcome = session.check(modules, self.tools.limits.seconds, self.tools.limits.wall_seconds)
                used += 1
                if used >= self._items:
                    session.close()
                    session, used = None, 0
                return read_outcome(modules, theorem, outcome)
            except WorkerLost as error:
                lost = str(error)
                if session is not None:
                    session.close()
                session, used = None, 0
            finally:
                self._idle.put((session, used))
        return LiquidVerdict(
            verdict=Verdict.INFRA_ERROR,
            reason=LiquidReason.INFRA,
            message=f"the session was lost twice: {lost}",
            constraints=0,
        )

    def _session(self) -> WarmSession:
        warm = _probe("SeqplayWarm", "twice xs + 0", self._modules)
        return WarmSession(self.tools, self._program, self._database, warm)

    def _cold(self, modules: Sequence[ModuleText], theorem: str) -> LiquidVerdict:
        assert self._cold_is_sound
        return read_outcome(modules, theorem, check_cold(self.tools, self._database, modules))

    @cached_property
    def _cold_is_sound(self) -> bool:
        with ThreadPoolExecutor(2) as pool:
            good, bad = pool.map(
                lambda probe: read_outcome([probe], PROBED, check_cold(self.tools, self._database, [probe])),
                (GOOD, BAD),
            )
        _verify("cold", good, bad)
        return True

    # ------------------------------------------------------------ end

    def close(self) -> None:
        """End every session that is idle."""
        with suppress(queue.Empty):
            while True:
                session, _ = self._idle.get_nowait()
                if session is not None:
                    session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _verify(way: str, good: LiquidVerdict, bad: LiquidVerdict) -> None:
    if good.verdict is not Verdict.ACCEPTED:
        raise ToolError(
            f"Liquid Haskell ({way}) does not accept a known-good proof: {good.reason}: {good.message[:600]}"
        )
    if bad.verdict is Verdict.ACCEPTED:
        raise ToolError(f"Liquid Haskell ({way}) accepts a false theorem: it cannot be used")
    if bad.reason is not LiquidReason.UNSAFE:
        raise ToolError(f"Liquid Haskell ({way}) fails on a false theorem: {bad.reason}: {bad.message[:600]}")
