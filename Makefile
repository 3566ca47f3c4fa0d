# Prism console. `make run` starts it, `make test` tests it; both set up what they need.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint ci bench
PYTHON_IN_VENV = .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the environment .venv with the locked dependencies
	@scripts/setup run

setup-dev: ## the same, with what the tests and gates need
	@scripts/setup dev

run: setup ## start everything and print the address; PORT chooses the port, Ctrl-C stops it
	@$(PYTHON_IN_VENV) -m prism up

test: setup-dev ## run the whole test suite
	@$(PYTHON_IN_VENV) scripts/test.py

lint: setup-dev ## check format, style, types and who imports whom; changes nothing
	@scripts/lint

ci: ## run every gate and the tests, as CI does
	@.ci/run

bench: setup-dev ## print the benchmark figures
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(PYTHON_IN_VENV) "$$file" || exit 1; done
