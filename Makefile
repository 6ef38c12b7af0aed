# Rooms Ops: `make demo` shows it, `make test` proves it. `make help` lists the rest.
# Everything stands inside this folder: .boot (the installer), .venv (the environment), var (the demo's data).

SHELL := /bin/bash
PY ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LINKED := $(CURDIR)/.venv/lib/python3.11/site-packages/rooms-ops.pth

# the installer must neither fetch an interpreter nor take settings of the machine into the lock
export UV_PYTHON_DOWNLOADS := never
export UV_NO_CONFIG := 1
COMPILE := .boot/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help env demo demo-reset demo-check test check bench faults fmt lock lock-gate

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: .venv/.ok ## start everything and show who can sign in; Ctrl-C stops it, the data stays
	@$(BIN)/python -m portal.demo up

demo-check: .venv/.ok ## start everything on free ports, check it, print one JSON line, stop (KEEP=1: keep running)
	@$(BIN)/python -m portal.demo check

demo-reset: .venv/.ok ## throw the demo's data away; the next `make demo` starts over
	@$(BIN)/python -m portal.demo reset

test: .venv/.ok ## the whole suite, in parallel, on its own PostgreSQL; then the browser tests
	@$(BIN)/python -m tests.run $(ARGS)

check: .venv/.ok lock-gate ## linters, types, import contracts, Django's checks, drawings and URL map
	@$(BIN)/python -m tests.checks

bench: .venv/.ok ## measure speed (docs/bench.md)
	@$(BIN)/python -m pytest tests/bench -p no:randomly -s $(ARGS)

faults: .venv/.ok ## kill workers, brokers and connections while the queue works (ROOMS_FAULTS=10000)
	@$(BIN)/python -m pytest tests/faults -p no:randomly -s $(ARGS)

fmt: .venv/.ok ## put code into its shape
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

env: .venv/.ok ## the environment, from the hash lock

.boot/.ok: requirements-boot.lock
	@test -n "$(PY)" || { echo "Rooms Ops needs Python 3.11: apt-get install python3.11"; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Rooms Ops needs Python 3.11; $(PY) is $$($(PY) -V). Say which: make PY=/path/to/python3.11"; exit 1; }
	@$(PY) -m pip --version >/dev/null || { echo "Rooms Ops needs pip: apt-get install python3-pip"; exit 1; }
	@echo "Setting up the environment (once, about 10 s)"
	@rm -rf .boot
	@$(PY) -m pip install -q --disable-pip-version-check --no-warn-script-location --root-user-action ignore \
		--target .boot --require-hashes -r requirements-boot.lock
	@touch $@

.venv/.ok: requirements-dev.lock .boot/.ok
	@.boot/bin/uv venv -q --allow-existing -p $(PY) .venv
	@.boot/bin/uv pip sync -q -p .venv --require-hashes requirements-dev.lock
	@echo "$(CURDIR)" > "$(LINKED)"
	@touch $@

lock: .boot/.ok ## lock the requirements anew, with hashes and without hosts
	@echo 'uv==0.13.9' | $(COMPILE) --no-annotate -o requirements-boot.lock -
	@$(COMPILE) pyproject.toml -o requirements.lock
	@$(COMPILE) -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock
	@$(MAKE) --no-print-directory lock-gate

lock-gate:
	@! grep -nE '://|^--|@ ' requirements*.lock || { echo "A lock names a host, an option or a direct reference."; exit 1; }
