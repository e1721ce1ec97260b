# Everything that a new machine needs is made by these targets: Python 3.11, git, make and Debian's packages suffice.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Some tests wait for a server: one worker more than there are cores, four at most, keeps all cores at work.
WORKERS ?= $(shell n=$$(( $$(nproc 2>/dev/null || echo 1) + 1 )); echo $$(( n < 4 ? n : 4 )))
MARK := .venv/.made-$(shell sha256sum requirements.lock requirements-test.lock pyproject.toml 2>/dev/null | sha256sum | cut -c1-16)

# Programs are started many times in the tests: what they are compiled to is kept, whatever the machine says of that.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench soak picture lock clean setup setup-test browser

setup: $(MARK)-run
setup-test: $(MARK)-test browser

$(MARK)-run:
	@test -n "$(PYTHON)" && $(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed; set PYTHON=... to name it"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(MARK)-test: $(MARK)-run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

# The headless browser of the tests: Debian's package, unless one is there or ORDERSCOPE_BROWSER names one.
browser:
	@test -n "$(ORDERSCOPE_BROWSER)" || command -v chromium >/dev/null || { \
		echo "Installing Debian's chromium for the browser tests"; \
		SUDO=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
		$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }

run: setup
	$(BIN)/orderscope demo --serve

test: setup-test
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --ignore=tests/browser
	$(BIN)/python -m pytest -q tests/browser

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/orderscope check

bench: setup-test
	$(BIN)/orderscope bench $(if $(ORDERS),--orders $(ORDERS))

# The laws of engine, rules and exceptions, over many times the examples that `make test` takes.
soak: setup-test
	ORDERSCOPE_SOAK=$(or $(TIMES),20) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $$(grep -rl "^from tests.soak import" tests)

# The pictures of the README, made from the running demo.
picture: setup-test
	$(BIN)/python -m tests.browser.picture

# The lock files carry names, versions and hashes only.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -c requirements.lock -o requirements-test.lock

clean:
	rm -rf .venv data/runtime
