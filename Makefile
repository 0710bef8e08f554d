# make test    installs what the tests need and runs them all, those of what runs side by side under the race detector
# make quick   what needs Go alone: no browser, no Node, no git server, no database; for the daily loop
# make check   layout, vet, staticcheck, known vulnerabilities of what the program calls
# make bench   a world of 10,000 templates: calls, time, memory, against the floors
# make fuzz    every fuzzer for a short while
# make chaos   random faults in 300 random worlds; then the long form of the stories of kills and sleepers: every call, on
#              every store; about an hour
# make build   the binary

GO       ?= go
FUZZTIME ?= 20s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build test quick check bench fuzz chaos tools

build:
	$(GO) build -trimpath -ldflags "-X countersign/command/run.version=$(VERSION)" -o countersign .

# A program under the race detector waits a second before it ends, for races that are still to be told; the stories run
# hundreds of programs. Limits of time and memory are those of the program as people run it. Vet has been at all of it in
# check. Only quick is short, whatever GOFLAGS says; a list of packages that fails ends it all.
# Packages that do things side by side, and the stories, which run all of the program, are tested under the race detector. It
# would take ten minutes more for the others, and shows nothing there. internal/limits measures, so it runs alone.
RACED = ./command/... ./confine ./internal/parallel ./internal/story ./providers/... ./reconcile/... ./stage ./state/... ./view/text

test: tools check
	@raced=$$($(GO) list $(RACED)) && others=$$($(GO) list ./... | grep -v -x -F -e "$$raced" -e countersign/internal/limits) && set -x && \
	GORACE="atexit_sleep_ms=20" $(GO) test -race -vet=off -short=false -timeout 15m $$raced && \
	$(GO) test -vet=off -short=false -timeout 15m $$others
	$(GO) test -vet=off -short=false ./internal/limits

check:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) mod verify
	$(GO) tool staticcheck ./...
	@said=$$($(GO) tool govulncheck ./... 2>&1) && exit 0; code=$$?; \
	echo "$$said"; \
	case "$$code $$said" in \
	  1*"fetching vulnerabilities"*) echo "Known vulnerabilities: NOT LOOKED FOR, https://vuln.go.dev could not be asked.";; \
	  *) exit 1;; \
	esac

bench:
	$(GO) test -run '^$$' -bench World -benchtime 1x -timeout 30m ./internal/bench

fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

chaos: tools
	$(GO) test -v -timeout 2h ./internal/chaos -worlds 300 -each
	$(GO) test -v -timeout 3h -run 'Killed|AtOnce|Sleeps' ./internal/story/kill -chaos

# The race detector needs a C compiler, the completion story bash, the vendors' own clients Node.js with npm, the
# recipes for pipelines curl, git, jq and shellcheck, pages and pictures a Chromium, states a PostgreSQL and a PgBouncer. Where they are missing and this is a
# Debian-like machine, they are installed; elsewhere the test says what to install.
tools:
	@missing=; command -v $${CC:-gcc} >/dev/null || command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	for tool in bash curl fish git jq shellcheck zsh; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	command -v ps >/dev/null || missing="$$missing procps"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v pgbouncer >/dev/null || test -x /usr/sbin/pgbouncer || missing="$$missing pgbouncer"; \
	test -z "$$missing" && exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "the tests need:$$missing (install them, then run make test again)"; exit 1; fi
