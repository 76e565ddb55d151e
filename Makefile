# Everything here makes its own set-up: a machine with Python 3.10+, make and git is enough.
#   make demo    what differs between two real containers (or, without an engine, two starts)
#   make test    the tests; those that need a container engine are skipped, with a word, where
#                none runs (ENVAUDIT_REQUIRE_ENGINE=1 makes that an error)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
AGENT_SOURCES := $(shell find auditor/agent -name '*.py')
# The tests' engine containers take most of the time, and wait most of it: two workers share it.
PYTEST_FLAGS ?= -n 2 --dist loadgroup

.PHONY: help demo test lint format bench bench-snapshot bench-deep bench-probes bench-explain bench-image bench-gate engine engine-stop podman podman-stop agent agent-image docs pictures docs-check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

$(VENV)/.done: pyproject.toml
	@test -n "$(PYTHON)" || { echo "envaudit: needs Python 3.10 or newer" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) || { echo "envaudit: python -m venv does not work (Debian: apt install python3-venv)" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group test --group lint
	touch $@

demo: $(VENV)/.done build/envaudit.pyz ## build two containers that differ, run them, show what differs
	@if docker info >/dev/null 2>&1; then images/demo.sh show; else images/demo-here.sh; fi

test: $(VENV)/.done build/envaudit.pyz ## the tests
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(VENV)/.done docs-check ## style, types, the agent's Python floor, workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vermin --quiet --target=3.8- --violations --backport argparse --backport zoneinfo --no-parse-comments auditor/agent
	$(BIN)/zizmor --quiet --offline .github action.yml docs/github

format: $(VENV)/.done ## rewrite the sources in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.done build/envaudit.pyz ## what envaudit costs, as ratios to other commands
	$(BIN)/python bench/startup.py

bench-snapshot: $(VENV)/.done build/bench/.done ## what a snapshot costs among 300 distributions
	@if [ "$$(id -u)" = 0 ]; then run=bench/overlay.sh; else run=env; fi; \
	$$run $(BIN)/python bench/snapshot.py build/bench $(PAIRS)

build/bench/.done: bench/environment.txt
	$(PYTHON) -m venv build/bench
	build/bench/bin/python -m pip install --quiet --requirement bench/environment.txt ceteris
	touch $@

bench-deep: $(VENV)/.done build/bench-deep/.done ## what --deep costs beside importing the same libraries
	$(BIN)/python bench/deep.py build/bench-deep $(PAIRS)

bench-probes: $(VENV)/.done build/bench-deep/.done ## whether each probe is the same in 50 processes: APP=PYTHON
	$(BIN)/python bench/probes.py $(or $(APP),build/bench-deep/bin/python)

build/bench-deep/.done:
	$(PYTHON) -m venv build/bench-deep
	build/bench-deep/bin/python -m pip install --quiet numpy scipy pandas scikit-learn torch
	touch $@

bench-explain: $(VENV)/.done ## how well findings name the cause of real cases: CASES=FOLDER
	@test -n "$(CASES)" || { echo "envaudit: make bench-explain CASES=FOLDER" >&2; exit 2; }
	$(BIN)/python bench/explain.py $(CASES)

bench-image: $(VENV)/.done ## what reading an image archive of 2 GiB costs, as ratios and in memory
	$(BIN)/python bench/image_archive.py

bench-gate: $(VENV)/.done ## what judging 1,000 packages costs, as ratios to loading them
	$(BIN)/python bench/gate.py

engine: ## install and start a Docker engine where none runs (Debian or Ubuntu, root)
	@images/engine.sh start

engine-stop: ## stop the engine that `make engine` started
	@images/engine.sh stop

podman: ## install and start a Podman service of our own, as a second engine (Debian or Ubuntu)
	@images/podman.sh start

podman-stop: ## stop the service that `make podman` started, and remove its storage
	@images/podman.sh stop

agent: build/envaudit.pyz ## the single-file agent

agent-image: build/envaudit.pyz ## the image that holds the agent alone: IMAGE=NAME OPTIONS="..."
	@images/agent/build.sh $(IMAGE) $(OPTIONS)

build/envaudit.pyz: $(AGENT_SOURCES) auditor/capture/bundle.py $(VENV)/.done
	@mkdir -p build
	$(BIN)/envaudit agent -o $@

docs: $(VENV)/.done ## generate docs/schema and docs/rules
	$(BIN)/python -m auditor.store.schema docs/schema
	$(BIN)/python -m auditor.explain.pages docs/rules

pictures: $(VENV)/.done build/envaudit.pyz ## the README's pictures, of the demo's containers (needs an engine and Chromium)
	$(BIN)/python tests/tools/pictures.py

docs-check: $(VENV)/.done # what is generated is up to date
	@rm -rf build/docs
	@$(BIN)/python -m auditor.store.schema build/docs/schema
	@$(BIN)/python -m auditor.explain.pages build/docs/rules
	@for part in schema rules; do diff -r build/docs/$$part docs/$$part || \
		{ echo "envaudit: docs/$$part is out of date: make docs" >&2; exit 1; }; done

clean: ## remove what make made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
