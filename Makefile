# OpenTRS. Two commands are enough for most people: `make demo` and `make test`. `make help` lists the rest.
# Everything is installed into .venv; nothing else on the machine is touched.

PYTHON ?= python3
WORKERS ?= 2
MUTANTS ?= 300
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SOURCES := $(shell find src -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format bench validate docs mutants clean

help:  ## list these commands
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: demo/report/report.html  ## simulate a cohort, run the study, print the path of the report
	@echo "$(CURDIR)/demo/report/report.html"

demo/report/report.html: $(VENV)/.core $(SOURCES)
	@rm -rf demo
	$(BIN)/opentrs demo -o demo > /dev/null
	@touch $@

test: $(VENV)/.test  ## run the tests (ARGS="-k name" for some of them)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(VENV)/.dev  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test  ## run the benchmarks and print their table
	$(BIN)/python benchmarks/run.py $(ARGS)

validate: $(VENV)/.test  ## run the validation studies and write their tables
	$(BIN)/python validation/run.py $(ARGS)

docs: $(VENV)/.test  ## generate the reference pages from the code and check every link
	$(BIN)/python -m tools.make_docs
	$(BIN)/python -m pytest -q tests/docs

mutants: $(VENV)/.test  ## break the code on purpose and count the breaks no test notices
	$(BIN)/python -m tools.mutate --sample $(MUTANTS) --workers $(WORKERS) --pytest-args "-k 'not sqlite'" $(ARGS)

clean:  ## remove what make made, .venv included
	rm -rf $(VENV) demo out bench-out build dist mutants.jsonl .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON) here. Type: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "OpenTRS needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "If a later one is installed, name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Type: sudo apt-get install python3-venv" >&2; exit 1; }
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing OpenTRS into $(VENV), which takes a minute or two the first time ..." >&2
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(PIP) --editable '.[test,dev]'
	@touch $@
