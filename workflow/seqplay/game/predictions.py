"""Predictions: Alice says how hard each accepted pair is for Bob, before he is asked.

She knows the pair's truth; her answers are sampled like votes. In an iteration they decide which of several proposals
for one program are put before Bob, and the best of them teach her; on the held-out pairs they are measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from seqplay import prompts
from seqplay.config import PredictConfig
from seqplay.engines.base import Request
from seqplay.engines.stage import Sampler, complete
from seqplay.files import derive_seed, write_records
from seqplay.records import Message, Pair, Prediction
from seqplay.runtime.phases import seed_phase


def predict_difficulty(
    pairs: Sequence[Pair],
    output: Path,
    *,
    predict: PredictConfig,
    sampler: Sampler,
    seed: int,
    play: str,
) -> None:
    """Sample ``predict.samples`` predictions for each pair and write them, in order."""
    asked = {pair.id: prediction_messages(pair, predict) for pair in pairs}
    requests = [
        Request(
            id=key,
            messages=messages,
            n=predict.samples,
            sampling=predict.sampling,
            seed=derive_seed(seed, seed_phase(play), "predict", key),
        )
        for key, messages in asked.items()
    ]
    with complete(sampler.open, requests, output, f"predict {play}", sampler.fingerprint) as completions:
        found = []
        for completion in completions:
            parsed = prompts.read_completion(completion, prompts.parse_difficulty, sampler.model.marks)
            messages = asked[completion.request_id]
            found.append(
                Prediction(
                    pair_id=completion.request_id,
                    sample=completion.sample,
                    difficulty=None if isinstance(parsed, prompts.Unparsed) else parsed,
                    unparsed=parsed.reason if isinstance(parsed, prompts.Unparsed) else None,
                    system_prompt=messages[0].content,
                    user_prompt=messages[-1].content,
                    completion=completion,
                )
            )
        write_records(output, found)


def prediction_messages(pair: Pair, predict: PredictConfig) -> tuple[Message, ...]:
    """Return the chat that asks Alice how hard a pair is."""
    return prompts.predict_difficulty(pair.goal, pair.p, pair.q, pair.entry, predict.few_shot)


def mean_predictions(predictions: Iterable[Prediction]) -> dict[str, float]:
    """Return the mean of what was predicted for each pair, over the predictions that could be read."""
    found: dict[str, list[float]] = defaultdict(list)
    for prediction in predictions:
        if prediction.difficulty is not None:
            found[prediction.pair_id].append(prediction.difficulty)
    return {pair_id: sum(values) / len(values) for pair_id, values in found.items()}
