"""The `vllm` and `server` engines against the real vLLM: its CPU build, in an environment of its own."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling, ServerConfig, VllmConfig
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.resident import open_stage_engine
from seqplay.errors import EngineError
from seqplay.files import derive_seed
from seqplay.prompts import JUDGE_CHOICES
from seqplay.records import Completion, Message
from seqplay.runtime.daemons import addresses
from tests.engines.resident import own_machine

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("SEQPLAY_VLLM_PYTHON", ROOT / ".seqplay" / "vllm" / "bin" / "python"))
pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="no CPU build of vLLM here: `make vllm-env`"),
]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(ROOT / "workflow"),
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}


def requests(n: int = 2) -> list[Request]:
    sampling = Sampling(temperature=1.0, top_k=0, max_tokens=8)
    return [
        Request(id=f"r{i}", messages=(Message(role="user", content=text),), n=n, sampling=sampling, seed=i)
        for i, text in enumerate(("One?", "Another question?"))
    ]


def vllm_run(
    folder: Path,
    model: Path,
    asked: list[Request],
    adapter: Path | None,
    lora: str,
    wanted: tuple[str, ...] = (),
) -> tuple[dict[str, Completion], str]:
    """Sample in vLLM's environment; return the completions and the last line of an error."""
    [found], error = vllm_stages(folder, model, asked, [adapter], lora, wanted)
    return found, error


def vllm_stages(
    folder: Path,
    model: Path,
    asked: list[Request],
    adapters: list[Path | None],
    lora: str,
    wanted: tuple[str, ...] = (),
) -> tuple[list[dict[str, Completion]], str]:
    """Sample once with each adapter, several in one engine that stays."""
    order = {
        "engine": {"kind": "vllm", "vllm": {"lora": lora, "memory_share": 0.2}},
        "model": {"path": str(model), "max_length": 256, "dtype": "float32"},
        "adapters": [str(adapter) if adapter else None for adapter in adapters],
        "requests": [one.model_dump(mode="json") for one in asked],
        "wanted": wanted,
    }
    path = folder / "asked.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    command = [str(PYTHON), str(Path(__file__).with_name("vllm_run.py")), str(path)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=540, check=False)
    lines = done.stdout.splitlines()
    found: list[dict[str, Completion]] = [{} for _ in adapters]
    for line in lines:
        if line.startswith("COMPLETION "):
            _, stage, text = line.split(" ", 2)
            one = Completion.model_validate_json(text)
            found[int(stage)][one.key] = one
    errors = [line for line in lines if line.startswith("ERROR ")]
    assert done.returncode == (3 if errors else 0), done.stderr[-2000:]
    return found, errors[-1] if errors else ""


@pytest.fixture(scope="module")
def unmerged(tmp_path_factory: pytest.TempPathFactory, tiny: Path, live_adapter: Path) -> dict[str, Completion]:
    return vllm_run(tmp_path_factory.mktemp("run"), tiny, requests(), live_adapter, "unmerged")[0]


def test_every_sample_comes_with_its_seed_and_its_tokens(unmerged: dict[str, Completion]) -> None:
    assert sorted(unmerged) == ["r0/0", "r0/1", "r1/0", "r1/1"]
    for one in unmerged.values():
        assert one.seed == derive_seed(int(one.request_id[1:]), one.sample)
        assert one.completion_tokens == 8 or one.finish_reason == "stop"


def test_a_resumed_stage_gets_the_same_samples(
    unmerged: dict[str, Completion], tmp_path: Path, tiny: Path, live_adapter: Path
) -> None:
    rest, _ = vllm_run(tmp_path, tiny, requests(), live_adapter, "unmerged", ("r1/0", "r0/1"))
    assert sorted(rest) == ["r0/1", "r1/0"]
    assert all(one == unmerged[key] for key, one in rest.items())


def test_a_merged_adapter_says_what_the_unmerged_one_says(
    unmerged: dict[str, Completion], tmp_path: Path, tiny: Path, live_adapter: Path
) -> None:
    merged, _ = vllm_run(tmp_path, tiny, requests(), live_adapter, "merged")
    assert {key: one.text for key, one in merged.items()} == {key: one.text for key, one in unmerged.items()}


def test_without_the_adapter_it_says_something_else(
    unmerged: dict[str, Completion], tmp_path: Path, tiny: Path
) -> None:
    base, _ = vllm_run(tmp_path, tiny, requests(), None, "auto")
    assert {key: one.text for key, one in base.items()} != {key: one.text for key, one in unmerged.items()}


def test_a_stage_may_run_vllm_in_another_python_which_ends_with_it(
    unmerged: dict[str, Completion], tmp_path: Path, tiny: Path, live_adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    vllm = VllmConfig(python=str(PYTHON), lora="unmerged", memory_share=0.2)
    config, model = (
        EngineConfig(kind=EngineKind.VLLM, vllm=vllm, resident="no"),
        ModelConfig(path=str(tiny), max_length=256, dtype="float32"),
    )
    with own_machine(tmp_path):
        engine = open_stage_engine(config, model, live_adapter)
        said = {one.key: one for one in engine.sample(requests(), lambda key: True)}
        [address] = addresses()
        engine.close()
        assert addresses() == []
        assert not address.alive()
    assert {key: one.text for key, one in said.items()} == {key: one.text for key, one in unmerged.items()}


@pytest.mark.parametrize("lora", ["auto", "unmerged"])
def test_an_engine_that_stays_says_what_one_for_each_stage_says(
    lora: str, unmerged: dict[str, Completion], tmp_path: Path, tiny: Path, live_adapter: Path
) -> None:
    (own,), _ = vllm_stages(tmp_path, tiny, requests(), [None], "auto")
    stages, _ = vllm_stages(tmp_path, tiny, requests(), [None, live_adapter, None, live_adapter], lora)
    texts = [{key: one.text for key, one in stage.items()} for stage in (own, unmerged, *stages)]
    assert texts[2:] == [texts[0], texts[1]] * 2


def test_a_dead_adapter_fails_the_stage(tmp_path: Path, tiny: Path, dead_adapter: Path) -> None:
    completions, error = vllm_run(tmp_path, tiny, requests(), dead_adapter, "unmerged")
    assert completions == {}
    assert "changes no log-probability" in error


def test_choices_are_the_only_answers(tmp_path: Path, tiny: Path) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=60)
    asked = [one.model_copy(update={"choices": JUDGE_CHOICES, "sampling": sampling}) for one in requests()]
    completions, _ = vllm_run(tmp_path, tiny, asked, None, "auto")
    assert len(completions) == 4
    assert {one.text for one in completions.values()} <= set(JUDGE_CHOICES)


@pytest.fixture(scope="module")
def server(tiny: Path) -> Iterator[str]:
    """Start `vllm serve` on loopback; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # `vllm serve` asks for the version of a package `vllm`, and the CPU build's is called `vllm-cpu`
    command = [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", str(tiny)]
    command += ["--served-model-name", "tiny", "--port", str(port)]
    command += ["--host", "127.0.0.1", "--max-model-len", "256", "--enforce-eager", "--dtype", "float32"]
    command += ["--enable-lora", "--max-lora-rank", "8", "--gpu-memory-utilization", "0.2", "--max-num-seqs", "8"]
    environment = ENVIRONMENT | {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(480):
            assert process.poll() is None, process.stderr and process.stderr.read()[-2000:]
            try:
                if httpx.get(f"{url}/health", timeout=2).is_success:
                    break
            except httpx.TransportError:
                pass
            time.sleep(1)
        yield f"{url}/v1"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def served(url: str, asked: list[Request], adapter: Path | None = None, **model: Any) -> dict[str, Completion]:
    config = EngineConfig(
        kind=EngineKind.SERVER,
        server=ServerConfig(url=url, model="tiny", concurrency=4, retries=1, dynamic_lora=True),
    )
    engine = open_engine(config, ModelConfig.model_validate({"name": "tiny", **model}), adapter)
    try:
        return {one.key: one for one in engine.sample(asked, lambda key: True)}
    finally:
        engine.close()


def test_a_server_gives_every_sample_and_the_same_again(server: str) -> None:
    first, second = served(server, requests()), served(server, requests())
    assert sorted(first) == ["r0/0", "r0/1", "r1/0", "r1/1"]
    assert {key: one.text for key, one in first.items()} == {key: one.text for key, one in second.items()}


def test_a_server_loads_an_adapter_that_is_live_and_refuses_a_dead_one(
    server: str, live_adapter: Path, dead_adapter: Path
) -> None:
    base, adapted = served(server, requests()), served(server, requests(), live_adapter)
    assert {key: one.text for key, one in base.items()} != {key: one.text for key, one in adapted.items()}
    with pytest.raises(EngineError, match="changes no log-probability"):
        served(server, requests(), dead_adapter)


def test_a_prompt_that_a_server_refuses_as_too_long_is_that_items_outcome(server: str) -> None:
    long = requests()[0].model_copy(update={"messages": (Message(role="user", content="x" * 2000),)})
    found = served(server, [long, requests()[1]])
    assert [found[key].finish_reason for key in ("r0/0", "r0/1")] == ["overlong"] * 2
    assert {found[key].finish_reason for key in ("r1/0", "r1/1")} <= {"stop", "length"}
