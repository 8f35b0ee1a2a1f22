# `make preview` shows the pack at work on an example; `make test` runs all tests. Both set up what they need.
PYTHON ?= python3
VENV := venv
RUN := $(VENV)/bin/python

.PHONY: preview test lint format facts benchmark fuzz soak mutation

$(VENV)/.installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "Installing the tools into $(VENV)/ (pulumi-aws is large; this takes a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

preview: $(VENV)/.installed
	@$(RUN) -m tools.preview

test: $(VENV)/.installed
	@$(RUN) -m tools.pulumi_cli
	@$(RUN) -m pytest -n auto --dist loadfile

lint: $(VENV)/.installed
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

# Lists the facts about AWS with their sources and ages; fails when some are too old.
facts: $(VENV)/.installed
	@$(RUN) -m tools.facts

benchmark: $(VENV)/.installed
	@$(RUN) -m benchmarks.analyzer
	@$(RUN) -m benchmarks.source
	@$(RUN) -m benchmarks.preview

# Looks for requests that the pack does not survive, for five minutes.
fuzz: $(VENV)/.installed
	@$(RUN) -m tools.fuzz

# Whether the pack's process grows over 100,000 requests.
soak: $(VENV)/.installed
	@$(RUN) -m benchmarks.soak

# Breaks the policies in small ways and counts how often their tests notice: docs/mutation-testing.md.
mutation: $(VENV)/.installed
	@$(RUN) -m pip install --quiet --disable-pip-version-check "cosmic-ray>=8.7,<9"
	@$(RUN) -m tools.mutation

format: $(VENV)/.installed
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .
