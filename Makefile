# `make` lists what there is to do. Two commands are enough to begin: `make demo` and `make test`.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON  ?=
VENV    ?= .venv
WORKERS ?= 2
ARGS    ?=

RUN      = $(VENV)/bin/python
INSTALL  = $(RUN) -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes
GRAPHIQL = ffgateway/graphql/graphiql
AUDIT    = tests/audit
KEYS     = k8s/overlays/rehearsal/keys.env

.PHONY: help demo test check audit baseline format bench fuzz schemathesis export assets interop rehearsal-keys lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  ARGS=…    goes on to the command behind demo, test, bench, export and lock"
	@echo "  PYTHON=…  the interpreter for $(VENV), if the one found is not the one you want"
	@echo "  WORKERS=… how many processes test shares the files out to (now $(WORKERS); 0: none)"

demo: $(VENV)/runtime ## the gateway beside simulated appliances, on this machine
	@$(RUN) -m ffgateway demo $(ARGS)

test: $(VENV)/development ## every test
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/development ## format, lint, types and the direction of imports
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/development ## put the code into the shape that check asks for
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

bench: $(VENV)/development ## the measurements in tests/bench, printed
	@$(RUN) -m pytest tests/bench -s --timeout=0 --override-ini='norecursedirs=.*' $(ARGS)

fuzz: $(VENV)/development ## spoilt documents, forms, bodies and tables for every reader; EXAMPLES=20000 of each
	@FFGATEWAY_FUZZ=$(or $(EXAMPLES),5000) $(RUN) -m pytest tests/fuzz --timeout=0 $(ARGS)

schemathesis: $(VENV)/development ## hold REST and GraphQL to what they promise, with requests at random; MINUTES=10 for each
	@$(RUN) -m tests.audit.contracts $(or $(MINUTES),10) $(ARGS)

export: $(VENV)/runtime ## write openapi/ and schema/ from the code
	@$(RUN) -m ffgateway export $(ARGS)

baseline: $(VENV)/development ## record the published files as what clients build on (for a release)
	@$(RUN) -m tests.support.baseline

assets: ## fetch GraphiQL for /graphql (needs Node.js; without it the page is a plain one)
	@npm --version >/dev/null 2>&1 || { \
	    echo "make assets needs Node.js 18 or newer with npm, and there is none on the PATH." >&2; \
	    echo "The gateway runs without: the GraphiQL page then says so and shows a plain form." >&2; \
	    exit 1; }
	@cd $(GRAPHIQL) && npm ci --no-progress && npm run --silent assets

audit: $(VENV)/development ## hold the contracts against others' tools (needs Node.js)
	@npm --version >/dev/null 2>&1 || { \
	    echo "make audit needs Node.js 20.19 or newer with npm, and there is none on the PATH." >&2; exit 1; }
	@cd $(AUDIT) && npm ci --no-progress
	@$(RUN) -m tests.audit

interop: $(VENV)/development ## verify our webhooks with the npm library (needs Node.js; the others are in test)
	@npm --version >/dev/null 2>&1 || { \
	    echo "make interop needs Node.js 18 or newer with npm, and there is none on the PATH." >&2; \
	    echo "make test verifies the same deliveries with the libraries for Python." >&2; \
	    exit 1; }
	@cd tests/interop && npm ci --no-progress
	@$(RUN) -m pytest tests/interop $(ARGS)

rehearsal-keys: $(KEYS) ## make the two secrets that k8s/overlays/rehearsal reads

$(KEYS):
	@$(find_python) && umask 077 && "$$python" -c "$$NEW_KEYS" > $@
	@echo "$@ holds two new secrets; git ignores it."

lock: ## pin every dependency anew (needs uv; ARGS=--upgrade takes newer ones)
	@uv --version >/dev/null 2>&1 || { \
	    echo "make lock needs uv, and there is none on the PATH (pip install uv)." >&2; exit 1; }
	@$(find_python) && "$$python" -c "$$BUILD_REQUIRES" \
	    | uv pip compile - $(COMPILED) -o constraints-build.txt
	uv pip compile pyproject.toml $(COMPILED) -o constraints.txt
	uv pip compile pyproject.toml --extra dev $(COMPILED) \
	    -c constraints.txt -c constraints-build.txt -o constraints-dev.txt

COMPILED = --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(ARGS)

clean: ## remove what these targets made, and no data
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis \
	    .import_linter_cache $(GRAPHIQL)/node_modules $(AUDIT)/node_modules ffgateway/graphql/assets
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The development set holds the runtime set at the same versions (a contract test says so),
# so that one environment serves both and the bigger one never undoes the smaller.

$(VENV)/runtime: constraints.txt | $(VENV)/bin/python
	@echo "Installing what the gateway runs on (constraints.txt) into $(VENV) …"
	@$(INSTALL) -r constraints.txt
	@touch $@

$(VENV)/development: constraints-dev.txt | $(VENV)/bin/python
	@echo "Installing what tests and checks need (constraints-dev.txt) into $(VENV) …"
	@$(INSTALL) -r constraints-dev.txt
	@touch $(VENV)/runtime $@

# No prerequisite: an environment is made once. `make clean` makes room for another Python.
$(VENV)/bin/python:
	@$(find_python) && echo "Making $(VENV) with $$("$$python" --version) ($$python) …" \
	    && rm -rf $(VENV) && "$$python" -m venv $(VENV)

# Sets $python, or says what is missing. Each candidate is run, because a name on the PATH may
# be a version manager's stand-in that only prints an error.
define find_python
	python=; without_venv=; \
	for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	    if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; \
	    then python=$$candidate; break; else without_venv=$${without_venv:-$$candidate}; fi; \
	done; \
	if [ -z "$$python" ] && [ -n "$$without_venv" ]; then \
	    echo "$$("$$without_venv" --version) ($$without_venv) comes without venv. On Debian and Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	elif [ -z "$$python" ]; then \
	    echo "No Python 3.11 or newer works here (tried: $(or $(PYTHON),python3 and python3.14 to python3.11)). Name one with PYTHON=…" >&2; \
	    exit 1; \
	fi
endef

define NEW_KEYS
import base64, secrets
print("FFGATEWAY_SECRET_KEY=" + base64.b64encode(secrets.token_bytes(32)).decode())
print("FFGATEWAY_BOOTSTRAP_KEY=ffgw_" + secrets.token_urlsafe(32))
endef
export NEW_KEYS

define BUILD_REQUIRES
import tomllib
with open("pyproject.toml", "rb") as project:
    print(*tomllib.load(project)["build-system"]["requires"], sep="\n")
endef
export BUILD_REQUIRES
