# The front door: every command that people and CI use. Works with uv where it is installed, with plain Python otherwise.
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BROKER := /usr/lib/rabbitmq/bin/rabbitmq-server
UV     := $(shell command -v uv 2>/dev/null)
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
STEPS  ?= 20000
SEED   ?= 1
SAMPLE ?= 600
WORLDS ?= quick
JOBS   ?= $(shell expr 2 '*' $$(nproc))  # many tests wait for processes and servers, so two for each core

unexport PYTHONDONTWRITEBYTECODE  # tests start hundreds of processes, each of which would compile everything anew

.DEFAULT_GOAL := help
.PHONY: help demo demo-events test check lint types imports tests prove mutants coverage bench fmt wheel docs clean

help:  ## show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: $(READY)  ## two sandbox Waldurs, orders from one to the other, told live
	@$(BIN)/waldur-federation demo

demo-events: $(READY) $(BROKER)  ## the same pair with a message broker: how much sooner than by polling
	@$(BIN)/waldur-federation demo --story events

test: check tests  ## everything CI runs

check: lint types imports  ## all that needs no test to run

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy src tests

imports: $(READY)
	$(BIN)/lint-imports --no-logo

tests: $(READY) $(BROKER)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report= --cover-core
	$(BIN)/coverage report --include='src/federation_core/*' --fail-under=100

prove: $(READY)  ## random lives of two marketplaces, every invariant checked after each step; STEPS=20000 SEED=1
	$(BIN)/python -m tests.stateful --steps $(STEPS) --seed $(SEED)

mutants: $(READY)  ## small mistakes in decisions and use cases, and whether the tests notice; SAMPLE=600 SEED=1, SAMPLE=0 for all
	$(BIN)/python -m tests.mutation --sample $(SAMPLE) --seed $(SEED)

coverage: $(READY) $(BROKER)  ## the tests with the branch coverage of everything
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q --cov-report= \
		--cov=federation_core --cov=federation_adapters --cov=federation_runner
	$(BIN)/coverage report

bench: $(READY) $(BROKER)  ## races with the official agent, and what cycles cost; WORLDS=all for the large worlds and all faults
	$(BIN)/python -m tests.bench --worlds $(WORLDS)

fmt: $(READY)  ## format the code and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

wheel: $(READY)  ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

docs: $(READY)  ## write the generated pages anew
	$(BIN)/python -m tests.docs.generate

clean:  ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage

$(BROKER):  # installed for its program alone: the runlevel keeps the package from starting a service
	@$(SUDO) apt-get update -qq && $(SUDO) env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends rabbitmq-server >/dev/null

$(READY): pyproject.toml
ifneq ($(UV),)
	$(UV) venv --quiet --allow-existing $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --editable . --group dev
else
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq -y python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
endif
	@touch $@
