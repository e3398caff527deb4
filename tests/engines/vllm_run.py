"""Run in the environment of vLLM: sample what a JSON file asks for and print the completions as JSON lines.

    python tests/engines/vllm_run.py ASKED.json

``ASKED.json`` has the engine's and the model's sections, adapters or null, and the requests: with several, one engine
stays for all, and a line says which of them it is of.
"""

import json
import sys
from contextlib import closing
from pathlib import Path

from seqplay.config import EngineConfig, ModelConfig
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.vllm import VllmEngine
from seqplay.errors import EngineError
from seqplay.files import dump_line


def main() -> int:
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    adapters = [Path(one) if one else None for one in asked["adapters"]]
    requests = [Request.model_validate(one) for one in asked["requests"]]
    config, model = EngineConfig.model_validate(asked["engine"]), ModelConfig.model_validate(asked["model"])
    if len(adapters) == 1:
        engine = open_engine(config, model, adapters[0])
    else:
        engine = VllmEngine(config.vllm, model, adapters[0], resident=True)
    wanted = set(asked["wanted"])
    try:
        for stage, adapter in enumerate(adapters):
            if stage:
                engine.use(adapter)
            with closing(engine.sample(requests, lambda key: not wanted or key in wanted)) as completions:
                for completion in completions:
                    print(f"COMPLETION {stage} {dump_line(completion)}", flush=True)
    except EngineError as error:
        print(f"ERROR {error}", flush=True)
        return 3
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
