# Everything Signalbox is reached by. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# How many compilers run at once; how many tests run at once.
JOBS ?= $(shell nproc)
TEST_JOBS ?= 2
# Where `make test` also writes what ctest prints.
CTEST_LOG ?= build/dev/ctest.log
# The folders whose tests `make tsan` runs: the code that threads share.
TSAN_FOLDERS ?= platform/state platform/signals platform/serve platform/adapters/sqlite

SIGNALBOX := build/release/bin/signalbox

# Data sets for the tests that measure ranking; without the folder those tests say so.
ifndef SIGNALBOX_TEST_DATA
ifneq ($(wildcard ../shared/data/.),)
export SIGNALBOX_TEST_DATA := $(abspath ../shared/data)
endif
endif

# Paths relative to the checkout, so that another checkout's compilations are found again.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := true

export SIGNALBOX_BIN := $(abspath $(SIGNALBOX))

.PHONY: help build test lint format asan tsan fuzz bench bench-cluster evaluate fault \
        demo demo-stop demo-reset clean packages-build packages-test release product

help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

build: product ## compile build/release/bin/signalbox and the plugins beside it
	@ls -1 $(SIGNALBOX)

test: packages-test ## compile and run every test
	@cmake --preset dev
	@cmake --build --preset dev --parallel $(JOBS)
	@ctest --test-dir build/dev --output-on-failure --parallel $(TEST_JOBS) --no-tests=error --no-label-summary \
	  --output-log $(CTEST_LOG)

lint: packages-test ## formatting, clang-tidy, luacheck; what CI runs
	@infra/lint/format.sh check
	@infra/lint/lua.sh
	@mkdir -p build/lint
	@cmake --preset dev >build/lint/configure.log 2>&1 || { cat build/lint/configure.log; exit 1; }
	@infra/lint/tidy.py build/dev

format: packages-test ## let clang-format rewrite the sources
	@infra/lint/format.sh fix

asan: packages-test ## every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake --preset asan
	@cmake --build --preset asan --parallel $(JOBS)
	@UBSAN_OPTIONS=print_stacktrace=1 ctest --test-dir build/asan --output-on-failure \
	  --parallel $(TEST_JOBS) --no-tests=error --no-label-summary

tsan: packages-test ## the tests of TSAN_FOLDERS under ThreadSanitizer
	@cmake --preset tsan
	@cmake --build --preset tsan --parallel $(JOBS) --target $(addsuffix /all,$(TSAN_FOLDERS))
	@# ThreadSanitizer of GCC 12 cannot map its shadow under a kernel's wider address randomisation.
	@fixed=(); if setarch -R true 2>/dev/null; then fixed=(setarch -R); fi; failed=0; \
	for folder in $(TSAN_FOLDERS); do \
	  "$${fixed[@]}" ctest --test-dir build/tsan/$$folder --output-on-failure \
	    --parallel $(TEST_JOBS) --no-tests=error --no-label-summary || failed=1; \
	done; exit $$failed

fuzz: packages-test ## the fuzzers, a minute each
	@tests/fuzz/run.sh

bench: packages-test release ## measure, as ratios to bare limits of the same run
	@tests/bench/run.sh

bench-cluster: packages-test release ## the same for Kafka, with a broker of its own
	@tests/bench/run.sh kafka

evaluate: product ## ranking quality on the data sets of SIGNALBOX_TEST_DATA
	@tests/bench/evaluate.sh

fault: packages-test release ## kill, cut and fill; count what is lost
	@tests/fault/run.sh

demo: product ## start everything with the sample shop; keeps its state
	@infra/demo/demo.sh start

demo-stop: ## stop the demo
	@infra/demo/demo.sh stop

demo-reset: ## stop the demo and forget its state
	@infra/demo/demo.sh reset

clean: ## remove what builds made; keeps the demo's state
	@rm -rf build/dev build/release build/asan build/tsan build/fuzz build/lint build/bench

release: packages-build
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)

product: packages-build
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS) --target product

packages-build:
	@infra/setup/install.sh build

packages-test:
	@infra/setup/install.sh test
