# SPDX-License-Identifier: GPL-3.0-or-later

# As declared in dev/checks/declared.py; lint and oldest are several of them.
CHECKS := lint ruff format mypy reuse ansible-lint changelog docs-check artifact sanity unit integration \
          oldest unit-oldest integration-oldest molecule browser cluster

# Byte code belongs into .venv: without it every start of Ansible compiles for a quarter of a second.
unexport PYTHONDONTWRITEBYTECODE
# Nothing is written outside the clone.
export ANSIBLE_HOME := $(CURDIR)/build/home/.ansible

.PHONY: help demo demo-down lab lab-down test bench lock clean environment environments $(CHECKS)

help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
	@echo "make NAME       one check alone, with ARGS='-k word -x' for those that are pytest: $(CHECKS)" | fold -sw 110

demo: environment ## rotate a whole estate on this machine, with real SOPS files, Git remotes and SeaweedFS
	@.venv/bin/python -m demo $(ARGS)

demo-down: ## end and remove what the demo left
	@.venv/bin/python -m demo down $(ARGS)

lab: environment ## a one-node Kubernetes with Flux and the estate in pods; as root, it installs containerd where it is missing
	@.venv/bin/python -m lab $(ARGS)

lab-down: ## end and remove what the lab left
	@.venv/bin/python -m lab down $(ARGS)

test: environments ## every check
	@.venv/bin/python -m dev.checks

$(CHECKS): environments
	@.venv/bin/python -m dev.checks $@ -- $(ARGS)

bench: environment ## measure, each thing beside its baseline
	@.venv/bin/python -m bench $(ARGS)

lock: environment ## renew the locks from requirements.txt and pyproject.toml
	@dev/lock $(ARGS)

clean: ## remove what was made here, the environments too
	@[ ! -e .demo ] || .venv/bin/python -m demo down
	@[ ! -e .lab ] || .venv/bin/python -m lab down
	rm -rf .venv .venv-oldest .ansible .demo .lab .tmp build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

environment:
	@dev/set-up newest

environments: environment
	@dev/set-up oldest
