# A machine with Python 3.11 or newer and make is enough: `make demo`, `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint format bench docs page screenshots constraints clean

# Tools below keep caches and settings in HOME; without one they get a folder of ours.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache/home
endif
export DO_NOT_TRACK := 1
export PYTHON

BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
OPENMETADATA := .venv-openmetadata/.installed

help:  ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(RUN): pyproject.toml constraints.txt scripts/install
	@scripts/install -e '.[dlt,dbt,postgres,ui,openmetadata]' --group example
	@touch $@

$(DEV): $(RUN)
	@scripts/install -e '.[dlt,dbt,postgres,ui,openmetadata]' --group dev
	@touch $@

# What is not there is tried again the next time, and stops nothing.
$(OPENMETADATA): $(DEV) constraints-openmetadata.txt scripts/install-openmetadata
	@scripts/install-openmetadata

setup: $(DEV) $(OPENMETADATA)  ## Make the environments that the other targets need

demo: $(RUN)  ## Run the example on real data and print what happened; ARGS=--open opens the page
	@$(BIN)/python example_project/demo.py $(ARGS)

test: $(DEV) $(OPENMETADATA)  ## Run every suite but the long one
	@$(BIN)/python scripts/run_suites.py

test-long: $(DEV)  ## Run what takes minutes
	@$(BIN)/python scripts/run_suites.py --long

lint: $(DEV)  ## Check style, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV)  ## Let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV)  ## Measure what we cost
	@$(BIN)/python benchmarks/run.py

docs: $(DEV)  ## Build the site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

page:  ## Build the page from page/ into the package, and check it; needs node 20
	@cd page && npm ci --no-audit --no-fund && npm run build && npm run check

screenshots: $(DEV)  ## Take docs/images anew, from the example; needs Chromium
	@$(BIN)/python -m scripts.screenshots

constraints: $(DEV)  ## Resolve constraints.txt anew
	@scripts/resolve

clean:  ## Remove what builds, tests and the demo leave; .venv stays
	@rm -rf .cache .coverage* .demo .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist site
