"""What seqplay uses of vLLM stands in one module, and the installed vLLM has all of it."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

from seqplay.config import VllmConfig, parse_config
from seqplay.engines import vllm_api
from seqplay.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("SEQPLAY_VLLM_PYTHON", ROOT / ".seqplay" / "vllm" / "bin" / "python"))


def imported(path: Path) -> set[str]:
    """The packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_one_module_knows_vllm() -> None:
    files = [*(ROOT / "workflow").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    assert [path.name for path in files if "vllm" in imported(path)] == ["vllm_api.py"]


@pytest.mark.parametrize(
    ("version", "tested"),
    [("0.25.1", True), ("0.30", True), ("0.32.0+cpu", True), ("0.9.2", False), ("0.33.0", False), ("1.0", False)],
)
def test_versions_between_those_that_were_tried_are_tested(version: str, tested: bool) -> None:
    assert vllm_api.is_tested(version.partition("+")[0]) is tested


def test_an_argument_that_a_key_sets_is_refused_with_the_key() -> None:
    given = {"engine": {"vllm": {"extra": {"max_model_len": 4096}}}}
    with pytest.raises(ConfigError, match=r"engine\.vllm\.extra.*max_model_len is set by model\.max_length"):
        parse_config(given)
    assert VllmConfig(extra={"kv_cache_dtype": "fp8"}).extra == {"kv_cache_dtype": "fp8"}


@pytest.mark.vllm
@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="no vLLM here: `make vllm-env`")
def test_the_installed_vllm_has_what_is_used_and_names_an_argument_that_it_lacks() -> None:
    script = """
from seqplay.engines import vllm_api
print(vllm_api.is_tested(vllm_api.version()), vllm_api.missing(), sep="|")
vllm_api.check_arguments(["kv_cache_dtype"])
try:
    vllm_api.check_arguments(["kv_cache_dtyp"])
except vllm_api.EngineError as error:
    print(error)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow"), "VLLM_LOGGING_LEVEL": "ERROR"}
    ran = subprocess.run(
        [PYTHON, "-c", script], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    first, second = ran.stdout.splitlines()[-2:]
    assert first == "True|[]"
    assert "takes no argument kv_cache_dtyp; near it: kv_cache_dtype" in second
