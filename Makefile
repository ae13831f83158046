# Everything is set up on the way: 'make run' on a fresh Debian 12 needs make, git and Python 3.11 only.
CITYGRID := .venv/bin/citygrid
PY := .venv/bin/python
CITYGRID_HOME ?= .citygrid

.PHONY: help run stop reset doctor setup web test test-long bench lint lock system browser
.DEFAULT_GOAL := help

help:
	@echo "make run        set up what is missing and start the city (Ctrl-C or 'make stop' ends it)"
	@echo "make stop       stop a running city"
	@echo "make reset      stop it and delete its state (private database, demo data)"
	@echo "make doctor     say what is well and what is not"
	@echo "make test       everything that a landing needs"
	@echo "make test-long  soaks, QGIS, chaos, big fuzz"
	@echo "make bench      the measurements of bench/"
	@echo "make lint       ruff and mypy"
	@echo "make lock       renew requirements.lock from pyproject.toml"
	@echo "make system     install Debian's PostgreSQL, PostGIS and pgRouting (root)"
	@echo "make browser    install Debian's Chromium, fonts and GDAL programs for the tests (root)"

run: setup web
	@exec $(CITYGRID) up

stop:
	@if [ -x $(CITYGRID) ]; then exec $(CITYGRID) down; else echo "nothing runs here: there is no .venv"; fi

reset:
	@if [ -x $(CITYGRID) ]; then exec $(CITYGRID) reset; else echo "nothing to reset: there is no .venv"; fi

doctor:
	@exec $(CITYGRID) doctor

setup:
	@deploy/setup.sh run

web:
	@$(PY) -m web_map.assets

system:
	@deploy/setup.sh system

browser:
	@deploy/setup.sh browser

lint:
	@deploy/setup.sh venv dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

test:
	@deploy/test.sh

test-long:
	@deploy/test.sh long

bench:
	@deploy/setup.sh test
	@$(PY) -m web_map.assets
	@$(PY) -m bench.locate

lock:
	@deploy/setup.sh venv
	.venv/bin/uv pip compile pyproject.toml --extra dev --extra node -o requirements.lock --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock"
