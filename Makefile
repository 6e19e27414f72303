# `make` alone lists what can be made.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
# Test processes: the first that needs the graph builds it for all (about 1.5 GB each).
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup dev build serve test lint bench scale golden docs soak fuzz audit lock clean

help: ## list these
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## only what migkg needs to run, in .venv

dev: .venv/.dev ## and what its tests need

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "migkg needs Python 3.11 or newer; say PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.ready requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

build: setup ## the graph, in build/release
	$(BIN)/migkg build

serve: build ## build, print the trace of 10.7.2, then serve http://localhost:8000
	$(BIN)/migkg trace 10.7.2
	$(BIN)/migkg serve --port $(PORT)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## everything: style, types, floors, tests
	$(BIN)/pytest -rs -n $(JOBS) --dist worksteal

soak: dev ## longer loops, and tests that take long
	$(BIN)/pytest -rs -m soak

fuzz: dev ## made-up requests, queries and files, for a long time
	MIGKG_FUZZ=1 $(BIN)/pytest -rs tests/abuse/test_fuzz.py

audit: dev ## ask the service of known vulnerabilities about the pinned libraries (needs the network)
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.lock

bench: dev build ## measure, and write the table of bench/README.md
	$(BIN)/python -m bench

scale: dev ## measure validation and scores on made-up data of growing size (takes long)
	$(BIN)/python -m bench.scale --sizes 0.1 1 5 --runs 3

golden: dev ## rewrite the golden answers of the queries (then read the difference)
	$(BIN)/python -m tests.golden

docs: dev ## rewrite the generated pages: queries/README.md, docs/cli.md
	$(BIN)/python -m tests.docs

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: setup ## renew the lock files (needs uv)
	$(LOCK) --group build pyproject.toml -o requirements.lock
	$(LOCK) --group dev --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what was made, but for the environment
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
