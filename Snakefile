# seqplay: LLM self-play on Haskell program semantics. The whole game, on one screen.
#
#   sample programs ─ Alice proposes ─ validate ─ proof rounds ─ pairs ─ Bob votes ─ curriculum ─ train Alice and Bob
#        ▲              (engine)       (Haskell)  (tactics, Alice)         (engine)                      (engine)  │
#        └──────────────────────────────── the next iteration plays with the new adapters ──────────────────────┘
#
# One iteration is results/{experiment}/iter_{i}; what it has learned is measured in eval_{i}, on held-out programs.
# Each stage is a rule in rules/, a script in workflow/scripts/ and a function in workflow/seqplay/ of the same name. But:
# rules of pages and reports call write_…, dataset_… calls the function of the rest of its name in seqplay.dataset, and
# …_heldout_proofs what proves in an iteration.

from snakemake.utils import min_version

min_version("9.22")  # priorities that depend on wildcards


configfile: "config/config.yaml"


report: "report/workflow.rst"


include: "rules/common.smk"
include: "rules/programs.smk"
include: "rules/shards.smk"
include: "rules/alice.smk"
include: "rules/validate.smk"
include: "rules/bob.smk"
include: "rules/curriculum.smk"
include: "rules/adapters.smk"
include: "rules/evaluate.smk"
include: "rules/suites.smk"
include: "rules/report.smk"
include: "rules/sweep.smk"
include: "rules/dataset.smk"


localrules:
    all,
    sample_programs,
    evaluation_programs,
    merge_shards,
    gather_lemmas,
    collect_pairs,
    choose_pairs,
    guard,
    curriculum,
    evaluate,
    suite_results,
    suites,
    summarise,
    summary_page,
    iteration_report,
    report,
    comparison,
    sweep_report,
    dataset,


rule all:
    default_target: True
    input:
        plannable,
        [f"{RESULTS}/{name}/summary.md" for name in EXPERIMENTS],
        REPORTS,
        COMPARISON,
        SUITE_RESULTS,
