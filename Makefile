# Two commands matter: `make run` and `make test`. Both prepare everything themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PROJECT_ENVIRONMENT := $(VENV)
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run serve setup setup-dev check test bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.setup: $(BIN)/uv pyproject.toml uv.lock
	$(BIN)/uv sync --frozen --inexact --quiet
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup
	$(BIN)/uv sync --frozen --inexact --quiet --group dev
	@touch $@

setup: $(VENV)/.setup ## Prepare the environment only

setup-dev: $(VENV)/.setup-dev ## Prepare the environment with the tools for tests and checks

run: setup ## Set up, load the demo registry once, write one package, serve http://127.0.0.1:8000
	REGISTRY_DEMO=1 $(BIN)/registry demo
	REGISTRY_DEMO=1 $(BIN)/registry serve

serve: setup ## Serve only
	$(BIN)/registry serve

check: setup-dev ## Lint, types, import contract, fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q -n auto -m "not browser and not office and not slow" tests/unit tests/architecture tests/golden tests/property

# Files are handed out in the order the suite gives (tests/conftest.py), the longest first; each worker has one core, and
# the many processes that tests start find compiled code wherever the machine lets Python keep it.
test: export POLARS_MAX_THREADS = 1
test: setup-dev ## The whole suite, on SQLite and PostgreSQL, with browser and office tests
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --hypothesis-profile=repeatable

bench: setup-dev ## Measured figures, each beside a peer or the limit
	$(BIN)/uv sync --frozen --inexact --quiet --group dev --group bench
	$(BIN)/registry bench

clean: ## Remove the environment and the data folder
	rm -rf $(VENV) var
