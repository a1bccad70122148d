# One word per task: make run, make test, make lint, make bench. All set themselves up and can be run again.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PORT ?= 8501
# Processes that run tests; each is idle while its browser waits.
WORKERS ?= 2
# Tests keep their own data, weights and runs, so that they neither see nor touch a person's.
TEST_HOME := $(CURDIR)/.cache/tests

# The tests of the JavaScript run in the node that comes with Playwright: they need no npm.
NODE = $(BIN)/python -c "from playwright._impl._driver import compute_driver_executable as found; print(found()[0])"

# Compiled modules are kept, whatever this shell says: the tests start a hundred processes, and each starts half a second sooner.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint lint-python lint-javascript bench bench-peers clean

run: .venv/.installed
	@$(BIN)/python -m explorer app --port $(PORT)

test: .venv/.installed-dev
	@tools/chromium >.cache-chromium || { rm -f .cache-chromium; exit 1; }
	@EXPLORER_HOME=$(TEST_HOME) $(BIN)/python -m explorer fetch mobilenet_v2 & fetch=$$!; \
	  "$$($(NODE))" --test tests/js/*/*.test.js && wait $$fetch
	EXPLORER_HOME=$(TEST_HOME) EXPLORER_CHROMIUM="$$(cat .cache-chromium)" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# Both halves are set up and checked beside one another with `make --jobs 2 lint`.
lint: lint-python lint-javascript

lint-python: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lint-javascript: node_modules/.installed
	node_modules/.bin/biome check --error-on-warnings
	node_modules/.bin/tsc

bench: .venv/.installed-dev
	$(BIN)/python -m tools.bench $(ARGS)

# Other attribution libraries, in an environment of their own; ARGS="--help" says what can be asked.
bench-peers: .venv-peers/.installed
	.venv-peers/bin/python -m tools.peers $(ARGS)

clean:
	rm -rf node_modules .venv .venv-peers .cache .cache-chromium .mypy_cache .ruff_cache .pytest_cache

.venv/.installed: requirements.txt
	@echo "Setting up .venv (once; a few minutes on a slow line) ..."
	@$(PYTHON) -m venv .venv || { echo "No virtual environment could be made. On Debian: apt install python3-venv"; exit 1; }
	@$(PIP) install --no-compile --requirement requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@$(PIP) install --no-compile --requirement requirements-dev.txt
	@touch $@

.venv-peers/.installed: requirements-peers.txt requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install --no-compile --requirement requirements-peers.txt
	@touch $@

node_modules/.installed: package.json package-lock.json
	@command -v npm >/dev/null || { echo "The JavaScript is checked by tools that npm installs; install node 20 or newer with npm, then make lint again."; exit 1; }
	@npm ci --silent
	@touch $@
