# Needs make and Python 3.11 or later, nothing else; no virtual environment has to be active.
#   make demo    see a small real model get better at a task (the second time resumes at once)
#   make test    run every test, the ones against the real model too
#   make nightly  try twenty times as much random data: make nightly MLSIG_NIGHTLY=100
#   make fuzz    try random texts for a minute: make fuzz MLSIG_FUZZ_SECONDS=3600 for an hour
# Any Python will do:  make test PYTHON=python3.13

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHONS ?= $(shell for p in python3.11 python3.12 python3.13 python3.14; do \
	$$p -c '' 2>/dev/null && echo $$p; done; true)
VENV ?= .venv
BENCH_VENV ?= .venv-bench
PYTEST_ARGS ?=
MLSIG_FUZZ_SECONDS ?= 60
MLSIG_NIGHTLY ?= 20
# Tests of one real model stay together, so that it is served once.
PARALLEL ?= -n auto --maxprocesses 8 --dist loadgroup
# Branches, over the whole suite; raise it when the figure has risen.
COVERAGE ?= 95

BIN := $(CURDIR)/$(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: help setup demo test cov nightly fuzz lint format types docs site bench kernel vscode dist pythons lock clean

help:
	@sed -n 's/^#   //p' Makefile
	@echo "also: setup cov lint format types docs site bench kernel vscode dist pythons lock clean"

setup: $(READY)

# --no-compile: half of the time that pip takes goes into bytecode that is never run.
$(READY): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later on PATH; say which: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	"$(BIN)/python" -m pip install --quiet --no-compile --require-hashes -r requirements/dev.txt
	"$(BIN)/python" -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Prints both accuracies, the Pareto front, the configuration and the prompt; writes examples/sentiment/out/report.html.
# --no-rules: the small model continues texts and follows no instructions, so it has no advice to give.
demo: $(READY)
	@cd examples/sentiment && "$(BIN)/mlsig" compile && "$(BIN)/mlsig" optimize sentiment:Review \
		--train sentiment_data:train --test sentiment_data:held_out --budget-calls 360 --no-rules \
		--local --resume --store out/runs.db --report out/report.html \
		|| { code=$$?; echo "\`make demo\` goes on where this stopped" >&2; exit $$code; }

test: $(READY)
	"$(BIN)/python" -m pytest $(PARALLEL) $(PYTEST_ARGS)

cov: PYTEST_ARGS += --cov --cov-report=term --cov-fail-under=$(COVERAGE)
cov: test

# How many examples each test tries is in tests/nightly.py. The real model has nothing random.
nightly: $(READY)
	MLSIG_NIGHTLY="$(MLSIG_NIGHTLY)" "$(BIN)/python" -m pytest $(PARALLEL) -m "not model" $(PYTEST_ARGS)

# Shows the smallest text of each problem that it finds.
fuzz: $(READY)
	PYTHONPATH="$(CURDIR)/tests" MLSIG_FUZZ_SECONDS="$(MLSIG_FUZZ_SECONDS)" "$(BIN)/python" -m fuzz

lint: $(READY)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

format: $(READY)
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

docs: $(READY)
	"$(BIN)/python" -m mlsig_compiler.codes > docs/errors.md

# The documentation as pages that need no network and no server: open build/site/index.html.
site: $(READY)
	"$(BIN)/python" -m sphinx --quiet --fail-on-warning --keep-going -b html -d build/doctrees docs build/site

types: $(READY)
	"$(BIN)/mypy"
	"$(BIN)/pyright" --project pyproject.toml --pythonpath "$(BIN)/python"

# Rivals have their own environment, so that ours stays what users get.
$(BENCH_READY): requirements/bench.txt
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later on PATH; say which: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(BENCH_VENV)
	"$(CURDIR)/$(BENCH_VENV)/bin/python" -m pip install --quiet --no-compile --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(BENCH_READY)
	PYTHONPATH="$(CURDIR)/compiler:$(CURDIR)/runtime" "$(CURDIR)/$(BENCH_VENV)/bin/python" -m benchmarks --write

# Optional: needs a C compiler and the headers of Python. mlsig finds it by itself, and does without where it is not.
kernel: $(READY)
	"$(BIN)/python" -m pip install --quiet ./runtime/kernel

# The wheel, the sdist, and a bill of materials of what an installation brings along.
dist: $(READY)
	rm -rf dist build/clean
	"$(BIN)/python" -m hatchling build -d dist
	$(PYTHON) -m venv --without-pip build/clean
	"$(BIN)/python" -m pip --python build/clean install --quiet --no-compile dist/*.whl
	"$(BIN)/cyclonedx-py" environment build/clean --pyproject pyproject.toml --mc-type library --output-reproducible \
		--output-file dist/mlsig.cdx.json

# Every Python from 3.11 on that is found, with the newest dependencies that it may have.
pythons: dist
	@for python in $(PYTHONS); do \
		rm -rf build/python build/desk && mkdir -p build/desk && $$python -m venv build/python \
		&& build/python/bin/python -m pip install --quiet --no-compile dist/*.whl \
		&& build/python/bin/python tests/release/smoke.py build/desk examples/quickstart || exit 1; \
	done

# Needs Node.js. The packages of the extension are for its build only: what they make is one file.
vscode: $(READY)
	@command -v npm >/dev/null || { echo "error: make vscode needs npm, which comes with Node.js" >&2; exit 1; }
	"$(BIN)/python" -m mlsig_compiler.highlighting > editors/vscode/syntaxes/mlsig.tmLanguage.json
	cd editors/vscode && npm install --no-package-lock --no-audit --no-fund && npm test && npm run package

lock:
	@command -v uv >/dev/null || { echo "error: make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-package mlsig --no-annotate --quiet --output-file requirements/dev.txt
	uv pip compile pyproject.toml requirements/bench.in --extra workers --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-package mlsig --no-annotate --quiet --output-file requirements/bench.txt

clean:
	rm -rf $(VENV) $(BENCH_VENV) .venv-ci .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* \
		dist build examples/*/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
