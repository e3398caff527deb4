"""The prover: the theorem of two programs, the tactics' search for its proof, and the verdict on anybody's proof.

A proof is accepted when the audit refuses nothing, Liquid Haskell accepts it warm and cold, the kernel does not refute
it, it ends without an exception on the inputs of the differential test, and the test finds no difference between the
programs. Where there is no Liquid Haskell, the kernel takes its place, and the evidence is ``kernel``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import InputError
from seqplay.haskell import Executor
from seqplay.haskell.analysis.source import Source, choose_entry, parse
from seqplay.haskell.results import Reason
from seqplay.proof.audit import audit_program
from seqplay.proof.kernel.opinion import Opinion, Stand
from seqplay.proof.kernel.process import Kernel
from seqplay.proof.language.refusal import Refused
from seqplay.proof.liquid.checker import Checker, LiquidReason, LiquidVerdict, ModuleText
from seqplay.proof.liquid.locate import find_liquid
from seqplay.proof.overflow.analysis import excludes_overflow
from seqplay.proof.results import ProofReason, ProofResult
from seqplay.proof.second_opinion.opinion import pair_of, second_opinion
from seqplay.proof.tactics.batch import Answer, Check
from seqplay.proof.tactics.lemma_store.recall import LemmaStore
from seqplay.proof.tactics.search import Outcome, OutOfTime, search_with_store
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.theorem.definitions import DefinitionFailure, check_definitions, with_likely_metrics
from seqplay.proof.theorem.module import NAME, PROOF, assemble, names_in_scope, statement
from seqplay.proof.theorem.problem import Problem, TypeClash, pose
from seqplay.proof.theorem.submission import Submission, refusals, submission
from seqplay.proof.unchecked import Doubtful, Unchecked
from seqplay.records import Evidence, KernelSays, Overflow, Verdict

_JUDGED = frozenset({LiquidReason.SAFE, LiquidReason.UNSAFE, LiquidReason.NOT_CHECKED, LiquidReason.NO_CONSTRAINTS})
"""Ends of a check in which every binding of the module was looked at."""


class SessionLost(Exception):
    """The checker lost its session twice: what follows from that is about this machine, not about a theorem."""


class NoTheorem(Exception):
    """There is no theorem about two programs, or none that Liquid Haskell could check: ``result`` says why."""

    def __init__(self, result: ProofResult) -> None:
        super().__init__(result.message)
        self.result = result.model_copy(update={"provable": False})


class Prover:
    """Answers for several threads at once; use as a context manager.

    Without Liquid Haskell (``checker`` is None) the kernel judges alone.
    """

    def __init__(
        self,
        executor: Executor,
        checker: Checker | None,
        kernel: Kernel,
        config: ProofConfig,
        store: LemmaStore | None = None,
    ) -> None:
        """Use ``open`` instead."""
        self._executor = executor
        self._checker = checker
        self._kernel = kernel
        self._config = config
        self._store = store
        self._prepared: dict[tuple[str, str, str | None], Problem | ProofResult] = {}
        self._lock = threading.Lock()

    @property
    def tools(self) -> str:
        """What judges, with versions, for the records."""
        liquid = f"{self._checker.tools.versions}, " if self._checker is not None else ""
        return liquid + self._kernel.versions

    @classmethod
    def open(cls, haskell: HaskellConfig, proof: ProofConfig, store: LemmaStore | None = None) -> Self:
        """Start the sessions that run programs and those that check proofs; ``store`` holds lemmas of earlier pairs.

        Raises ``ToolError`` where GHC, the jail or z3 is missing or fails its probe, or Liquid Haskell is there and
        fails its own.
        """
        with ExitStack() as opened:
            executor = Executor.open(haskell)
            opened.callback(executor.close)
            kernel = opened.enter_context(Kernel.open(haskell))
            here = find_liquid(haskell) is not None
            checker = Checker.open(haskell, proof, workers=executor.workers) if here else None
            opened.pop_all()
        return cls(executor, checker, kernel, proof, store)

    @property
    def workers(self) -> int:
        """How many questions are worked on at once."""
        return self._executor.workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._checker is not None:
            self._checker.close()
        self._kernel.close()
        self._executor.close()

    # ------------------------------------------------------------ questions

    def theorem(self, p: str, q: str, entry: str | None = None) -> ProofResult:
        """Return the theorem and the names in scope, nothing proved yet; a refusal where there is no theorem."""
        return _answer(lambda: self._stated(p, q, entry))

    def _stated(self, p: str, q: str, entry: str | None) -> ProofResult:
        return _about(self._problem(p, q, entry), _rejected(ProofReason.NOT_PROVED, "no proof was given"))

    def refuse(self, p: str, q: str, entry: str | None, reason: str, message: str) -> ProofResult:
        """Return a rejection for a reason that lies outside the proof, with the theorem that it is about."""
        shown = self.theorem(p, q, entry)
        return shown.model_copy(update={"verdict": Verdict.REJECTED, "reason": reason, "message": message})

    def check(self, p: str, q: str, proof: str, entry: str | None = None, seed: int = 0) -> ProofResult:
        """Return the verdict on a proof."""
        return _answer(lambda: self._check(p, q, proof, entry, seed), proof)

    def _check(self, p: str, q: str, proof: str, entry: str | None, seed: int) -> ProofResult:
        problem = self._problem(p, q, entry)
        return _about(problem, self._audited(problem, p, q, entry, proof, seed))

    def prove(self, p: str, q: str, entry: str | None = None, seed: int = 0) -> ProofResult:
        """Look for a proof by tactics, and return the verdict on what they find."""
        return _answer(lambda: self._prove(p, q, entry, seed))

    def _prove(self, p: str, q: str, entry: str | None, seed: int) -> ProofResult:
        likely = self._likely(p, q, entry)
        with suppress(Doubtful):
            if likely is not None:
                result = self._proved(likely, p, q, entry, seed, unchecked=True)
                # The last check accepts all of the module, or it is accepted by nobody.
                if result.verdict is Verdict.ACCEPTED or self._problem(p, q, entry) == likely:
                    return result
        return self._proved(self._problem(p, q, entry), p, q, entry, seed)

    def _proved(
        self, problem: Problem, p: str, q: str, entry: str | None, seed: int, *, unchecked: bool = False
    ) -> ProofResult:
        """Return the verdict on what the tactics find; raises ``Doubtful`` where unchecked definitions may be wrong."""
        try:
            found, lemmas, _ = self._search(problem, unchecked=unchecked)
        except OutOfTime:
            message = f"the tactics did not come to an end within {self._config.tactic_seconds:.0f} s"
            return _about(problem, _no(Verdict.TIMEOUT, ProofReason.TIMEOUT, message))
        if found is None:
            result = _rejected(ProofReason.NOT_PROVED, "the tactics find no proof of the theorem")
            return _about(problem, result.model_copy(update={"lemmas": lemmas}))
        result = self._audited(problem, p, q, entry, found.text, seed, tried=True)
        return _about(problem, result.model_copy(update={"finder": found.finder, "lemmas": lemmas}))

    # ------------------------------------------------------------ the theorem

    def _problem(self, p: str, q: str, entry: str | None) -> Problem:
        """Return the theorem with definitions that Liquid Haskell accepts; raises ``NoTheorem`` and ``SessionLost``.

        Either answer is kept, since each question about a pair begins with it; a lost session is none.
        """
        key = (p, q, entry)
        with self._lock:
            kept = self._prepared.get(key)
        if kept is None:
            try:
                kept = self._prepare(p, q, entry)
            except NoTheorem as none:
                kept = none.result
            with self._lock:
                self._prepared[key] = kept
        if isinstance(kept, ProofResult):
            raise NoTheorem(kept)
        return kept

    def _likely(self, p: str, q: str, entry: str | None) -> Problem | None:
        """Return the theorem with definitions as Liquid Haskell probably accepts them; none where that is known."""
        with self._lock:
            kept = (p, q, entry) in self._prepared
        if kept or self._checker is None:
            return None
        return with_likely_metrics(self._stated_problem(p, q, entry))

    def _stated_problem(self, p: str, q: str, entry: str | None) -> Problem:
        """Return the theorem, its definitions unchecked; raises ``NoTheorem``."""
        for name, code in (("P", p), ("Q", q)):
            refused = audit_program(code)
            if refused:
                raise NoTheorem(_rejected(ProofReason.REFUSED, f"{name}: {refused[0]}"))
        try:
            problem = self._pose(p, q, entry)
        except InputError as error:
            raise NoTheorem(_rejected(Reason.NO_ENTRY, str(error))) from None
        except Refused as refusal:
            raise NoTheorem(_rejected(refusal.reason, refusal.message)) from None
        except TypeClash as clash:
            raise NoTheorem(_rejected(Reason.TYPE_MISMATCH, str(clash))) from None
        return problem if self._checker is None else replace(problem, converts=self._checker.tools.converts)

    def _prepare(self, p: str, q: str, entry: str | None) -> Problem:
        problem = self._stated_problem(p, q, entry)
        if self._checker is None:
            failed = self._kernel.definitions_refused(problem)
            if failed is not None:
                reason = _DEFINITIONS.get(failed[0], DefinitionFailure.NOT_REFLECTED)
                raise NoTheorem(_about(problem, _rejected(reason, failed[1])))
            return problem
        checked = check_definitions(problem, lambda module: self._asked(module, problem.p_entry))
        if checked.failure is not None:
            raise NoTheorem(_about(problem, _rejected(checked.failure, checked.message)))
        return checked.problem

    def _pose(self, p: str, q: str, entry: str | None) -> Problem:
        left, right = parse(p), parse(q)
        p_entry = choose_entry(left, entry).name
        q_entry = choose_entry(right, None, reference=p_entry).name
        types = (self._type(left, p, p_entry), self._type(right, q, q_entry))
        return pose(left, right, p_entry, q_entry, types)

    def _type(self, source: Source, code: str, entry: str) -> str | None:
        """Return the type that GHC gives an entry without a signature."""
        if any(each.name == entry for each in source.signatures):
            return None
        checked = self._executor.check(code, entry)
        return checked.entry.type if checked.entry is not None else None

    def _asked(self, module: ModuleText, theorem: str) -> LiquidVerdict:
        """Return the warm verdict on a module; raises ``SessionLost``."""
        assert self._checker is not None
        verdict = self._checker.check([module], theorem)
        if verdict.verdict is Verdict.INFRA_ERROR:
            raise SessionLost(verdict.message)
        return verdict

    # ------------------------------------------------------------ verdicts

    def _search(self, problem: Problem, *, unchecked: bool = False) -> Outcome:
        task, config = task_of(problem), self._config
        check: Check = self._tried
        if self._checker is None:
            task, check = replace(task, assemble=_alone), partial(self._tried_by_kernel, problem)
        elif unchecked:
            doubting = Unchecked(task.assemble, check)
            task, check = replace(task, assemble=doubting.assemble), doubting.check
        return search_with_store(task, check, config.tactic_seconds, config.discovery_steps, self._store)

    def _tried_by_kernel(self, problem: Problem, text: str) -> Answer:
        """Check the candidates of a text: the lines of those that do not hold."""
        lines = self._kernel.candidates_that_fail(problem, text)
        return Answer(lines is not None, tuple((line, line) for line in lines or ()))

    def _tried(self, text: str) -> Answer:
        """Check a module of candidates: where its errors are, and whether they are all that there is to say."""
        verdict = self._asked(ModuleText(NAME, text), PROOF)
        errors = tuple((problem.line, problem.end_line) for problem in verdict.problems if problem.line)
        return Answer(verdict.reason in _JUDGED, errors)

    def _audited(
        self, problem: Problem, p: str, q: str, entry: str | None, proof: str, seed: int, *, tried: bool = False
    ) -> ProofResult:
        """Return the verdict on a proof, whoever wrote it; on one ``tried`` among others by the search."""
        refused = refusals(problem, proof)
        if refused:
            return _rejected(ProofReason.REFUSED, "\n".join(str(each) for each in refused), proof)
        return self._judged(problem, p, q, entry, proof, seed, tried=tried)

    def _judged(
        self, problem: Problem, p: str, q: str, entry: str | None, proof: str, seed: int, *, tried: bool
    ) -> ProofResult:
        """Return the verdict on an audited proof."""
        given = submission(problem, proof)
        if not tried or self._checker is None:
            refused = self._refused_by_liquid(problem, proof, given, tried=False)
            return refused or self._judged_by_rest(problem, p, q, entry, proof, given, seed)
        # The cold check is a process of its own, and seldom refuses: the rest need not wait for it.
        with ThreadPoolExecutor(1) as beside:
            refusal = beside.submit(self._refused_by_liquid, problem, proof, given, tried=True)
            rest = self._judged_by_rest(problem, p, q, entry, proof, given, seed)
            return refusal.result() or rest

    def _judged_by_rest(
        self, problem: Problem, p: str, q: str, entry: str | None, proof: str, given: Submission, seed: int
    ) -> ProofResult:
        """Return what kernel, second opinion and overflow analysis say of a proof that Liquid Haskell accepts."""
        opinion = self._kernel.opinion(problem, proof)
        if self._checker is None and opinion.stand is not Stand.AGREES:
            return _no(Verdict.REJECTED, ProofReason.NOT_SHOWN, opinion.message, proof)
        if opinion.stand is Stand.REFUTES:
            return _disagreement(opinion, proof)
        exclusion, pair = excludes_overflow(problem), pair_of(p, q, entry)
        found = second_opinion(self._executor, problem, pair, given.text, seed, excluded=exclusion.excluded)
        if found.objection is not None:
            return _no(found.objection.verdict, found.objection.reason, found.objection.message, proof)
        searched = Overflow.SEARCHED if found.all_paths else Overflow.POSSIBLE
        agrees = opinion.stand is Stand.AGREES
        judges = "the kernel accepts" if self._checker is None else "Liquid Haskell accepts"
        return ProofResult(
            verdict=Verdict.ACCEPTED,
            reason=str(ProofReason.PROVED),
            message=f"{judges} the proof, and testing finds no contradiction",
            proof=proof,
            evidence=Evidence.KERNEL if self._checker is None else Evidence.PROOF,
            kernel=KernelSays.AGREES if agrees else KernelSays.UNDECIDED,
            kernel_message=opinion.message,
            overflow=Overflow.EXCLUDED if exclusion.excluded else searched,
            overflow_message=exclusion.why,
        )

    def _refused_by_liquid(self, problem: Problem, proof: str, given: Submission, *, tried: bool) -> ProofResult | None:
        """Return Liquid Haskell's refusal of a proof; none where it accepts it, or is not here."""
        if self._checker is None:
            return None
        module = assemble(problem, given.text, metric=given.metric)
        verdict = self._checker.confirm([module.module], PROOF, tried=tried)
        if verdict.verdict is Verdict.ACCEPTED:
            return None
        return _no(verdict.verdict, verdict.reason, _in_fragment(verdict, module.module, module.before), proof)


_DEFINITIONS = {
    "termination": DefinitionFailure.TERMINATION,
    "totality": DefinitionFailure.PARTIAL,
    "condition": DefinitionFailure.PARTIAL,
    "budget": DefinitionFailure.LIMIT,
    "limit": DefinitionFailure.LIMIT,
}
"""What a rule of the kernel's that fails for a definition of P or Q means."""


def _alone(fragment: str) -> tuple[str, int]:
    """Return candidates as the kernel takes them: without the definitions, which it has as data."""
    return fragment, 0


def _disagreement(opinion: Opinion, proof: str) -> ProofResult:
    """Return the alarm where Liquid Haskell accepts what the kernel refutes, with the words of both."""
    message = (
        "ALARM: the two checkers disagree, and one of them is wrong; please report this pair. "
        f"Liquid Haskell: accepts the proof, warm and cold. Kernel: {opinion.message}"
    )
    refused = _no(Verdict.REJECTED, ProofReason.DISAGREEMENT, message, proof)
    return refused.model_copy(update={"provable": False, "kernel_message": opinion.message})


def _in_fragment(verdict: LiquidVerdict, module: ModuleText, before: int) -> str:
    """Return Liquid Haskell's words, with the lines of the proof instead of the module's."""
    if not verdict.problems or verdict.reason is LiquidReason.INFRA:
        return verdict.message
    shown = []
    for problem in verdict.problems:
        line = problem.line - before
        place = f"line {line}: " if problem.module == module.name and line > 0 else ""
        shown.append(f"{place}{problem.text}")
    return "\n".join(shown)


def _answer(work: Callable[[], ProofResult], proof: str | None = None) -> ProofResult:
    """Return what a question comes to, also where it has no theorem or loses its session."""
    try:
        return work()
    except NoTheorem as none:
        return none.result
    except SessionLost as lost:
        return _no(Verdict.INFRA_ERROR, LiquidReason.INFRA, str(lost), proof)


def _rejected(reason: str, message: str, proof: str | None = None) -> ProofResult:
    return _no(Verdict.REJECTED, reason, message, proof)


def _no(verdict: Verdict, reason: str, message: str, proof: str | None = None) -> ProofResult:
    return ProofResult(verdict=verdict, reason=str(reason), message=message, proof=proof)


def _about(problem: Problem, result: ProofResult) -> ProofResult:
    return result.model_copy(update={"theorem": statement(problem), "names": names_in_scope(problem)})
