# make run: the app at http://127.0.0.1:7860. make test: every test. Both set up all they need, the first time.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: run test lint format browser clean

run: $(VENV)/.ready
	@exec $(BIN)/python app.py

test: $(VENV)/.ready-dev browser
	$(BIN)/python -m pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Debian and Ubuntu leave the part of Python out that makes virtual environments.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@ $(VENV)/.ready

# Debian packages Chromium; elsewhere Playwright brings its own.
browser: $(VENV)/.ready-dev
	@command -v chromium >/dev/null \
		|| { grep -qs '^ID=debian' /etc/os-release && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; } \
		|| $(BIN)/python -m playwright install --with-deps chromium

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
