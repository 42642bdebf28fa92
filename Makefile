# MusiClassify. `make help` lists the targets.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PATH := $(abspath $(BIN)):$(PATH)
export PATH
export DVC_NO_ANALYTICS = 1
# Where Python may not keep what it compiled, each of the many processes below compiles all of TensorFlow anew.
unexport PYTHONDONTWRITEBYTECODE
GTZAN ?=
MUSIC ?=
TABLE ?=
export GTZAN MUSIC TABLE

.DEFAULT_GOAL := help
.PHONY: help setup repro gtzan folder table demo report check test test-lowest lint wheel lock sbom audit bench bench-scale crossvalidate

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

EXTRAS := learn,web,watch,parquet,cluster,docs,notebook,dev
# requirements.lock pins every version, with hashes, where it fits (Linux, Python 3.11); elsewhere the ranges hold.
FITS := import sys; sys.exit(not (sys.platform == "linux" and sys.version_info[:2] == (3, 11)))

# --no-compile: Python compiles what it imports when it imports it; compiling all that is installed takes a minute.
$(VENV)/.installed: pyproject.toml requirements.lock | $(BIN)/python
	@pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile"; \
	if $(BIN)/python -c '$(FITS)'; then \
	  echo "installing requirements.lock" && $$pip --require-hashes -r requirements.lock && \
	  $$pip --no-deps --no-build-isolation -e .; \
	else echo "installing .[$(EXTRAS)]" && $$pip -e '.[$(EXTRAS)]'; fi
	@touch $@

setup: $(VENV)/.installed  ## make the environment and nothing else

repro: setup  ## learn on the corpus that params.yaml names (at first the embedded one)
	python -m pipeline check
	dvc repro release report

gtzan: setup  ## learn on GTZAN: make gtzan GTZAN=DIR
	python -m pipeline configure --corpus gtzan --path "$$GTZAN"
	dvc repro release report

folder: setup  ## learn on your own music: make folder MUSIC=DIR with DIR/<label>/*.mp3
	python -m pipeline configure --corpus folder --path "$$MUSIC"
	dvc repro release report

table: setup  ## learn on a list of clips: make table TABLE=FILE.csv with path,label (docs/how-to/table.md)
	python -m pipeline configure --corpus table --path "$$TABLE"
	dvc repro release report

demo: setup  ## go back to the embedded corpus and learn on it
	python -m pipeline configure --corpus demo
	dvc repro release report

report: setup  ## make the report's page anew (with what was measured since) and open it
	dvc repro --force --single-item report
	@python -m webbrowser "file://$$(pwd)/$$(python -m pipeline where report)/index.html" || true

check: setup  ## check params.yaml, and sweep what a killed run left of DVC
	python -m pipeline check

lint: setup  ## the linter, the formatter's check and the types of the package
	ruff check .
	ruff format --check .
	mypy

# What the tests of the page need, where it can be had: node and Chromium as root on Debian, its libraries with npm.
test: lint  ## install what the tests need, and run the linter and all tests
	@python tests/needs.py install
	python -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder

JOBS ?= 2

wheel: setup musiclassify/web/node_modules/.package-lock.json  ## build dist/musiclassify-*.whl with the default model inside
	python -m hatchling build -t wheel

lock: setup  ## make requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml $(foreach extra,learn web watch parquet cluster docs notebook dev,--extra $(extra)) --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

LOWEST ?= .venv-lowest
test-lowest:  ## the tests but the slow ones with the lowest versions that pyproject.toml admits (needs uv)
	uv venv --quiet --allow-existing --python $(PYTHON) $(LOWEST)
	uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct -e '.[$(EXTRAS)]'
	PATH="$(abspath $(LOWEST))/bin:$$PATH" python -m pytest -m "not slow and not browser" -n $(JOBS) --dist loadgroup

# The tools of the two targets below have an environment of their own: they are no part of what they look at.
SUPPLY := $(abspath .venv-supply)/bin
$(SUPPLY)/pip-audit:
	$(PYTHON) -m venv .venv-supply
	$(SUPPLY)/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8' 'pip-audit>=2.7,<3'

sbom: $(SUPPLY)/pip-audit  ## write build/sbom/, what the program is made of (CycloneDX), from the locks; needs npm
	@mkdir -p build/sbom
	$(SUPPLY)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom/python.cdx.json
	cd musiclassify/web && npm sbom --package-lock-only --sbom-format cyclonedx > ../../build/sbom/page.cdx.json

audit: $(SUPPLY)/pip-audit  ## ask for known weaknesses of all pinned versions; what cannot be asked for is a failure (needs the internet)
	$(SUPPLY)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	cd musiclassify/web && npm audit --package-lock-only

bench: setup  ## measure speed and memory
	python -m benchmarks

bench-scale: setup  ## how time and memory of each stage grow over a sixteenfold corpus (reports/bench/scale)
	python -m benchmarks.scale
	python -m benchmarks.scale.cost
	python -m benchmarks.scale.workers

# Rooms with targets of their own bring them along: web, static, notebook, docs, leak-price, ablation, robustness …
-include $(wildcard */room.mk musiclassify/web/web.mk)
