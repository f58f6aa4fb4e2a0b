# `make help` lists the commands. Everything written here stays in .venv and .zerodropout.
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3 2>/dev/null))
BIN := .venv/bin
ZD := $(BIN)/python -m zd_local
LOCAL := shared/contracts shared/kernel shared/engines \
         services/registry services/cases services/grants services/notify deploy/local
CODE := shared services deploy tests .ci/apart.py
STAMP := .venv/.installed
# Without it, the Thai language library makes a folder in the user's home.
export PYTHAINLP_READ_ONLY := 1
# Every start reads hundreds of modules: compiled once, and not into the tree.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.zerodropout/cache/python
# pip keeps its downloads in the user's home otherwise.
export PIP_CACHE_DIR ?= $(CURDIR)/.zerodropout/cache/pip

.DEFAULT_GOAL := help
.PHONY: help install up down status reset token rotate test lint format types imports apart alone ci openapi lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## environment only: .venv with everything at its locked version

$(STAMP): requirements.lock deploy/install $(LOCAL:%=%/pyproject.toml)
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "ต้องใช้ Python 3.11 ขึ้นไป / Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "กำลังเตรียม .venv (ครั้งแรกใช้เวลาราวหนึ่งถึงสองนาที) / Preparing .venv (a minute or two the first time)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@deploy/install $(BIN)/python requirements.lock $(LOCAL:%=-e %)
	@touch $@

up: $(STAMP) ## everything on this machine with demo data; Ctrl-C stops it; DETACH=1 leaves it running
	@$(ZD) up $(if $(DETACH),--detach)

down: $(STAMP) ## stop what `make up DETACH=1` started
	@$(ZD) down

status: $(STAMP) ## what runs, where, and where its data and logs are
	@$(ZD) status

reset: $(STAMP) ## stop, and remove every database, topic, secret and log of this folder
	@$(ZD) reset

token: $(STAMP) ## an access token for WHO=officer|director|teacher|volunteer|partner
	@$(ZD) token $(or $(WHO),officer)

rotate: $(STAMP) ## let the local issuer sign with a new key; running tokens stay valid
	@$(ZD) rotate

# With APART=1 the tests of a service run where nothing but that service is installed, which `make apart` has made.
SERVICES := registry cases grants notify
APART_STATE := .zerodropout/apart
tests_of = $(if $(APART),$(APART_STATE)/$(1)/bin/python -m pytest,$(BIN)/pytest)
SHARED_TESTS := $(filter-out $(SERVICES:%=tests/%/),$(dir $(wildcard tests/*/__init__.py)))
# The registry's tests take longer than all others: one of its folders goes with those, and so does the search of logs.
WITH_OTHERS := tests/registry/intake

test: $(STAMP) ## every test, on real engines; most of the registry's beside all others
	@mkdir -p .zerodropout
	@$(call tests_of,registry) tests/registry --ignore $(WITH_OTHERS) > .zerodropout/registry-tests.log 2>&1 & \
	    registry=$$!; failed=0; \
	    $(BIN)/pytest $(SHARED_TESTS) || failed=1; \
	    $(foreach s,cases grants notify,$(call tests_of,$(s)) tests/$(s) || failed=1;) \
	    $(call tests_of,registry) $(WITH_OTHERS) tests/registry/test_logs.py || failed=1; \
	    wait $$registry || failed=1; cat .zerodropout/registry-tests.log; exit $$failed

lint: $(STAMP) ## ruff: rules and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(STAMP) ## ruff: put formatting and imports right
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: $(STAMP) ## mypy --strict
	@$(BIN)/mypy $(CODE)

imports: $(STAMP) ## who may import whom
	@$(BIN)/lint-imports --cache-dir .zerodropout/cache/imports

apart: $(STAMP) ## a clean environment for each service (or SERVICE=...), where it installs and starts without the others
	@ZD_STATE_DIR=$(APART_STATE) ZD_PORT_OFFSET=1000 $(BIN)/python .ci/apart.py $(SERVICE)

alone: apart ## the same, and each passes its own tests there
	@$(foreach s,$(or $(SERVICE),$(SERVICES)),$(APART_STATE)/$(s)/bin/python -m pytest -q tests/$(s) &&) true

ci: ## what must hold before a change is merged
	@.ci/run

openapi: $(STAMP) ## write each service's openapi.json anew
	@for s in $(SERVICES); do $(BIN)/python -m zd_$$s openapi > services/$$s/openapi.json; done

lock: $(STAMP) ## resolve every lock anew from the pyproject.toml files (network needed)
	@$(ZD) lock
