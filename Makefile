# `make run` starts the product, `make check test` is what CI runs.

PYTHON := .venv/bin/python
ROOMS := helpdesk chat tickets knowledge accounts backplane
UV_PINS := uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header
PRODUCTION := env ENV_FILE=/dev/null HELPDESK_MODE=production DATABASE_URL=postgresql://desk@db.example/desk \
	SECRET_KEY=9fK2-only-to-check-the-settings-Vq7_Lz3XwB8sNm5RtYc1Hd6Gj4Pk0 \
	ALLOWED_HOSTS=helpdesk.example TRUSTED_PROXIES=1 EMAIL_URL=smtps://desk:word@mail.example

ifdef PORT
export PORT
endif
ifdef HOST
export HOST
endif

.PHONY: help run setup check format test test-full bench pins install-run install-dev

help: ## This list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## */\t/' | expand -t 12

run: install-run .env ## Start the helpdesk; PORT= and HOST= are honoured
	@exec $(PYTHON) manage.py start --prepare

setup: install-dev .env ## Everything `make run` and `make check` need, without starting
	@$(PYTHON) manage.py prepare

check: install-dev .env ## Format, lint, types, import contracts, migrations, settings, templates
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy --no-error-summary
	.venv/bin/lint-imports --no-logo
	bin/check-names
	bin/check-pins
	$(PYTHON) manage.py makemigrations --check --dry-run --verbosity 0
	$(PYTHON) manage.py configuration
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	.venv/bin/djlint --lint --quiet templates
	@echo "All checks passed."

format: install-dev ## Format and tidy the code
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

test: install-dev .env ## SQLite, PostgreSQL, Redis and the browser
	@bin/test

test-full: install-dev .env ## The same with every test on PostgreSQL too
	@bin/test --full

bench: install-dev .env ## What things cost
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; PYTHONPATH=. $(PYTHON) $$file; done

pins: ## Pin requirements anew with uv, hashes and no index address
	$(UV_PINS) --output-file requirements.txt requirements.in
	$(UV_PINS) --output-file requirements-dev.txt requirements-dev.in

install-run:
	@bin/install run

install-dev:
	@bin/install dev

.env:
	@bin/write-env
