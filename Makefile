# `make demo` shows what Regulars does, `make test` what it promises. Both need make and Python 3.11 or newer, no more.
# Nothing is installed outside .venv, but as root on Debian or Ubuntu: python3-venv (to make it), PostgreSQL and Chromium
# (to test with).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
LISTS := pyproject.toml constraints.txt
SOURCES := src tests benchmarks docs
AS_ROOT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
APT := env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-long lint docs bench postgres chromium clean

help: ## Say what there is.
	@sed -n 's/^\([a-z-]*\):.*## /make \1|/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

demo: $(VENV)/.demo ## Install, load the records of a real grocer into ./demo and print their KPIs.
	@$(BIN)/regulars demo demo --real
	@echo "First:  . $(BIN)/activate; cd demo" >&2

test: $(VENV)/.test postgres chromium lint ## Check everything that takes seconds: style, types, layers, tests, documentation.
	@$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not long and not spark"

test-long: $(VENV)/.spark postgres chromium ## Check what takes minutes: Spark, kills, scale.
	@$(BIN)/pytest -q -m "long or spark"

lint: $(VENV)/.test ## Check style, types and layers.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

docs: $(VENV)/.test ## Write the reference pages of docs/ from the declarations.
	@$(BIN)/python -m regulars.views.reference

bench: $(VENV)/.test ## Run the benchmarks.
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

clean: ## Remove everything that was made, the demonstration too.
	@rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: $(VENV)/.made $(LISTS)
	@echo "Installing Regulars into $(VENV) ..." >&2
	@$(PIP) install -c constraints.txt -e ".[demo,serve,pdf,notify]"
	@touch $@

$(VENV)/.test: $(VENV)/.made $(LISTS)
	@echo "Installing Regulars and what tests it into $(VENV) ..." >&2
	@$(PIP) install -c constraints.txt -e ".[demo,serve,pdf,notify,dev,postgres]"
	@touch $@

$(VENV)/.spark: $(VENV)/.test $(LISTS)
	@echo "Installing Spark into $(VENV) ..." >&2
	@$(PIP) install -c constraints.txt -e ".[demo,serve,pdf,notify,dev,postgres,spark]"
	@touch $@

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Regulars needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if $(AS_ROOT); then \
	    echo "Installing python3-venv ..." >&2; $(APT) update && $(APT) install -y python3-venv >/dev/null; \
	  else \
	    echo "$(PYTHON) cannot make virtual environments. Run: sudo apt-get install python3-venv" >&2; exit 1; \
	  fi; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The tests start a server of their own; here it only has to be installed.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  if $(AS_ROOT); then \
	    echo "Installing PostgreSQL to test against ..." >&2; \
	    { $(APT) update && $(APT) install -y --no-install-recommends postgresql >/dev/null; } \
	      || echo "PostgreSQL could not be installed: its tests will be skipped." >&2; \
	  else \
	    echo "PostgreSQL is not installed: its tests will be skipped. (sudo apt-get install postgresql)" >&2; \
	  fi; }

chromium:
	@command -v chromium >/dev/null || { \
	  if $(AS_ROOT); then \
	    echo "Installing Chromium to look at pages with ..." >&2; \
	    { $(APT) update && $(APT) install -y --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1; } \
	      || echo "Chromium could not be installed: tests of pages in a browser will be skipped." >&2; \
	  else \
	    echo "Chromium is not installed: tests of pages in a browser will be skipped. (sudo apt-get install chromium)" >&2; \
	  fi; }
