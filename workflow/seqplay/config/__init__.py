"""Configuration: one source of truth; ``config/config.yaml`` and its schema are generated from it (``generated``).

One file a subject. This face hands on what other rooms ask for, so that they need not know which file a section is in.
"""

from seqplay.config.experiment import (
    OPERATIONAL,
    AliceConfig,
    BobConfig,
    Config,
    CurriculumConfig,
    EngineConfig,
    EngineKind,
    EvaluationConfig,
    HaskellConfig,
    LoraConfig,
    ModelConfig,
    ProgramsConfig,
    ProofConfig,
    Proposer,
    ServerConfig,
    TrainConfig,
    VllmConfig,
    fingerprint,
    parse_config,
    parse_experiments,
    read_yaml,
    stage_settings,
)
from seqplay.config.jobs import Resources, ResourcesConfig, ShardsConfig
from seqplay.config.section import Sampling, Section
from seqplay.config.suites import SuiteConfig, SuiteFormat

__all__ = [
    "OPERATIONAL",
    "AliceConfig",
    "BobConfig",
    "Config",
    "CurriculumConfig",
    "EngineConfig",
    "EngineKind",
    "EvaluationConfig",
    "HaskellConfig",
    "LoraConfig",
    "ModelConfig",
    "ProgramsConfig",
    "ProofConfig",
    "Proposer",
    "Resources",
    "ResourcesConfig",
    "Sampling",
    "Section",
    "ServerConfig",
    "ShardsConfig",
    "SuiteConfig",
    "SuiteFormat",
    "TrainConfig",
    "VllmConfig",
    "fingerprint",
    "parse_config",
    "parse_experiments",
    "read_yaml",
    "stage_settings",
]
