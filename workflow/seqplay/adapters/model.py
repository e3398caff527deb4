"""The model that is trained: the frozen base with LoRA on its linear projections.

The adapter computes in the base's precision; ``master_weights`` keeps what is really learnt, in fp32. Everything
random about a new adapter comes from the seed alone, on the CPU, so that it is the same on any device.
"""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from peft import LoraConfig as PeftLoraConfig
from peft import PeftModel, get_peft_model
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedTokenizerBase,
)

from seqplay.adapters.attention import AttentionPath, choose_path, implementation
from seqplay.adapters.devices import Devices
from seqplay.adapters.sharding import share_out
from seqplay.adapters.training_job import WEIGHTS
from seqplay.config import BaseKind, LoraConfig, ModelConfig, TrainConfig
from seqplay.errors import ConfigError, InputError, ToolError
from seqplay.files import canonical_json, derive_seed

_ALTERED_LOGITS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier_scale")


@dataclass
class Trainee:
    """A base model with its adapter, ready to compute losses."""

    model: PeftModel
    decoder: nn.Module
    head: nn.Linear
    parameters: dict[str, nn.Parameter]
    """The adapter's parameters by their name in the adapter file, sorted."""
    path: AttentionPath
    device: torch.device
    dtype: torch.dtype


def training_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Return the base's precision: bf16 on a GPU unless the configuration says float16 or float32, else fp32.

    CPUs without bf16 instructions emulate it at a fraction of fp32's speed, and fp32 keeps CPU trainings exact.
    """
    if device.type != "cuda":
        return torch.float32
    chosen: dict[str, torch.dtype] = {"float32": torch.float32, "float16": torch.float16}
    return chosen.get(wanted, torch.bfloat16)


def load_tokenizer(base: Path | str, config: ModelConfig) -> PreTrainedTokenizerBase:
    """Return the base's tokenizer."""
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(str(base), revision=_revision(base, config))
    except (OSError, ValueError) as error:
        raise InputError(f"{base}: no tokenizer can be loaded from it ({str(error).splitlines()[0]})") from error
    if tokenizer.chat_template is None:
        raise ConfigError(
            "config key model.name: this model's tokenizer has no chat template; use an instruction model"
        )
    return tokenizer


def load_base(base: Path | str, config: ModelConfig, devices: Devices, held: BaseKind = "whole") -> nn.Module:
    """Return the base model, frozen, held as ``train.base`` says: on the device, or shared out over all devices.

    Raises ``InputError`` where no model can be loaded, ``ConfigError`` where it cannot be held so.
    """
    device = devices.device
    dtype = training_dtype(config.dtype, device)
    options: dict[str, Any] = {"revision": _revision(base, config), "dtype": dtype}
    sharded = held == "sharded" and devices.count > 1
    try:
        if sharded and devices.rank > 0:
            settings = AutoConfig.from_pretrained(str(base), revision=options["revision"])
            with torch.device("meta"):
                build: Any = AutoModelForCausalLM.from_config
                model: Any = build(settings, dtype=dtype)
        elif sharded:
            model = AutoModelForCausalLM.from_pretrained(str(base), **options)
        else:
            # Straight to the GPU: with several processes, the machine's memory would hold as many copies of the base.
            place = {"": device} if device.type == "cuda" else None
            model = AutoModelForCausalLM.from_pretrained(
                str(base), **options, device_map=place, quantization_config=quantization(held, dtype)
            )
    except (OSError, ValueError) as error:
        raise InputError(f"{base}: no model can be loaded from it ({str(error).splitlines()[0]})") from error
    if sharded:
        share_out(model, model.get_decoder(), devices)
        devices.in_step = True
        return cast(nn.Module, model)
    if held != "nf4":
        return cast(nn.Module, model.to(device))
    for part in model.modules():
        if hasattr(part, "support_avx512bf16_for_cpu"):
            part.support_avx512bf16_for_cpu = False  # in such a packing the weights have no backward pass
    return cast(nn.Module, model)


def quantization(held: BaseKind, dtype: torch.dtype) -> Any:
    """Return how transformers is to quantise the base while it loads it: to NF4, its scales quantised too, for QLoRA
    (arXiv 2305.14314, section 3); none for any other way to hold it.

    Raises ``ConfigError`` where bitsandbytes is missing.
    """
    if held != "nf4":
        return None
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ConfigError(
            "config key train.base: found nf4, which needs bitsandbytes; install it (`.venv/bin/pip install "
            "--editable '.[qlora]'`), or choose sharded or whole"
        )
    settings: Any = BitsAndBytesConfig
    return settings(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )


def _revision(base: Path | str, config: ModelConfig) -> str:
    """Return the revision to load: folders have none."""
    return "main" if Path(base).is_dir() or config.revision is None else config.revision


def whole_weight(layer: Any) -> Tensor:
    """Return the weight of a linear layer of the base, dequantised where it is stored in 4 bits."""
    weight: Tensor = layer.weight
    state = getattr(weight, "quant_state", None)
    if state is None:
        return weight
    from bitsandbytes.functional import dequantize_4bit

    return cast(Tensor, dequantize_4bit(weight.data, state))


def add_adapter(model: nn.Module, lora: LoraConfig, seed: int) -> PeftModel:
    """Return the base with a fresh adapter: A uniform as peft's default (from the seed), B zero.

    Raises ``ConfigError`` where the model has none of the target layers, or one is the input or the output embedding:
    those are often one matrix, and the loss is computed from it as it is.
    """
    ends = {"embed_tokens", "lm_head"} & set(lora.targets)
    if ends:
        raise ConfigError(
            f"config key lora.targets: found {', '.join(sorted(ends))}; allowed: linear layers within the blocks"
        )
    idle = idle_targets(model, lora)
    settings = PeftLoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        # Those of experts are left out here, since peft would turn them into one adapter for a whole block.
        target_modules=[target for target in lora.targets if target not in idle] or list(lora.targets),
        task_type="CAUSAL_LM",
    )
    try:
        adapted = get_peft_model(model, settings, autocast_adapter_dtype=False)
    except ValueError as error:
        linear = {name.rpartition(".")[2] for name, part in model.named_modules() if isinstance(part, nn.Linear)}
        raise ConfigError(
            f"config key lora.targets: found {', '.join(lora.targets)}; this model's linear layers: "
            f"{', '.join(sorted(linear - {'lm_head'}))}"
        ) from error
    dtype = next(model.parameters()).dtype
    for name, parameter in sorted(adapter_parameters(adapted).items()):
        if ".lora_A." in name:
            generator = torch.Generator().manual_seed(derive_seed("lora", seed, name))
            values = torch.empty(parameter.shape, dtype=torch.float32)
            nn.init.kaiming_uniform_(values, a=math.sqrt(5), generator=generator)
            parameter.data = values.to(parameter.device, dtype)
        else:
            parameter.data = torch.zeros_like(parameter, dtype=dtype)
    return adapted


def idle_targets(model: nn.Module, lora: LoraConfig) -> list[str]:
    """Return the target layers that the model does not have as linear layers, so that nothing is learnt there: the
    experts of a mixture are stored as one block for all of them."""
    names = [
        f".{name.removesuffix('.base_layer')}" for name, part in model.named_modules() if isinstance(part, nn.Linear)
    ]
    return [target for target in lora.targets if not any(name.endswith(f".{target}") for name in names)]


def adapter_parameters(model: PeftModel) -> dict[str, nn.Parameter]:
    """Return the trained parameters by their names in a peft file, sorted."""
    found = {name.replace(".default.", "."): p for name, p in model.named_parameters() if p.requires_grad}
    return dict(sorted(found.items()))


def trainee(model: nn.Module, lora: LoraConfig, train: TrainConfig, seed: int) -> Trainee:
    """Return the base with a fresh adapter, its attention and its checkpointing still to be switched on by
    ``configure``."""
    first = next(model.parameters())
    whole: Any = model.config
    path = choose_path(train.packing, whole.get_text_config(), first.device, first.dtype)
    model.set_attn_implementation(implementation(path))  # type: ignore[operator]
    adapted = add_adapter(model, lora, seed)
    causal: Any = adapted.get_base_model()
    for key in _ALTERED_LOGITS:
        if getattr(causal.config, key, None) not in (None, 1, 1.0):
            raise ConfigError(
                f"config key model.name: this model alters its logits ({key}), which training does not know"
            )
    return Trainee(
        model=adapted,
        decoder=causal.get_decoder(),
        head=causal.get_output_embeddings(),
        parameters=adapter_parameters(adapted),
        path=path,
        device=first.device,
        dtype=first.dtype,
    )


def read_weights(folder: Path, names: list[str], lora: LoraConfig) -> dict[str, Tensor]:
    """Return an adapter's weights (fp32, on the CPU) for onward training.

    Raises ``InputError`` where the folder holds another shape of adapter than the configuration asks for.
    """
    try:
        weights = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{folder / WEIGHTS}: no adapter can be read from it ({error})") from error
    ranks = {tensor.shape[0] for name, tensor in weights.items() if ".lora_A." in name}
    if sorted(weights) != sorted(names) or ranks != {lora.r}:
        found = f"rank {', '.join(map(str, sorted(ranks)))} on {len(weights)} matrices"
        raise InputError(
            f"{folder}: an adapter of {found}, but the configuration asks for "
            f"rank {lora.r} on {len(names)}; keep `lora` as it was, or set train.continuity: fresh"
        )
    return {name: weights[name].float() for name in names}


def adapter_settings(model: PeftModel, name: str, revision: str | None) -> str:
    """Return the text of ``adapter_config.json``: peft's own settings in one order, the base by name, not by place."""
    settings = model.peft_config["default"].to_dict()
    settings |= {"base_model_name_or_path": name, "revision": revision, "inference_mode": True}
    plain = {key: sorted(value) if isinstance(value, set) else value for key, value in settings.items()}
    plain["target_modules"] = sorted(plain["target_modules"])
    return canonical_json(plain) + "\n"


def save_weights(weights: dict[str, Tensor], folder: Path) -> None:
    """Write ``adapter_model.safetensors`` (fp32) into an adapter folder.

    Raises ``ToolError`` where the disk is full.
    """
    try:
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    except (OSError, SafetensorError) as error:
        raise ToolError(f"{folder / WEIGHTS}: cannot be written ({error}); free some space and run again") from error
