"""Write a Qwen2 model of random bfloat16 weights, and a random LoRA adapter beside it: what a rate can be measured on.

    python benchmarks/random_model.py OUT --shape 32b|7b|tiny [--mean-tokens 300]

Answers of random weights run to their limit. With ``--mean-tokens N`` each token of an answer is its last one with the
same probability, 1 / N at temperature 1 without top_p and top_k, so that lengths are geometric with mean N (cut at
``max_tokens``). Coordinate 0 of the residual stream is a constant then: all embeddings begin with it, no layer reads or
writes it, and the output row of the token that ends a turn reads it alone. How strongly is measured on random prompts
of the finished model, on the GPU if there is one. Training does reach the coordinate, through the adapter's rows of
o_proj and down_proj, and what it teaches ends with that token: a trained adapter changes the mean. Without chance
(temperature 0) the token that ends a turn is the likeliest of all: such answers have one token.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import torch
import typer
from safetensors import safe_open
from safetensors.torch import load_file, save_file


class Shape(NamedTuple):
    """A Qwen2 architecture."""

    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int


END = 151645
"""The token that ends a turn (``<|im_end|>``)."""
ENDS = "model-ends.safetensors"
"""The file of embeddings and output."""
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


def normal(*size: int, spread: float = 0.02) -> torch.Tensor:
    """Return random bfloat16 weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return (torch.randn(size, device=device) * spread).to(torch.bfloat16).cpu()


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
        "bos_token_id": 151643, "eos_token_id": END, "use_sliding_window": False,
    }  # fmt: skip
    (out / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def write_weights(out: Path, form: Shape, constant: bool) -> None:
    """Write all weights; ``constant``: coordinate 0 of the residual stream is one, which nothing reads yet."""
    # Embeddings are then as large as what all layers add: else the constant would drown, or drown them.
    embedded = normal(form.vocabulary, form.hidden, spread=1.0 if constant else 0.02)
    read = normal(form.vocabulary, form.hidden)
    if constant:
        embedded[:, 0] = math.sqrt(form.hidden)
        read[:, 0] = 0
        read[END] = 0
    ends = {"model.embed_tokens.weight": embedded, "lm_head.weight": read}
    save(ends | {"model.norm.weight": torch.ones(form.hidden, dtype=torch.bfloat16)}, out / ENDS)
    for layer in range(form.layers):
        save(layer_weights(form, f"model.layers.{layer}", constant), out / f"model-{layer:02d}.safetensors")
    write_index(out)


def layer_weights(form: Shape, prefix: str, constant: bool) -> dict[str, torch.Tensor]:
    """Return the tensors of a layer; with a ``constant`` it adds less, as in GPT-2, and nothing to that coordinate."""
    tensors = {}
    for name, size in projections(form).items():
        adds = constant and name.endswith(("o_proj", "down_proj"))
        weight = normal(*size, spread=0.02 / math.sqrt(2 * form.layers) if adds else 0.02)
        if adds:
            weight[0] = 0
        tensors[f"{prefix}.{name}.weight"] = weight
    for name in ("q", "k", "v"):
        rows = projections(form)[f"self_attn.{name}_proj"][0]
        tensors[f"{prefix}.self_attn.{name}_proj.bias"] = torch.zeros(rows, dtype=torch.bfloat16)
    for name in ("input_layernorm", "post_attention_layernorm"):
        norm = torch.ones(form.hidden, dtype=torch.bfloat16)
        norm[0] = 0 if constant else 1
        tensors[f"{prefix}.{name}.weight"] = norm
    return tensors


def save(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Write tensors in the place of what was there: an open file of that name keeps its contents."""
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata={"format": "pt"})
    part.replace(path)


def write_index(out: Path) -> None:
    """Write which file holds which weight: transformers asks for it."""
    places: dict[str, str] = {}
    for path in sorted(out.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            places |= dict.fromkeys(file.keys(), path.name)
    size = sum(path.stat().st_size for path in out.glob("*.safetensors"))
    index = {"metadata": {"total_size": size}, "weight_map": places}
    (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=1), encoding="utf-8")


def calibrate(out: Path, form: Shape, mean_tokens: float) -> None:
    """Let the token that ends a turn read the constant so strongly that its mean probability is 1 / ``mean_tokens``."""
    constant, others = measure(out, form)
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(torch.sigmoid(middle * constant - others).mean()) < 1 / mean_tokens:
            low = middle
        else:
            high = middle
    ends = load_file(out / ENDS)
    ends["lm_head.weight"][END, 0] = low
    save(ends, out / ENDS)
    used = ends["lm_head.weight"][END, 0].double()
    share = float(torch.sigmoid(used * constant - others).mean())
    print(f"the last token weighs {float(used):.4f} and is one in {1 / share:.1f}")


@torch.inference_mode()
def measure(out: Path, form: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    """Return, for positions of random prompts, the normed constant, and the log of the other tokens' summed weight."""
    from transformers import AutoModelForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    build: Any = AutoModelForCausalLM
    model = build.from_pretrained(out, dtype=dtype, device_map={"": device})
    constant, others = [], []
    for _ in range(4):
        ids = torch.randint(form.vocabulary, (1, 512), device=device)
        hidden = model.model(input_ids=ids).last_hidden_state[0, 256:]
        logits = model.lm_head(hidden).float()
        logits[:, END] = -math.inf
        constant.append(hidden[:, 0].double().cpu())
        others.append(logits.logsumexp(-1).double().cpu())
    return torch.cat(constant), torch.cat(others)


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
    mean_tokens: Annotated[float, typer.Option(help="mean length of an answer; 0: to its limit")] = 0,
) -> None:
    """Write a Qwen2 model of random bfloat16 weights, and a random LoRA adapter of rank 8 beside it."""
    torch.manual_seed(0)
    out.mkdir(parents=True, exist_ok=True)
    copy_tokenizer(tokenizer, out)
    write_config(out, SHAPES[shape])
    write_weights(out, SHAPES[shape], constant=mean_tokens > 0)
    if mean_tokens:
        calibrate(out, SHAPES[shape], mean_tokens)
    write_adapter(out / "adapter", SHAPES[shape])


if __name__ == "__main__":
    typer.run(main)
