"""One process of two that share out a base: writes what it holds and what the model says.

accelerate launch --multi_gpu --num_processes 2 … tests/adapters/sharded_base.py BASE OUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from seqplay.adapters.devices import Devices
from seqplay.adapters.model import load_base
from seqplay.config import ModelConfig


def main() -> None:
    devices = Devices()
    model = load_base(sys.argv[1], ModelConfig(name="tiny", dtype="float32"), devices, "sharded")
    with torch.no_grad():
        logits = model(input_ids=torch.arange(20, 60).unsqueeze(0)).logits
    held = {name: getattr(p, "_local_tensor", p).numel() for name, p in model.named_parameters()}
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    said = {"held": held, "tied": tied, "logits": logits.flatten().tolist()}
    (Path(sys.argv[2]) / f"{devices.rank}.json").write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main()
