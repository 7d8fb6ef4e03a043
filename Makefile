# One command does it all: `make up`. Every target may be run again at any time; what is done is not done twice.
# Needed on the machine: Python 3.11 or later with venv, and make. Nothing else; no root.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup up demo test check format words lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := baileo/web/shared/static/build
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# A step is done when a file named after the hash of its inputs is there, so a fresh clone and a branch change are seen.
HASH := LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16
SOURCES := find frontend baileo/plugins \( -name node_modules -o -name land.json \) -prune -o -type f \
	\( -path 'frontend/*' -o -name '*.ts' \) -print
PROJECT := sed -n '1,/^\[tool/p' pyproject.toml
PYTHON_DONE := $(VENV)/.made-$(shell { cat requirements/*.txt; $(PROJECT); pwd; } | sha256sum | cut -c1-16)
NODE_DONE := frontend/node_modules/.made-$(shell echo frontend/package-lock.json | $(HASH))
BUILD_DONE := $(BUILD)/.made-$(shell $(SOURCES) | $(HASH))
WORDS_DONE := $(VENV)/.words-$(shell find baileo -name '*.po' | $(HASH))

help: ## Show this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(PYTHON_DONE) $(NODE_DONE) $(BUILD_DONE) $(WORDS_DONE) ## Make .venv, install the locked packages, build the front end

up: setup ## Run everything on http://127.0.0.1:8000
	@exec $(BIN)/baileo up

demo: setup ## The same with a pretend Ambon, in a data folder of its own
	@exec $(BIN)/baileo demo

test: setup ## Run every test; the last line is pytest's
	@cd frontend && npm test --silent
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not load" $(TESTS)

check: setup ## Style, types, laws of the house, templates, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.house_laws
	$(BIN)/python -m tools.templates
	$(BIN)/python -m tools.translations check
	cd frontend && npm run --silent types

format: setup ## Bring the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

words: setup ## Collect new words into the catalogues and compile them
	$(BIN)/python -m tools.translations update
	$(BIN)/python -m tools.translations compile

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --quiet
lock: setup ## Lock newer packages (edit requirements/*.in first); LOCK_FLAGS=--upgrade takes the newest
	$(LOCK) $(LOCK_FLAGS) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) $(LOCK_FLAGS) requirements/dev.in -o requirements/dev.txt

clean: ## Remove what set-up made; data folders stay
	rm -rf $(VENV) frontend/node_modules $(BUILD) frontend/src/assets/land.json .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis baileo.egg-info
	find baileo -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON_DONE):
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Baileo needs Python 3.11 or later with venv. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing the locked packages into $(VENV) ..."
	@test -x $(BIN)/python && $(BIN)/python -c '' && grep -qs "^VIRTUAL_ENV=.*$(CURDIR)/$(VENV)" $(BIN)/activate \
		|| $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --no-deps --only-binary :all: \
		-r requirements/runtime.txt -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index --editable .
	@rm -f $(VENV)/.made-* && touch $@

$(NODE_DONE): $(PYTHON_DONE)
	@echo "Installing the front end's packages ..."
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

$(BUILD_DONE): $(NODE_DONE)
	@echo "Building the front end ..."
	@cd frontend && npm run --silent build -- --logLevel error
	@touch $@

$(WORDS_DONE): $(PYTHON_DONE)
	@$(BIN)/python -m tools.translations compile
	@rm -f $(VENV)/.words-* && touch $@
