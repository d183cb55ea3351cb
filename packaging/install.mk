# make install and make uninstall. Every directory can be given: make install PREFIX=/opt/breakerd DESTDIR=/tmp/tree
#
# The units, the user, the sockets' directories, manual pages, completions and files for monitoring are what lies in systemd/,
# man/, completions/ and monitoring/; a new file there is installed without a word here, but for tests of rules.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
DOCDIR ?= $(DATADIR)/doc/breakerd
MANDIR ?= $(DATADIR)/man
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR ?= $(DATADIR)/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
# Not below PREFIX: a daemon that runs as root looks here.
SYSCONFDIR ?= /etc

# Where the programs come from. They are built if they are older than the sources: after `make release`, `sudo make install`
# compiles nothing. With another directory nothing is built at all.
PREBUILT ?= .build/release
STRIP ?= strip
# make knows ways of its own to make a program, of what happens to lie beside it.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

programs = breakerd breakerctl
units = $(notdir $(wildcard systemd/*.service systemd/*.socket systemd/*.timer))
pages = $(notdir $(wildcard man/*.[1-8]))
bash_completions = $(basename $(notdir $(wildcard completions/*.bash)))
zsh_completions = $(notdir $(wildcard completions/_*))
monitoring = $(patsubst monitoring/%,%,$(shell find monitoring -type f -not -name '*.test.*' -not -name '*.pyc' 2>/dev/null | LC_ALL=C sort))
monitoring_dirs = $(sort $(dir $(monitoring)))
# The section of a page: breakerd.8 lies in man8.
section = man$(subst .,,$(suffix $(1)))

# What the units say of paths is right for PREFIX=/usr.
rewrite_paths = sed -e 's,/usr/bin/breaker,$(BINDIR)/breaker,g' -e 's,/usr/share/breakerd/,$(DATADIR)/breakerd/,g' \
  -e 's,/etc/breakerd/,$(SYSCONFDIR)/breakerd/,g'

.build/release/breakerd .build/release/breakerctl &: $(shell find Sources -type f) Package.swift
	$(MAKE) release
	@touch .build/release/breakerd .build/release/breakerctl

.PHONY: install
install: $(programs:%=$(PREBUILT)/%)
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(UNITDIR)' '$(DESTDIR)$(SYSUSERSDIR)' '$(DESTDIR)$(TMPFILESDIR)' \
	  '$(DESTDIR)$(DOCDIR)/examples' '$(DESTDIR)$(SYSCONFDIR)/breakerd/conf.d'
	install -m 0755 -s --strip-program='$(STRIP)' $(programs:%='$(PREBUILT)/%') '$(DESTDIR)$(BINDIR)'
	@set -e; for unit in $(units); do \
	  echo "$(DESTDIR)$(UNITDIR)/$$unit"; \
	  $(rewrite_paths) "systemd/$$unit" | install -m 0644 /dev/stdin "$(DESTDIR)$(UNITDIR)/$$unit"; \
	done
	install -m 0644 systemd/breakerd.sysusers '$(DESTDIR)$(SYSUSERSDIR)/breakerd.conf'
	install -m 0644 systemd/breakerd.tmpfiles '$(DESTDIR)$(TMPFILESDIR)/breakerd.conf'
	install -m 0644 etc/breakerd.example.yaml '$(DESTDIR)$(DOCDIR)/examples'
	$(foreach page,$(pages),install -D -m 0644 'man/$(page)' '$(DESTDIR)$(MANDIR)/$(call section,$(page))/$(page)'$(newline))
	$(foreach name,$(bash_completions),install -D -m 0644 'completions/$(name).bash' '$(DESTDIR)$(BASHCOMPDIR)/$(name)'$(newline))
	$(foreach name,$(zsh_completions),install -D -m 0644 'completions/$(name)' '$(DESTDIR)$(ZSHCOMPDIR)/$(name)'$(newline))
	$(foreach file,$(monitoring),install -D $(if $(shell test -x '$(file:%=monitoring/%)' && echo x),-m 0755,-m 0644) \
	  'monitoring/$(file)' '$(DESTDIR)$(DATADIR)/breakerd/monitoring/$(file)'$(newline))
	@if [ -e '$(DESTDIR)$(SYSCONFDIR)/breakerd/breakerd.yaml' ]; then \
	  echo '$(SYSCONFDIR)/breakerd/breakerd.yaml is there already, and stays as it is'; \
	else \
	  install -m 0644 etc/breakerd.yaml '$(DESTDIR)$(SYSCONFDIR)/breakerd/breakerd.yaml'; \
	fi
	@if [ -z '$(DESTDIR)' ]; then \
	  echo; \
	  echo 'To make the user and the directories, and to start the daemon now and with the system:'; \
	  echo; \
	  echo '    systemd-sysusers $(SYSUSERSDIR)/breakerd.conf'; \
	  echo '    systemd-tmpfiles --create $(TMPFILESDIR)/breakerd.conf'; \
	  $(if $(filter /usr/% /lib/% /etc/%,$(UNITDIR)),,echo '    systemctl link $(units:%=$(UNITDIR)/%)';) \
	  echo '    systemctl daemon-reload'; \
	  echo '    systemctl enable --now breakerd.service breakerd.socket breakerd-admin.socket'; \
	fi

# Takes away what `make install` with the same variables brings. Configuration, the database and the user stay.
.PHONY: uninstall
uninstall:
	rm -f $(programs:%='$(DESTDIR)$(BINDIR)/%') $(units:%='$(DESTDIR)$(UNITDIR)/%') \
	  '$(DESTDIR)$(SYSUSERSDIR)/breakerd.conf' '$(DESTDIR)$(TMPFILESDIR)/breakerd.conf' \
	  '$(DESTDIR)$(DOCDIR)/examples/breakerd.example.yaml' \
	  $(foreach page,$(pages),'$(DESTDIR)$(MANDIR)/$(call section,$(page))/$(page)') \
	  $(bash_completions:%='$(DESTDIR)$(BASHCOMPDIR)/%') $(zsh_completions:%='$(DESTDIR)$(ZSHCOMPDIR)/%') \
	  $(monitoring:%='$(DESTDIR)$(DATADIR)/breakerd/monitoring/%')
	@# Only directories of our own, and only if nobody has put anything there.
	@for directory in '$(DESTDIR)$(DOCDIR)/examples' '$(DESTDIR)$(DOCDIR)' \
	  $(foreach dir,$(call reverse,$(monitoring_dirs)),'$(DESTDIR)$(DATADIR)/breakerd/monitoring/$(dir)') \
	  '$(DESTDIR)$(DATADIR)/breakerd/monitoring' '$(DESTDIR)$(DATADIR)/breakerd'; do \
	  rmdir "$$directory" 2>/dev/null || true; \
	done

reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
define newline


endef
