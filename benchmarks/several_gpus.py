"""What several GPUs of one machine change: nothing about what is learnt, and how fast a model samples.

    python benchmarks/several_gpus.py curves MODEL --gpus 1,2,4 --ways whole,sharded
    python benchmarks/several_gpus.py sampling MODEL --shape 7b --gpus 1,2,4

``curves`` trains an adapter of MODEL (a folder; 0.5B will do) on the same examples with each number of GPUs, through
the launcher that the rule `train` uses, and compares the losses of every step with those of one GPU. The ways are those
of `train.base`: `whole`, each GPU holds the base; `sharded`, they share it out; `nf4`, in 4 bits, with bitsandbytes.
``sampling`` gives dummy weights of a shape (7b, 32b) to vLLM with each degree of tensor parallelism; of MODEL it takes
the tokenizer alone. Counts that fit beside each other are measured at the same time, each on GPUs of its own. On a CPU
both rehearse: `curves` with any model, `sampling` with `--shape tiny --scale tiny --gpus 1`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from random_model import SHAPES, copy_tokenizer, write_config
from sampling import PROGRAMS, SCALES, Bench, WarmEngine, alice, programs, short

from seqplay import prompts
from seqplay.adapters import TrainingJob, train_adapter
from seqplay.config import LoraConfig, ModelConfig, TrainConfig, VllmConfig
from seqplay.records import Answer, Role, TrainingExample

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Gpus = Annotated[str, typer.Option(help="numbers of GPUs, with commas")]
VISIBLE = "CUDA_VISIBLE_DEVICES"


def examples(count: int) -> tuple[TrainingExample, ...]:
    """Return judgements of pairs of shipped programs, each as the game would ask for it."""
    found = []
    for number, (code, entry) in enumerate(programs(count)):
        system, user = prompts.judge(code, code, entry, False)
        output = prompts.write_judgement(Answer.EQUIVALENT if number % 3 else Answer.INEQUIVALENT)
        found.append(
            TrainingExample(
                system_prompt=system.content, user_prompt=user.content, output=output, answer=output, agent=Role.BOB,
                task="judge", pair_id=f"pair{number}", iteration=1, difficulty=5.0,
            )
        )  # fmt: skip
    return tuple(found)


def curve(model: Path, way: str, gpus: int, steps: int, out: Path) -> dict[str, Any]:
    """Train with so many GPUs; return what it took, with the loss of every step."""
    held: dict[str, Any] = {} if way == "whole" else {"base": way}
    job = TrainingJob(
        examples=examples(64),
        base=str(model),
        base_model=ModelConfig(name="measured"),
        lora=LoraConfig(dropout=0.05),
        train=TrainConfig(
            max_steps=steps, epochs=steps, accumulation=4, batch_tokens=2048, max_length=2048, learning_rate=2e-4,
            checkpointing="off", **held,
        ),
        previous=None,
        output=out / f"{way}-{gpus}",
        seed=1,
        agent=Role.BOB,
        iteration=1,
    )  # fmt: skip
    begun = time.perf_counter()
    result = train_adapter(job, processes=gpus)
    lines = (job.output / "loss_curve.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        "way": way,
        "gpus": gpus,
        "steps": result.steps,
        "tokens_per_s": round(result.tokens_per_second, 1),
        "seconds_with_start": round(time.perf_counter() - begun, 1),
        "peak_gib": round(result.peak_memory_bytes / 2**30, 2),
        "attention": result.attention,
        "heldout_loss": result.heldout_loss,
        "loss": [json.loads(line)["loss"] for line in lines],
    }


@app.command()
def curves(
    model: Path,
    gpus: Gpus = "1,2,4",
    ways: Annotated[str, typer.Option(help="of train.base: whole, sharded, nf4")] = "whole",
    steps: int = 24,
    rows: Path = Path("curves.jsonl"),
) -> None:
    """Compare the loss curves of 1, 2, … GPUs."""
    first: list[float] = []
    for way in ways.split(","):
        if way == "nf4":  # another base: its curves are compared with each other
            first = []
        for count in map(int, gpus.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                row = curve(model, way, count, steps, Path(folder))
            first = first or row["loss"]
            pairs = list(zip(row["loss"], first, strict=True))
            row["largest_difference"] = max(abs(one - other) / other for one, other in pairs)
            write(rows, row)
            shown = ", ".join(f"{loss:.4f}" for loss in row["loss"][:: max(1, steps // 6)])
            print(
                f"{way}, {count} GPU(s): loss {shown}; at most {row['largest_difference']:.2%} from the first; "
                f"{row['tokens_per_s']:,.0f} tokens/s, {row['peak_gib']} GiB, {row['seconds_with_start']} s with start",
                flush=True,
            )


def write(rows: Path, row: dict[str, Any]) -> None:
    """Append a row."""
    with rows.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(row) + "\n")


def rounds(counts: list[int], available: int) -> list[list[int]]:
    """Return the counts in rounds of those that fit beside each other."""
    found: list[list[int]] = []
    for count in counts:
        if found and sum(found[-1]) + count <= available:
            found[-1].append(count)
        else:
            found.append([count])
    return found


@app.command()
def sampling(
    model: Path,
    shape: Annotated[str, typer.Option(help=", ".join(SHAPES))] = "7b",
    gpus: Gpus = "1,2,4",
    scale: Annotated[str, typer.Option(help=", ".join(SCALES))] = "full",
    rows: Path = Path("tensor_parallel.jsonl"),
) -> None:
    """Measure vLLM's tokens a second with 1, 2, … GPUs for one model."""
    counts = [int(one) for one in gpus.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        copy_tokenizer(model, folder)
        write_config(folder, SHAPES[shape])
        for together in rounds(counts, available()):
            running, taken = [], 0
            for count in together:
                names = ",".join(map(str, range(taken, taken + count)))
                command = [sys.executable, __file__, "one", str(folder), str(count), shape, scale, str(rows)]
                running.append(subprocess.Popen(command, env={**os.environ, VISIBLE: names}))
                taken += count
            codes = [process.wait() for process in running]
            if any(codes):
                raise SystemExit("an engine failed: its messages stand above")
    measured = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    rates = {row["tensor_parallel"]: row["tokens_per_s"] for row in measured if row.get("shape") == shape}
    for count in counts:
        ratio = rates[count] / rates[counts[0]]
        print(f"{shape}, tensor parallel {count}: {rates[count]:,.0f} tokens/s, {ratio:.2f} x")


def available() -> int:
    """Return how many GPUs there are, at least one: a rehearsal takes the CPU for it."""
    from seqplay.engines.vllm_plan import gpus

    return max(1, gpus())


@app.command()
def one(folder: Path, count: int, shape: str, scale: str, rows: Path) -> None:
    """Measure one degree of tensor parallelism (`sampling` calls it)."""
    sizes = SCALES[scale]
    asked = alice(sizes)
    config = VllmConfig(tensor_parallel=count, max_sequences=sizes.prompts, extra={"load_format": "dummy"})
    engine = WarmEngine(config, ModelConfig(name=str(folder), max_length=2048), None)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(engine, sizes, Path(scratch) / "rows.jsonl", "none")
        begun = time.perf_counter()
        warm = [asking.model_copy(update={"sampling": short(asking.sampling)}) for asking in asked]
        for _ in engine.sample(warm, lambda key: True):
            pass
        started = time.perf_counter() - begun
        per_sample = bench.stage(f"{shape}, tensor parallel {count}", asked)
        per_stage = bench.stage(f"{shape}, tensor parallel {count}", asked, seeds="one a stage")
    row = {
        "shape": shape, "tensor_parallel": count, "tokens_per_s": round(per_sample, 1),
        "tokens_per_s_stage_seed": round(per_stage, 1), "start_seconds": round(started, 1),
        "prompts": sizes.prompts, "prompt_tokens": round(engine.prompt_tokens(asked)), "programs": PROGRAMS.name,
    }  # fmt: skip
    write(rows, row)
    engine.stop()


if __name__ == "__main__":
    app()
