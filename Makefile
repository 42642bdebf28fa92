# MusiClassify. `make help` lists the targets.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PATH := $(abspath $(BIN)):$(PATH)
export PATH
export DVC_NO_ANALYTICS = 1
GTZAN ?=
MUSIC ?=
export GTZAN MUSIC

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev repro gtzan folder demo report check test lint bench

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A lock pins every version where it fits (Linux, Python 3.11); elsewhere the ranges hold.
FITS := import sys; sys.exit(not (sys.platform == "linux" and sys.version_info[:2] == (3, 11)))
define install
list=$(1).txt; $(BIN)/python -c '$(FITS)' && list=$(1).lock; \
echo "installing $$list"; $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $$list
endef

$(VENV)/.installed: requirements.txt requirements-serve.txt requirements.lock | $(BIN)/python
	@$(call install,requirements)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-web.txt requirements-dev.lock $(VENV)/.installed
	@$(call install,requirements-dev)
	@touch $@

setup: $(VENV)/.installed  ## make the environment and nothing else

setup-dev: $(VENV)/.installed-dev  ## the environment with the test tools

repro: setup  ## learn on the corpus that params.yaml names (at first the embedded one)
	python -m pipeline check
	dvc repro release report

gtzan: setup  ## learn on GTZAN: make gtzan GTZAN=DIR
	python -m pipeline configure --corpus gtzan --path "$$GTZAN"
	dvc repro release report

folder: setup  ## learn on your own music: make folder MUSIC=DIR with DIR/<label>/*.mp3
	python -m pipeline configure --corpus folder --path "$$MUSIC"
	dvc repro release report

demo: setup  ## go back to the embedded corpus and learn on it
	python -m pipeline configure --corpus demo
	dvc repro release report

report: setup  ## make the report's page anew (with what was measured since) and open it
	dvc repro --force --single-item report
	@python -m webbrowser "file://$$(pwd)/$$(python -m pipeline where report)/index.html" || true

check: setup  ## check params.yaml and do nothing else
	python -m pipeline check

lint: setup-dev  ## the linter
	ruff check .

test: lint  ## the linter and all tests
	python -m pytest

bench: setup-dev  ## measure speed and memory
	python -m benchmarks

# Rooms with targets of their own bring them along: web, static, notebook, docs, leak-price, ablation, robustness …
-include $(wildcard */room.mk musiclassify/web/web.mk)
