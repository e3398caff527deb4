"""Run in the environment of vLLM: sample what a JSON file asks for and print the completions as JSON lines.

    python tests/engines/vllm_run.py ASKED.json

``ASKED.json`` has the engine's and the model's sections, an adapter or null, and the requests.
"""

import json
import sys
from pathlib import Path

from seqplay.config import EngineConfig, ModelConfig
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.errors import EngineError
from seqplay.files import dump_line


def main() -> int:
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    adapter = Path(asked["adapter"]) if asked["adapter"] else None
    requests = [Request.model_validate(one) for one in asked["requests"]]
    engine = open_engine(
        EngineConfig.model_validate(asked["engine"]), ModelConfig.model_validate(asked["model"]), adapter
    )
    wanted = set(asked["wanted"])
    try:
        for completion in engine.sample(requests, lambda key: not wanted or key in wanted):
            print("COMPLETION " + dump_line(completion), flush=True)
    except EngineError as error:
        print(f"ERROR {error}", flush=True)
        return 3
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
