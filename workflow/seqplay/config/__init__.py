"""Configuration: one source of truth; ``config/config.yaml`` and its schema are generated from it (``generated``).

One file a subject. This face hands on what other rooms ask for, so that they need not know which file a section is in.
"""

# fmt: off
# isort: off
from seqplay.config.experiment import (
    OPERATIONAL as OPERATIONAL, AliceConfig as AliceConfig, BobConfig as BobConfig, Config as Config,
    CurriculumConfig as CurriculumConfig, EngineConfig as EngineConfig, EngineKind as EngineKind,
    EvaluationConfig as EvaluationConfig, GuardsConfig as GuardsConfig, HaskellConfig as HaskellConfig,
    LoraConfig as LoraConfig, ModelConfig as ModelConfig, PlayerFiles as PlayerFiles,
    PredictConfig as PredictConfig, ProgramsConfig as ProgramsConfig, ProofConfig as ProofConfig,
    Proposer as Proposer, Reasoning as Reasoning, ServerConfig as ServerConfig, SourcesConfig as SourcesConfig,
    TrainConfig as TrainConfig, VllmConfig as VllmConfig, fingerprint as fingerprint, parse_config as parse_config,
    parse_experiments as parse_experiments, predicts as predicts, read_yaml as read_yaml,
    stage_settings as stage_settings,
)
from seqplay.config.jobs import (
    Resources as Resources, ResourcesConfig as ResourcesConfig, ShardsConfig as ShardsConfig,
)
from seqplay.config.section import (
    Sampling as Sampling, Section as Section,
)
