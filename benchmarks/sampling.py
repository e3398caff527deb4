"""How fast the `vllm` engine samples, against vLLM itself and against one prompt at a time.

    python benchmarks/random_model.py OUT --shape 7b                random weights, and an adapter
    python benchmarks/sampling.py plain OUT --rows rows.jsonl       no adapter, then merged
    python benchmarks/sampling.py unmerged OUT --rows rows.jsonl    adapter beside the weights
    python benchmarks/sampling.py longer OUT --rows rows.jsonl      a longer stage, longer prompts
    python benchmarks/sampling.py killed OUT --rows rows.jsonl      a stage killed half way, and resumed
    python benchmarks/sampling.py drawn OUT --rows rows.jsonl       vLLM itself, for benchmarks/busy_share.py
    python benchmarks/sampling.py table rows.jsonl                  Markdown

Random weights of a real shape show the speed, not what is said. The prompts are those of the game, with its worked
examples, over the programs of `config/data`. A row is one measurement; every row states its sampling parameters. The
engine is warm, files are written and the rate includes them; starts are rows of their own. `--scale tiny` rehearses on
a CPU.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer

from seqplay import prompts
from seqplay.config import ModelConfig, Sampling, VllmConfig
from seqplay.engines import vllm_api, vllm_plan
from seqplay.engines.base import Request, pending_samples
from seqplay.engines.chat import prompts_of
from seqplay.engines.stage import complete
from seqplay.engines.vllm import VllmEngine
from seqplay.records import Goal

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
PROGRAMS = Path(__file__).resolve().parents[1] / "config" / "data" / "programs.jsonl"
PUBLISHED = Sampling(temperature=0.6, top_p=0.95, top_k=20, max_tokens=512)


class Scale(NamedTuple):
    """Sizes of the measured stages."""

    prompts: int
    tokens: int
    pairs: int
    votes: int
    vote_tokens: int
    alone: int
    """Prompts that are sampled one at a time."""


SCALES = {
    "full": Scale(256, 512, 64, 10, 256, 2),
    "game": Scale(300, 1024, 150, 10, 512, 2),  # benchmarks/busy_share.yaml
    "tiny": Scale(8, 16, 4, 3, 8, 2),
}


class WarmEngine(VllmEngine):
    """The engine as it is, but left open between the stages that are measured."""

    def close(self) -> None:
        """Stay open; ``stop`` closes."""

    def prompt_tokens(self, requests: list[Request]) -> float:
        """Return the mean number of tokens of the prompts."""
        lengths = [len(one.ids) for one in prompts_of(self._tokenizer, self._model_config, requests).values()]
        return sum(lengths) / len(lengths)

    def stop(self) -> None:
        """Close for good."""
        super().close()

    def with_stage_seed(self, value: bool) -> None:
        """Choose between one seed a stage and one a sample."""
        self._config = self._config.model_copy(update={"stage_seed": value})

    def merge(self, adapter: Path) -> None:
        """Merge an adapter into the running engine and check that it is live."""
        self._merges = True
        self._attach(adapter)

    def forget(self) -> None:
        """Empty the prefix cache, so that no measurement profits from another."""
        vllm_api.forget_prefixes(self._llm)

    def bare(self, requests: list[Request]) -> int:
        """Sample through vLLM's own ``generate`` with the same prompts and parameters; return the tokens."""
        draws = pending_samples(requests, lambda key: True)
        by_id = prompts_of(self._tokenizer, self._model_config, requests)
        outputs = self._llm.generate(
            [{"prompt_token_ids": by_id[one.request.id].ids} for one in draws],
            [self._parameters(one, by_id[one.request.id]) for one in draws],
            use_tqdm=False,
            lora_request=self._lora,
        )
        return sum(len(output.outputs[0].token_ids) for output in outputs)


class Bench:
    """Measures stages on one engine and writes each row as it is there."""

    def __init__(self, engine: WarmEngine, scale: Scale, rows: Path, adapter: str) -> None:
        self.engine, self.scale, self.rows, self.adapter = engine, scale, rows, adapter

    def row(self, name: str, tokens: int, seconds: float, sampling: Sampling, seeds: str, **more: Any) -> float:
        """Write a row; return its rate."""
        rate = tokens / seconds
        record = {
            "what": name,
            "adapter": self.adapter,
            "tokens": tokens,
            "seconds": round(seconds, 2),
            "tokens_per_s": round(rate, 1),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "seeds": seeds,
            **more,
        }
        write_row(self.rows, record)
        return rate

    def stage(self, name: str, requests: list[Request], seeds: str = "one a sample", **more: Any) -> float:
        """Measure a whole stage: engine, files, progress."""
        self.engine.with_stage_seed(seeds != "one a sample")
        self.engine.forget()
        output = self.rows.parent / "stage" / f"{time.time_ns()}.jsonl"
        with gpu_idle() as idle:
            start = time.perf_counter()
            with complete(lambda: self.engine, requests, output, name, str(time.time_ns())) as completions:
                seconds = time.perf_counter() - start
                tokens = sum(completion.completion_tokens for completion in completions)
        return self.row(name, tokens, seconds, requests[0].sampling, seeds, gpu_idle=idle(), **more)

    def bare(self, name: str, requests: list[Request], seeds: str = "one a sample") -> float:
        """Measure vLLM's own `generate` with the same prompts and parameters."""
        self.engine.with_stage_seed(seeds != "one a sample")
        self.engine.forget()
        start = time.perf_counter()
        tokens = self.engine.bare(requests)
        return self.row(name, tokens, time.perf_counter() - start, requests[0].sampling, seeds)

    def alone(self, name: str, requests: list[Request]) -> float:
        """Measure one prompt at a time, as in the paper."""
        self.engine.with_stage_seed(False)
        self.engine.forget()
        start, tokens = time.perf_counter(), 0
        for request in requests[: self.scale.alone]:
            tokens += sum(one.completion_tokens for one in self.engine.sample([request], lambda key: True))
        return self.row(name, tokens, time.perf_counter() - start, requests[0].sampling, "one a sample")


@contextmanager
def gpu_idle() -> Iterator[Callable[[], float | None]]:
    """Sample the first GPU's use every 50 ms through NVML; give a function that returns the idle share in percent."""
    if vllm_plan.gpus() == 0:  # a rehearsal
        yield lambda: None
        return
    library = vllm_plan.nvml()
    device = library.nvmlDeviceGetHandleByIndex(0)
    used: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            used.append(library.nvmlDeviceGetUtilizationRates(device).gpu)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield lambda: round(100 - sum(used) / max(len(used), 1), 1)
    finally:
        ended.set()
        thread.join()


def write_row(rows: Path, record: dict[str, Any]) -> None:
    rows.parent.mkdir(parents=True, exist_ok=True)
    with rows.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(record) + "\n")
    print(json.dumps(record), flush=True)


def programs(count: int, longest: bool = False) -> list[tuple[str, str]]:
    """Return code and entry of so many programs, the first or the longest."""
    lines = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()]
    if longest:
        lines.sort(key=lambda line: -len(line["code"]))
    return [(line["code"], line["entry"]) for line in lines[:count]]


def alice(scale: Scale, samples: int = 1) -> list[Request]:
    """Alice's stage: by default one sample a program."""
    sampling = PUBLISHED.model_copy(update={"max_tokens": scale.tokens})
    return [
        Request(
            id=f"p{number}",
            messages=prompts.propose(Goal.SEQ, code, entry, "see its signature", 8.0, True),
            n=samples,
            sampling=sampling,
            seed=number,
        )
        for number, (code, entry) in enumerate(programs(scale.prompts))
    ]


def votes(scale: Scale, sampling: Sampling, shared: bool = True, longest: bool = False) -> list[Request]:
    """Bob's votes; ``shared=False`` makes every sample a prompt that differs from its first word on."""
    requests = []
    for number, (code, entry) in enumerate(programs(scale.pairs, longest)):
        messages = prompts.judge(code, code, entry, True)
        if shared:
            requests.append(Request(id=f"v{number}", messages=messages, n=scale.votes, sampling=sampling, seed=number))
            continue
        for sample in range(scale.votes):
            first = messages[0].model_copy(update={"content": f"{number * scale.votes + sample} {messages[0].content}"})
            key = f"v{number}.{sample}"
            requests.append(Request(id=key, messages=(first, *messages[1:]), n=1, sampling=sampling, seed=number))
    return requests


def short(sampling: Sampling) -> Sampling:
    """Return the same sampling with few tokens, for a warm-up."""
    return sampling.model_copy(update={"max_tokens": 24})


def open_warm(folder: Path, config: VllmConfig, adapter: Path | None, scale: Scale, bench_rows: Path) -> WarmEngine:
    """Start an engine for the largest stage and warm it up; a row tells how long the start took."""
    model = ModelConfig(path=str(folder), name="random", max_length=2048)
    engine = WarmEngine(config, model, adapter)
    start = time.perf_counter()
    short = PUBLISHED.model_copy(update={"max_tokens": 4})
    for _ in engine.sample(votes(scale, short), lambda key: True):
        pass
    seconds = round(time.perf_counter() - start, 1)
    write_row(
        bench_rows,
        {"what": "engine start, with warm-up", "adapter": "unmerged" if adapter else "none", "seconds": seconds},
    )
    return engine


@app.command()
def plain(folder: Path, rows: Path = Path("rows.jsonl"), scale: str = "full") -> None:
    """Measure without an adapter, then with one merged into the running engine."""
    sizes = SCALES[scale]
    config = VllmConfig(max_sequences=sizes.pairs * sizes.votes)
    engine = open_warm(folder, config, None, sizes, rows)
    bench = Bench(engine, sizes, rows, "none")
    asked = alice(sizes)
    bench.stage("warm-up", [one.model_copy(update={"sampling": short(one.sampling)}) for one in asked])
    alone = bench.alone("Alice, one prompt at a time", asked)
    stage = bench.stage("Alice, whole stage", asked)
    bare = bench.bare("Alice, bare vLLM", asked)
    again = bench.stage("Alice, whole stage", asked)
    best = max(stage, again)
    write_row(rows, {"what": "ratios", "to_one_at_a_time": round(best / alone, 1), "to_bare": round(best / bare, 4)})
    bench.stage("Alice, whole stage", asked, seeds="one a stage")
    sampling = PUBLISHED.model_copy(update={"max_tokens": sizes.vote_tokens})
    free = Sampling(temperature=1.0, top_p=1.0, top_k=0, max_tokens=sizes.vote_tokens)
    shared = bench.stage("Bob, votes, shared prefixes", votes(sizes, sampling))
    unshared = bench.stage("Bob, votes, nothing shared", votes(sizes, sampling, shared=False))
    write_row(rows, {"what": "ratios", "prefix_sharing": round(shared / unshared, 2)})
    bench.stage("Bob, votes, shared prefixes", votes(sizes, sampling), seeds="one a stage")
    bench.stage("Bob, votes, shared prefixes", votes(sizes, free), seeds="one a stage")
    start = time.perf_counter()
    engine.merge(folder / "adapter")
    seconds = round(time.perf_counter() - start, 1)
    write_row(rows, {"what": "merging the adapter in place, with liveness check", "seconds": seconds})
    bench.adapter = "merged"
    bench.stage("Alice, whole stage", asked)
    bench.stage("Bob, votes, shared prefixes", votes(sizes, sampling))
    engine.stop()


@app.command()
def longer(folder: Path, rows: Path = Path("rows.jsonl"), scale: str = "full") -> None:
    """Measure a stage of eight samples a program, and votes on the longest programs."""
    sizes = SCALES[scale]
    engine = open_warm(folder, VllmConfig(max_sequences=sizes.pairs * sizes.votes), None, sizes, rows)
    bench = Bench(engine, sizes, rows, "none")
    sampling = PUBLISHED.model_copy(update={"max_tokens": sizes.vote_tokens})
    bench.stage("warm-up", votes(sizes, short(sampling)))
    shared = bench.stage("Bob, votes on the longest programs, shared prefixes", votes(sizes, sampling, True, True))
    unshared = bench.stage("Bob, votes on the longest programs, nothing shared", votes(sizes, sampling, False, True))
    length = round(engine.prompt_tokens(votes(sizes, sampling, True, True)))
    ratio = round(shared / unshared, 2)
    write_row(rows, {"what": "ratios, longest programs", "prefix_sharing": ratio, "prompt_tokens": length})
    bench.stage("Alice, eight samples a program", alice(sizes, 8))
    engine.stop()


@app.command()
def drawn(folder: Path, rows: Path = Path("rows.jsonl"), scale: str = "game") -> None:
    """Measure vLLM itself where the model draws the lengths (`random_model.py --mean-tokens`), at a game's sizes."""
    sizes = SCALES[scale]
    engine = open_warm(folder, VllmConfig(), None, sizes, rows)
    bench = Bench(engine, sizes, rows, "none")
    free = Sampling(temperature=1.0, top_p=1.0, top_k=0, max_tokens=sizes.vote_tokens)
    bench.bare("warm-up", votes(sizes, short(free)))
    bench.bare("Bob, votes, drawn lengths, bare vLLM", votes(sizes, free))
    longer = free.model_copy(update={"max_tokens": sizes.tokens})
    asked = [one.model_copy(update={"sampling": longer}) for one in alice(sizes)]
    bench.bare("Alice, drawn lengths, bare vLLM", asked)
    engine.stop()


@app.command()
def unmerged(folder: Path, rows: Path = Path("rows.jsonl"), scale: str = "full") -> None:
    """Measure with an unmerged adapter."""
    sizes = SCALES[scale]
    config = VllmConfig(max_sequences=sizes.pairs * sizes.votes, lora="unmerged")
    engine = open_warm(folder, config, folder / "adapter", sizes, rows)
    bench = Bench(engine, sizes, rows, "unmerged")
    sampling = PUBLISHED.model_copy(update={"max_tokens": sizes.vote_tokens})
    free = Sampling(temperature=1.0, top_p=1.0, top_k=0, max_tokens=sizes.vote_tokens)
    bench.stage("warm-up", votes(sizes, short(sampling)))
    bench.stage("Bob, votes, shared prefixes", votes(sizes, sampling))
    bench.stage("Bob, votes, shared prefixes", votes(sizes, free), seeds="one a stage")
    bench.stage("Alice, whole stage", alice(sizes))
    engine.stop()


@app.command()
def stage(folder: Path, output: Path, scale: str = "full") -> None:
    """Sample Alice's stage, a quarter of it at a time; what was finished before is kept."""
    sizes = SCALES[scale]
    config = VllmConfig(max_sequences=sizes.prompts // 4)
    model = ModelConfig(path=str(folder), name="random", max_length=2048)
    with complete(lambda: VllmEngine(config, model, None), alice(sizes), output, "stage", "killed") as completions:
        output.write_text("".join(f"{one.key} {one.completion_tokens}\n" for one in completions), encoding="utf-8")


@app.command()
def killed(folder: Path, rows: Path = Path("rows.jsonl"), scale: str = "full") -> None:
    """Kill a stage (SIGKILL to its process group) when half of it is finished, and resume it."""
    sizes = SCALES[scale]
    output = rows.parent / f"killed_{time.time_ns()}.txt"
    command = [sys.executable, __file__, "stage", str(folder), str(output), "--scale", scale]

    def kept() -> list[bytes]:
        partial = output.parent / f".{output.name}.partial"
        return partial.read_bytes().splitlines(keepends=True)[1:] if partial.exists() else []

    first = subprocess.Popen(command, start_new_session=True)
    while len(kept()) < sizes.prompts // 2 and first.poll() is None:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    finished = [line for line in kept() if line.endswith(b"\n")]
    time.sleep(5)  # the driver frees the memory of a killed process a little later
    subprocess.run(command, check=True)
    lines = output.read_text(encoding="utf-8").splitlines()
    record = {
        "what": "Alice's stage killed at half and resumed",
        "completions": len(lines),
        "kept": len(finished),
        "drawn_again": len(lines) - len(finished),
        "in_flight_at_most": sizes.prompts // 4,
        "tokens_twice_at_most": sizes.prompts // 4 * sizes.tokens,
        "tokens": sum(int(line.split()[1]) for line in lines),
    }
    write_row(rows, record)
    if len(lines) != sizes.prompts or len(finished) < sizes.prompts // 2:
        raise SystemExit("completions were lost, or the stage ended before it was killed")


@app.command()
def table(rows: Path) -> None:
    """Print the rows as a Markdown table."""
    records = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    print("| what | adapter | temperature, top_p, top_k | seeds | tokens | seconds | tokens/s | GPU idle |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for one in records:
        if "tokens_per_s" not in one or one["what"] == "warm-up":
            continue
        drawn = f"{one['temperature']}, {one['top_p']}, {one['top_k']}"
        idle = "" if one.get("gpu_idle") is None else f"{one['gpu_idle']} %"
        cells = [one["what"], one["adapter"], drawn, one["seeds"], f"{one['tokens']:,}", str(one["seconds"])]
        print("| " + " | ".join([*cells, f"{one['tokens_per_s']:,.0f}", idle]) + " |")
    for one in records:
        if "tokens_per_s" not in one:
            print("\n" + "; ".join(f"{key}: {value}" for key, value in one.items()), end="")
    print()


if __name__ == "__main__":
    app()
