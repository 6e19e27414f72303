# `make` alone lists what can be made.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup build serve test lint bench golden docs soak lock clean

help: ## list these
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## only the environment, in .venv

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "migkg needs Python 3.11 or newer; say PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

build: setup ## the graph, in build/release
	$(BIN)/migkg build

serve: build ## build, print the trace of 10.7.2, then serve http://localhost:8000
	$(BIN)/migkg trace 10.7.2
	$(BIN)/migkg serve --port $(PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## everything: style, types, floors, tests
	$(BIN)/pytest -rs

soak: setup ## longer loops
	$(BIN)/pytest -rs -m soak

bench: build ## measure, and write the table of bench/README.md
	$(BIN)/python -m bench

golden: setup ## rewrite the golden answers of the queries (then read the difference)
	$(BIN)/python -m tests.golden

docs: setup ## rewrite the generated pages: queries/README.md, docs/cli.md
	$(BIN)/python -m tests.docs

lock: setup ## renew requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group dev --all-extras pyproject.toml -o requirements.lock

clean: ## remove what was made, but for the environment
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
