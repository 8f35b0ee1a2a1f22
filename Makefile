# Every target sets up what it needs. The two of the README:
#   make preview    shows the pack at work on an example, in the real engine
#   make test       runs all tests, those in the real engine (tests/e2e) included
# The others:
#   make quick      runs the unit tests without those that are slow or ask about everything; about a minute on two cores
#   make versions   runs the unit tests on the oldest Python with the lowest requirements, and on the newest with the newest
#   make lint       checks style, format and types
#   make format     formats, and fixes what ruff can fix
#   make facts      lists the facts about AWS with their sources and ages; fails when some are too old
#   make benchmark  prints the figures of docs/cost.md, and how the time of a run grows with the stack
#   make fuzz       looks for requests and files that the pack does not survive, for five minutes
#   make soak       shows whether the pack's process grows over 100,000 requests
#   make stores     runs the tests of gs:// and azblob:// on servers of this machine, which it gets where they are missing
#   make docs       builds the documentation as a site in site/, and fails at a link that leads nowhere
#   make mutation   breaks policies and the core in small ways and counts how often their tests notice: docs/mutation-testing.md
# .ci/run runs test, versions, lint and docs.
PYTHON ?= python3
VENV := venv
RUN := $(VENV)/bin/python

.PHONY: preview test quick versions lint format facts benchmark fuzz soak stores mutation docs

$(VENV)/.installed: requirements.txt requirements-cli.txt requirements-fleet.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "Installing the tools into $(VENV)/ (pulumi-aws is large; this takes a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

preview: $(VENV)/.installed
	@$(RUN) -m tools.preview

test: $(VENV)/.installed
	@$(RUN) -m tools.pulumi_cli
	@$(RUN) -m tools.browser
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder

quick: $(VENV)/.installed
	@$(RUN) -m pytest -n auto --dist worksteal -m "not slow and not broad" --ignore tests/e2e

versions: $(VENV)/.installed
	@$(RUN) -m tools.python_versions

lint: $(VENV)/.installed
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

facts: $(VENV)/.installed
	@$(RUN) -m tools.facts

benchmark: $(VENV)/.installed
	@$(RUN) -m benchmarks.analyzer
	@$(RUN) -m benchmarks.source
	@$(RUN) -m benchmarks.preview
	@$(RUN) -m benchmarks.growth
	@$(RUN) -m benchmarks.check
	@$(RUN) -m benchmarks.lint
	@$(RUN) -m benchmarks.sizes

fuzz: $(VENV)/.installed
	@$(RUN) -m tools.fuzz

soak: $(VENV)/.installed
	@$(RUN) -m benchmarks.soak

stores: $(VENV)/.installed
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt "gcsfs>=2026.8,<2027" "adlfs>=2026.8,<2027"
	@$(RUN) -m tools.object_stores
	@$(RUN) -m pytest -rs tests/fleet/test_stores.py

mutation: $(VENV)/.installed
	@$(RUN) -m pip install --quiet --disable-pip-version-check "cosmic-ray>=8.7,<9"
	@$(RUN) -m tools.mutation

build/docs-venv/.installed: requirements-docs.txt
	@$(PYTHON) -m venv build/docs-venv
	@build/docs-venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@touch $@

# The pages and what they link to: a site has the links of one folder only.
docs: build/docs-venv/.installed
	@rm -rf build/site-source && mkdir -p build/site-source
	@git ls-files -z --cached --others --exclude-standard -- '*.md' docs config examples 'requirements*' LICENSE \
		tests/engine/test_promises.py | tar -c --null -T - | tar -x -C build/site-source
	@NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/python -m mkdocs build --quiet --strict

format: $(VENV)/.installed
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .
