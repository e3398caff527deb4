"""Configuration: one source of truth; ``config/config.yaml`` and its schema are generated from it (``generated``).

One file a subject. This face hands on what other rooms ask for, so that they need not know which file a section is in.
"""

# fmt: off
# isort: off
from seqplay.config.engine import (
    EngineConfig as EngineConfig, EngineKind as EngineKind, ModelConfig as ModelConfig, Reasoning as Reasoning,
    ServerConfig as ServerConfig, VllmConfig as VllmConfig,
)
from seqplay.config.experiment import (
    AliceConfig as AliceConfig, BobConfig as BobConfig, Config as Config, CurriculumConfig as CurriculumConfig,
    EvaluationConfig as EvaluationConfig, GuardsConfig as GuardsConfig, HaskellConfig as HaskellConfig,
    PredictConfig as PredictConfig, ProgramsConfig as ProgramsConfig, ProofConfig as ProofConfig,
    Proposer as Proposer, faces_opponents as faces_opponents, mutates as mutates, predicts as predicts,
)
from seqplay.config.jobs import (
    Resources as Resources, ResourcesConfig as ResourcesConfig, ShardsConfig as ShardsConfig,
)
from seqplay.config.parsing import (
    OPERATIONAL as OPERATIONAL, fingerprint as fingerprint, parse_config as parse_config,
    parse_experiments as parse_experiments, read_yaml as read_yaml, stage_settings as stage_settings,
)
from seqplay.config.presets import (
    PRESETS as PRESETS, warnings as warnings,
)
from seqplay.config.section import (
    Sampling as Sampling, Section as Section,
)
from seqplay.config.suites import (
    SuiteConfig as SuiteConfig, SuiteFormat as SuiteFormat,
)
from seqplay.config.training import (
    BaseKind as BaseKind, GrpoConfig as GrpoConfig, LoraConfig as LoraConfig, PlayerFiles as PlayerFiles,
    SourcesConfig as SourcesConfig, TrainConfig as TrainConfig,
)
