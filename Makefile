# seqplay: `make demo` plays two iterations; `make test` runs the fast tests. Everything is installed into .venv.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
CORES ?= $(shell nproc)

.PHONY: help setup system packages slurm-packages demo test test-all lint bench doctor config liquid cluster-up cluster-down

help:
	@echo "make demo      set up, play two iterations, print the summary"
	@echo "make test      set up, run the fast tests"
	@echo "make test-all  also the slow ones: drills, figures, vLLM, Liquid Haskell"
	@echo "make lint      ruff, mypy, snakefmt, snakemake --lint"
	@echo "make bench     the figures of docs/performance.md"
	@echo "make doctor    what is there, what each lack costs, what mends it"

setup: system .venv/installed
	@$(BIN)/python -c 'from seqplay.haskell.build import ensure_worker; ensure_worker("ghc")'

# The compiler, the solver and the jail, from the distribution; `make test` adds a small Slurm.
TOOLS := ghc:ghc z3:z3 bwrap:bubblewrap flock:util-linux
SLURM := slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge

system:
	@$(MAKE) --no-print-directory packages WANTED="$(TOOLS)"

slurm-packages:
	@$(MAKE) --no-print-directory packages WANTED="$(SLURM)" || echo "the tests on a real Slurm are skipped"

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
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Where no model can be had, `mutate` plays alone, and the summary says so. The kernel drops this lock when the demo is
# killed, so that a second call goes on where the first stopped; Snakemake's own would have to be removed by hand.
demo: setup
	@more=; $(BIN)/seqplay model fetch || more="--configfile config/experiments/no_model.yaml"; mkdir -p results; \
	flock --nonblock results/.demo.lock \
	  $(BIN)/snakemake --nolock --profile profiles/default --cores $(CORES) $$more && \
	cat results/demo/summary.md && echo "The summary is in results/demo/summary.md"

test: setup slurm-packages
	SEQPLAY_ESCAPE_JAILS=bubblewrap $(BIN)/python -m pytest -m "not slow"

test-all: setup slurm-packages
	$(BIN)/python -m pytest

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

# Liquid Haskell from the Haskell package index, pinned, into the project's own folder; says where it is.
liquid: .venv/installed
	$(BIN)/python -m seqplay.proof.install

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
