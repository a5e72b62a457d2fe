# The two commands most people need: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
# Newer pips verify by the system's trust store; nothing here names an index, so your own pip configuration decides.

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check lint format migrate bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp ## Set up everything for working on the product

demo: $(VENV)/runtime.stamp ## From the item bank to a verified certificate, then a site to click through
	@$(BIN)/exam-engine demo $(ARGS)

serve: $(VENV)/runtime.stamp ## Serve the installation that the environment describes
	@$(BIN)/exam-engine migrate && $(BIN)/exam-engine serve $(ARGS)

test: $(VENV)/dev.stamp ## Run the whole suite on SQLite, PostgreSQL, Redis and Chromium
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

check: $(VENV)/dev.stamp lint test ## Everything that must hold before a change lands

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

format: $(VENV)/dev.stamp ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

migrate: $(VENV)/runtime.stamp ## Bring the database of the environment to the newest revision
	@$(BIN)/exam-engine migrate

bench: $(VENV)/dev.stamp ## Measure ratios side by side; writes bench/results.jsonl
	@$(BIN)/python -m bench

lock: $(VENV)/dev.stamp ## Write the constraint files anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--extra setup pyproject.toml --output-file constraints/runtime.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--extra setup --extra dev pyproject.toml --output-file constraints/dev.txt

clean: ## Remove the environment and everything the demo wrote
	rm -rf $(VENV) var *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A bare Debian has no ensurepip: then the system's pip brings its own kind. Where there is no pip at all, it is unpacked
# from Debian's package, which needs no root once the package lists are there.
$(VENV)/made.stamp:
	@echo "Setting up $(VENV) (once) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV); }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet --only-binary :all: pip 2>/dev/null || $(debian_pip) || \
		{ echo "This python3 has no pip, and Debian's package could not be fetched: install python3-venv"; exit 1; }
	@touch $@

define debian_pip
{ echo "No pip here: taking Debian's ..." && mkdir -p $(VENV)/debian && cd $(VENV)/debian && \
	{ apt-get download -qq python3-pip-whl 2>/dev/null || \
		{ apt-get update -qq && apt-get download -qq python3-pip-whl; }; } && \
	dpkg-deb -x python3-pip-whl_*.deb . && cd $(CURDIR) && \
	PYTHONPATH=$$(ls $(VENV)/debian/usr/share/python-wheels/pip-*.whl) $(BIN)/python -m pip install --quiet \
		--no-index --no-deps $(VENV)/debian/usr/share/python-wheels/pip-*.whl; }
endef

define install
	@$(BIN)/python -m pip $(PIP_INSTALL) -r constraints/$(1).txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endef

$(VENV)/runtime.stamp: constraints/runtime.txt pyproject.toml | $(VENV)/made.stamp
	@echo "Installing the product (pinned, by hash) ..."
	$(call install,runtime)

$(VENV)/dev.stamp: constraints/dev.txt pyproject.toml | $(VENV)/made.stamp
	@echo "Installing the product and its tests (pinned, by hash) ..."
	$(call install,dev)
	@touch $(VENV)/runtime.stamp
