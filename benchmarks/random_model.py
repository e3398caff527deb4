"""Write a Qwen2 model of random bfloat16 weights, and a random LoRA adapter beside it: what a rate can be measured on.

python benchmarks/random_model.py OUT --shape 32b|7b|tiny
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import torch
import typer
from safetensors.torch import save_file


class Shape(NamedTuple):
    """A Qwen2 architecture."""

    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int


SHAPES = {
    "32b": Shape(5120, 27648, 64, 40, 8, 152064),
    "7b": Shape(3584, 18944, 28, 28, 4, 152064),
    "tiny": Shape(256, 256, 2, 4, 2, 152064),
}


def projections(form: Shape) -> dict[str, tuple[int, int]]:
    """Return rows and columns of the seven projections of a layer."""
    keys = form.kv_heads * (form.hidden // form.heads)
    return {
        "self_attn.q_proj": (form.hidden, form.hidden),
        "self_attn.k_proj": (keys, form.hidden),
        "self_attn.v_proj": (keys, form.hidden),
        "self_attn.o_proj": (form.hidden, form.hidden),
        "mlp.gate_proj": (form.inner, form.hidden),
        "mlp.up_proj": (form.inner, form.hidden),
        "mlp.down_proj": (form.hidden, form.inner),
    }


def normal(*size: int) -> torch.Tensor:
    """Return random bfloat16 weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return (torch.randn(size, device=device) * 0.02).to(torch.bfloat16).cpu()


def copy_tokenizer(model: Path, out: Path) -> None:
    for path in model.iterdir():
        if path.name.startswith(("tokenizer", "chat_template", "vocab", "merges", "special_tokens")):
            (out / path.name).write_bytes(path.read_bytes())


def write_config(out: Path, form: Shape) -> None:
    config = {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "dtype": "bfloat16", "hidden_act": "silu",
        "hidden_size": form.hidden, "intermediate_size": form.inner, "num_hidden_layers": form.layers,
        "num_attention_heads": form.heads, "num_key_value_heads": form.kv_heads, "vocab_size": form.vocabulary,
        "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1e6, "tie_word_embeddings": False,
        "bos_token_id": 151643, "eos_token_id": 151645, "use_sliding_window": False,
    }  # fmt: skip
    (out / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def write_weights(out: Path, form: Shape) -> None:
    ends = {"model.embed_tokens.weight": normal(form.vocabulary, form.hidden)}
    ends |= {"lm_head.weight": normal(form.vocabulary, form.hidden)}
    ends |= {"model.norm.weight": torch.ones(form.hidden, dtype=torch.bfloat16)}
    save_file(ends, out / "model-ends.safetensors")
    for layer in range(form.layers):
        prefix = f"model.layers.{layer}"
        tensors = {f"{prefix}.{name}.weight": normal(*size) for name, size in projections(form).items()}
        for name in ("q", "k", "v"):
            rows = projections(form)[f"self_attn.{name}_proj"][0]
            tensors[f"{prefix}.self_attn.{name}_proj.bias"] = torch.zeros(rows, dtype=torch.bfloat16)
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}.{name}.weight"] = torch.ones(form.hidden, dtype=torch.bfloat16)
        save_file(tensors, out / f"model-{layer:02d}.safetensors")


def write_adapter(out: Path, form: Shape) -> None:
    halves = {}
    for layer in range(form.layers):
        for name, (rows, columns) in projections(form).items():
            halves[f"base_model.model.model.layers.{layer}.{name}.lora_A.weight"] = normal(8, columns)
            halves[f"base_model.model.model.layers.{layer}.{name}.lora_B.weight"] = normal(rows, 8)
    out.mkdir(exist_ok=True)
    save_file(halves, out / "adapter_model.safetensors")
    settings: dict[str, Any] = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, "bias": "none"}
    settings["target_modules"] = sorted(name.split(".")[-1] for name in projections(form))
    (out / "adapter_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def main(
    out: Path,
    shape: Annotated[str, typer.Option(help="32b, 7b or tiny")] = "7b",
    tokenizer: Annotated[Path, typer.Option(help="folder whose tokenizer is taken")] = Path(
        "models/qwen2.5-coder-0.5b"
    ),
) -> None:
    """Write a Qwen2 model of random bfloat16 weights, and a random LoRA adapter of rank 8 beside it."""
    torch.manual_seed(0)
    out.mkdir(parents=True, exist_ok=True)
    copy_tokenizer(tokenizer, out)
    write_config(out, SHAPES[shape])
    write_weights(out, SHAPES[shape])
    write_adapter(out / "adapter", SHAPES[shape])


if __name__ == "__main__":
    typer.run(main)
