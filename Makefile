# What there is to do. `make` by itself says so.

SWIFT ?= swift
BIN = .build/debug
# As it is shipped: needs no Swift on the machine it runs on, and calls into its own copy of the runtime are cheaper.
# Addresses of other libraries are read-only once it has started.
RELEASE = -c release --static-swift-stdlib -Xlinker -z -Xlinker now

# The daemon of `make run` never touches the system's paths, not even for root.
RUN_DIR = $(or $(XDG_RUNTIME_DIR),/tmp/breakerd-$(shell id -u))$(if $(XDG_RUNTIME_DIR),/breakerd)

.PHONY: help
help:
	@echo 'make run     build, and run the daemon as an ordinary user, in the foreground'
	@echo 'make test    build, and run all tests'
	@echo 'make test-long   the same, and what takes minutes: hundreds of deaths of the daemon and of writers of the board, long waits'
	@echo 'make demo    see eight processes share one breaker around a failing server'
	@echo 'make bench   measure guarded calls beside those of other libraries and servers, the core, the store, a reload, a replay'
	@echo 'make torture faults of process, disk, clock and clients, with a checker of every answer; make torture-long takes hours'
	@echo 'make fuzz    feed all that reads what others write with random bytes, FUZZ_SECONDS=30 each'
	@echo 'make sanitize   run the tests under the address sanitizer, then under the thread sanitizer'
	@echo 'make lint    check the formatting, and that all say the same version'
	@echo 'make format  mend the formatting'
	@echo 'make release build the programs as they are shipped, in .build/release'
	@echo 'make size    the same, and say how large they are'
	@echo 'make install     install them, units, manual pages and the rest below PREFIX=/usr/local; make uninstall takes them away'
	@echo 'make deb     build a Debian package, in .build/deb'
	@echo 'make test-clients     the clients in all languages, which it installs, by one suite; as root or with sudo'
	@echo 'make example see Flask, PHP, Rack and cron jobs share one breaker around a failing server'
	@echo 'make test-packaging   build one, look at what is in it, and install, upgrade and purge it in a copy of this machine; as root'
	@echo 'make test-systemd     the same with a real systemd, which boots in namespaces: restarts, kills, a full disk, an upgrade; as root'
	@echo 'make clean   remove what was built'

.PHONY: run
run: needed
	$(SWIFT) build --product breakerd
	$(SWIFT) build --product breakerctl
	@mkdir -p -m 0700 '$(RUN_DIR)'
	@echo
	@echo 'breakerd runs until you press Ctrl-C. Its socket is $(RUN_DIR)/breakerd.sock'
	@echo 'In another terminal, in this directory, try:'
	@echo
	@echo '    $(BIN)/breakerctl allow api                 # may I call? prints a token'
	@echo '    $(BIN)/breakerctl report api fail           # five of these in a row open the breaker'
	@echo '    $(BIN)/breakerctl list'
	@echo '    $(BIN)/breakerctl reset api'
	@echo '    $(BIN)/breakerctl exec api -- curl -fsS http://127.0.0.1:9/'
	@echo '    $(BIN)/breakerctl --help'
	@echo
	@exec $(BIN)/breakerd --socket '$(RUN_DIR)/breakerd.sock' --admin-socket '$(RUN_DIR)/admin.sock' \
	  --state '$(RUN_DIR)/state/breakerd.sqlite'

# The tests with real daemons block the threads that others wait on, so they have a run of their own.
.PHONY: test
test: needed needed-for-tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip IntegrationTests
	$(SWIFT) test --skip-build --filter IntegrationTests
	python3 -m unittest discover -s clients/python/tests
	python3 -m unittest discover -s clients/conformance
	clients/conformance/run.py
	python3 -m unittest discover -s Tests/Manual
	python3 -m unittest discover -s Tests/Monitoring
	python3 -m unittest discover -s Tests/Torture

.PHONY: test-long
test-long: test
	BREAKERD_KILLS=200 BREAKERD_SLOW_TESTS=1 $(SWIFT) test --skip-build --filter 'CrashTests|HostileInputTests|ClientProcessTests'
	BREAKERD_KILLS=1000 $(SWIFT) test --skip-build --filter 'BreakerBoardTests.TortureTests'
	BREAKERD_KILLS=1000 BREAKERD_TRIPS=1000 python3 -m unittest discover -s clients/python/tests -p 'test_t[or]*.py'

# Real daemons and real faults, and a check of all that was answered; Tests/Torture/run.py says more. As root more can be
# tried. The same again: `make torture TORTURE='--seed 7 --only kill'`.
TORTURE ?=
.PHONY: torture torture-long
torture torture-long: release needed-for-tests
	$(SWIFT) build --product breakerd
	python3 -m unittest discover -s Tests/Torture
	Tests/Torture/run.py $(if $(filter torture-long,$@),--long) $(TORTURE)

# The clients in all languages: one suite of cases with each, with all of them at once, and their own tests. Installs what they need.
.PHONY: test-clients
test-clients: needed needed-for-clients
	$(SWIFT) build --product breakerd
	$(SWIFT) build --product breakerctl
	clients/conformance/run.py --all
	clients/conformance/run.py --all --together
	BREAKERD_PHP_INSTALL=.build/conformance/php phpunit -c clients/php
	BREAKERD_GEMS=.build/conformance/ruby ruby -w clients/ruby/tests/run.rb
	PYTHON=/usr/bin/python3 clients/python/install-for-tests.sh .build/python
	.build/python/bin/python -m unittest discover -s clients/python/tests

# Four applications and two cron jobs around one ailing server; see examples.
.PHONY: example
example: needed needed-for-clients
	$(SWIFT) build --product breakerd
	$(SWIFT) build --product breakerctl
	examples/run.py --all
	python3 -m unittest discover -s examples

CLIENT_PACKAGES = php-cli php-fpm php-curl composer phpunit php-guzzlehttp-guzzle php-nyholm-psr7 ruby ruby-minitest ruby-faraday puma nginx-light gunicorn \
  python3-flask python3-requests python3-httpx python3-venv python3-setuptools python3-wheel curl socat netcat-openbsd gcc
.PHONY: needed-for-clients
needed-for-clients:
	@if ! dpkg -s $(CLIENT_PACKAGES) >/dev/null 2>&1; then $(call install,--no-install-recommends $(CLIENT_PACKAGES)); fi

.PHONY: demo
demo: needed
	$(SWIFT) build --product breakerd
	$(SWIFT) build --product breakerd-demo
	@$(BIN)/breakerd-demo

.PHONY: bench
bench: needed
	$(SWIFT) build $(RELEASE) --product breakerd
	$(SWIFT) build $(RELEASE) --product bench-load
	$(SWIFT) build $(RELEASE) --product client-benchmark
	Benchmarks/Peers/run.py
	Benchmarks/Core/run.sh
	Benchmarks/Allocations/run.py
	Benchmarks/Durability/run.py
	Benchmarks/Simulate/run.py
	Benchmarks/Reload/run.py
	Benchmarks/Client/run.sh

# A target is a folder in Fuzz/Targets; what it begins with lies in Fuzz/Seeds, words to try in Fuzz/Words. What it finds is
# left in .build/fuzz.
FUZZ_SECONDS ?= 30
FUZZ_TARGETS ?= $(notdir $(wildcard Fuzz/Targets/*))
.PHONY: fuzz
fuzz: needed
	$(SWIFT) build --package-path Fuzz --scratch-path .build/fuzz -c release --disable-dead-strip --sanitize=address --sanitize=fuzzer
	@set -e; for target in $(FUZZ_TARGETS); do \
	  echo "fuzzing $$target for $(FUZZ_SECONDS) s"; \
	  mkdir -p .build/fuzz/corpus/$$target; \
	  SWIFT_BACKTRACE=enable=no .build/fuzz/release/$$target -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
	    -print_final_stats=1 -verbosity=0 -artifact_prefix=.build/fuzz/$$target- -dict=Fuzz/Words/$$target \
	    .build/fuzz/corpus/$$target Fuzz/Seeds/$$target; \
	done

# The tests of Swift code under a sanitizer, each in a build of its own; those with real daemons have sanitized ones, which
# leave their reports beside the build. What measures memory or must be quick is left out of these tests, and under the thread
# sanitizer the long walk of the core, which has one thread. What is not to be told of lies in Tests/Sanitizers.
SANITIZERS ?= address thread
SANITIZED_DAEMONS ?= Access AdminVerb Board ConfigurationFile Event Forgetting Fuzz HalfClose Limit List PermitLoss Pipeline \
  PolicyVerb ProbeRace Reload Reporter Restart Service Start Trip Why
.PHONY: sanitize
sanitize: needed needed-for-tests $(SANITIZERS:%=sanitize-%)

empty =
SANITIZED = .build/sanitize-$*
SANITIZED_TEST = SWIFT_BACKTRACE=enable=no SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 ASAN_OPTIONS=detect_leaks=0:log_path=$(CURDIR)/$(SANITIZED)/report \
  TSAN_OPTIONS=exitcode=0:suppressions=$(CURDIR)/Tests/Sanitizers/thread.txt:log_path=$(CURDIR)/$(SANITIZED)/report \
  $(SWIFT) test --skip-build --sanitize=$* --scratch-path $(SANITIZED)
sanitize-%:
	$(SWIFT) build --build-tests --sanitize=$* --scratch-path $(SANITIZED)
	@rm -f $(SANITIZED)/report.*
	@# A test that fails, most likely since it was too slow, does not keep the others from being run.
	failed=; \
	$(SANITIZED_TEST) --skip IntegrationTests $(if $(filter thread,$*),--skip 'RandomWalkTests|BreakerBoardTests.TortureTests') || failed=1; \
	$(SANITIZED_TEST) --filter 'IntegrationTests\.($(subst $(empty) $(empty),|,$(strip $(SANITIZED_DAEMONS))))Tests' || failed=1; \
	if ls $(SANITIZED)/report.* >/dev/null 2>&1; then cat $(SANITIZED)/report.*; failed=1; fi; \
	test -z "$$failed"

.PHONY: lint
lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks Fuzz
	@packaging/version >/dev/null

.PHONY: format
format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks Fuzz

.PHONY: release
release: needed
	$(SWIFT) build $(RELEASE) --product breakerd
	$(SWIFT) build $(RELEASE) --product breakerctl

.PHONY: size
size: release
	@for program in breakerd breakerctl; do \
	  strip -o .build/release/$$program.stripped .build/release/$$program; \
	  ls -l .build/release/$$program.stripped | awk '{printf "%-12s %.1f MB\n", "'$$program'", $$5 / 1e6}'; \
	done

include packaging/install.mk

.PHONY: deb
deb: needed-for-deb $(programs:%=$(PREBUILT)/%)
	@PREBUILT='$(PREBUILT)' packaging/deb.sh

.PHONY: test-packaging
test-packaging: needed-for-deb $(programs:%=$(PREBUILT)/%)
	PREBUILT='$(PREBUILT)' python3 -m unittest discover -v -s Tests/Packaging

# A systemd of its own runs the package, in namespaces: root is needed, and the machine itself is left alone.
SYSTEMD_TESTS ?=
.PHONY: test-systemd
test-systemd: deb
	Tests/Systemd/run.py --deb .build/deb/breakerd_*.deb $(SYSTEMD_TESTS)

.PHONY: clean
clean:
	rm -rf .build

# The one library that the build needs and a Debian machine may lack.
.PHONY: needed
needed:
	@if [ ! -e /usr/include/sqlite3.h ]; then $(call install,libsqlite3-dev); fi

# What tests talk to daemons with, as other users do.
.PHONY: needed-for-tests
needed-for-tests:
	@if ! command -v socat >/dev/null; then $(call install,socat); fi
	@if ! python3 -c 'import unittest' 2>/dev/null; then $(call install,python3); fi
	@# What the Python client's wheel is built with.
	@if ! python3 -c '$(BUILDS_WHEELS)' 2>/dev/null && ! /usr/bin/python3 -c '$(BUILDS_WHEELS)' 2>/dev/null; then \
	  $(call install,python3-venv python3-setuptools python3-wheel); fi

BUILDS_WHEELS = import setuptools, venv, wheel

# What makes a package of them.
.PHONY: needed-for-deb
needed-for-deb:
	@if ! command -v dh >/dev/null; then $(call install,debhelper dpkg-dev); fi

# No service is started by it.
install = \
  echo 'missing, and installed: $(filter-out -%,$(1))'; \
  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
  $$sudo apt-get update -qq && \
  $$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null
