# What to type. Each target is explained by the comment behind it; `make` alone prints them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build build-claims test check bench clauses generate format vet tidy generated vendored

VENDORED := internal/web/static/vendor

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build the program, make up a province and serve it; prints the address
	./bin/tongchou demo

build: ## build bin/tongchou, without a C compiler
	CGO_ENABLED=0 go build -o bin/tongchou ./cmd/tongchou

build-claims: ## build bin/tongchou-claims, which has the claims store too; needs a C compiler and libstdc++
	CGO_ENABLED=1 go build -ldflags '-s -w' -o bin/tongchou-claims ./cmd/tongchou

test: ## run every test, in a real browser and on PostgreSQL too (installs them where it may)
	@scripts/install-test-tools.sh
	go test -timeout 15m ./...

check: format vet tidy generated vendored ## everything else that must hold: formatting, vet, go.mod, generated files, vendored files, clauses
	go run ./tools/clauses -check

bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem ./...

clauses: ## find out from test results what carries each clause, and write policies/coverage.json
	go run ./tools/clauses

generate: ## write the generated files again
	go tool templ generate

format:
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not as gofmt writes it:"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...

tidy:
	go mod tidy -diff

# The files are generated in place and compared with what stood there, so that this works on uncommitted changes too.
generated:
	@sums() { find . -name '*_templ.go' -not -path './.git/*' -exec sha256sum {} + | sort -k 2; }; \
	before=$$(sums); go tool templ generate; after=$$(sums); \
	if [ "$$before" != "$$after" ]; then \
		echo "generated files were not current (they are now); commit them:"; \
		diff <(echo "$$before") <(echo "$$after") || exit 1; \
	fi

vendored:
	@cd $(VENDORED); sha256sum --check --quiet SHA256SUMS; \
	find . -type f -not -name SHA256SUMS -not -name '*.md' -not -name 'LICENSE*' | sed 's|^\./||' | while read -r file; do \
		grep -qF "  $$file" SHA256SUMS || { echo "$(VENDORED)/$$file is not in SHA256SUMS"; exit 1; }; \
	done
