# "make check" is the one command before a commit. Each part is a target of its
# own. Needs Go, git and a POSIX shell.

GO       ?= go
FUZZTIME ?= 30s

# Systems that Dray must build and vet for, tests included.
PLATFORMS = linux/arm64 darwin/arm64 windows/amd64 freebsd/amd64

# Packages with goroutines, which are tested under the race detector.
RACE = . ./host/... ./engine/... ./internal/... ./wasi/... ./suite/... ./script ./wasm/debuginfo/... ./wasm/valid

GOFMT     = "$$($(GO) env GOROOT)/bin/gofmt"
GENERATED = grep -rl '^// Code generated .* DO NOT EDIT' --include='*.go' . | sort

.PHONY: check fmt vet staticcheck floors generate test race cross $(PLATFORMS) fuzz bench guests

check: fmt vet staticcheck floors generate test race cross

fmt:
	@bad=$$($(GOFMT) -l .) || exit 1; \
	if [ -n "$$bad" ]; then echo "run gofmt -w on:"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool staticcheck ./...

# The import floors; the text is in deps_test.go.
floors:
	$(GO) test -count=1 -run '^(TestImports|TestImportsForbidden|TestFloorsDocumented)$$' .

# Generated files are committed; generating them again must change nothing.
generate:
	@state() { $(GENERATED) | while read -r f; do echo "$$(git hash-object "$$f") $$f"; done; }; \
	before=$$(state); $(GO) generate ./... || exit 1; after=$$(state); \
	if [ "$$before" != "$$after" ]; then \
		echo "generated files changed; before:"; echo "$$before"; echo "after:"; echo "$$after"; exit 1; \
	fi

test:
	$(GO) test ./...

race:
	CGO_ENABLED=1 $(GO) test -race $(RACE)

cross: $(PLATFORMS)

$(PLATFORMS):
	CGO_ENABLED=0 GOOS=$(@D) GOARCH=$(@F) $(GO) build ./...
	CGO_ENABLED=0 GOOS=$(@D) GOARCH=$(@F) $(GO) vet ./...

# Each fuzz target for FUZZTIME, one after the other.
fuzz:
	@grep -rn '^func Fuzz' --include='*_test.go' . | \
	sed -n 's|^\(.*\)/[^/]*_test\.go:[0-9]*:func \(Fuzz[A-Za-z0-9_]*\)(.*|\1 \2|p' | sort | \
	while read -r dir name; do \
		echo "== $$dir $$name"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null || exit 1; \
	done

bench:
	$(GO) test -run '^$$' -bench . ./...

guests:
	testdata/guests/build.sh
