# Packages, each made from what "make build" and set-up have. Included by the Makefile.
# Versions come from shared/version/number, the icon from shared/ui/icon.svg, times from the last commit,
# so that two builds of one commit give the same bytes.
ARCH := $(shell go env GOARCH)
OS := $(shell go env GOOS)
PACKAGES := build/packages
export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
STRIP := -trimpath -buildvcs=false -ldflags "-s -w -buildid="
TAR := tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(SOURCE_DATE_EPOCH)
FYNE := $(CURDIR)/build/bin/fyne

build/icon.png: shared/ui/icon.svg
	@convert -version 2>/dev/null | grep -q '^Version: ImageMagick' || .setup/packages icon
	@mkdir -p build && convert -background none $< -resize 512x512 -strip $@

# --- Linux ------------------------------------------------------------------------------------

.PHONY: package-linux check-linux
package-linux: $(CASCADE) build/icon.png ## .tar.xz and .deb of the desktop app and the phone app for this PC
	@.setup/packages build linux
	@.package/linux/pack $(VERSION) $(ARCH) $(TAGS)

check-linux: package-linux build/backend build/launch ## install the .deb in a clean Debian, and verify a person with it there
	@.setup/packages display check-linux
	@.package/linux/check $(VERSION) $(ARCH)

# --- browser ----------------------------------------------------------------------------------

.PHONY: build-web package-web
build-web: $(CASCADE) build/icon.png ## the phone app for browsers, into build/web, where the backend serves it
	@.package/web/build $(TAGS)

package-web: build-web ## the same, compressed for transfer, and as an archive
	@.setup/packages web
	@cd build/web && for f in *.html *.css *.js *.ttf *.wasm; do gzip -9nk $$f; brotli -q 11 -w 24 -k $$f; done
	@mkdir -p $(PACKAGES) && $(TAR) -C build -czf $(PACKAGES)/realname-web-$(VERSION).tar.gz web
	@ls -l build/web

# --- Windows ----------------------------------------------------------------------------------

.PHONY: package-windows check-windows
package-windows: $(CASCADE) build/icon.png ## .zip of the desktop app and the phone app for Windows, by mingw-w64
	@.setup/packages windows icon
	@.package/windows/pack $(VERSION) $(TAGS)

check-windows: package-windows build/backend build/launch ## verify a person with them under Wine
	@.setup/packages windows display check-windows
	@.package/windows/check $(VERSION)

# --- Apple and Android: need tools that Debian does not have ----------------------------------

# Without a reason macOS ends an app that opens the camera.
CAMERA_REASON := For a portrait of your own in the sandbox. The picture goes to your server alone.

.PHONY: package-darwin package-android check-android package-ios has-mac has-ndk has-ios
package-darwin: has-mac build/icon.png build/bin/fyne ## the desktop app for macOS; needs a Mac
	cd desktop && $(FYNE) package --target darwin --release --tags $(TAGS) --app-version $(VERSION) --icon ../build/icon.png
	plutil -replace NSCameraUsageDescription -string "$(CAMERA_REASON)" desktop/Realname.app/Contents/Info.plist

has-mac:
	@[ "$$(uname -s)" = Darwin ] && xcode-select -p >/dev/null 2>&1 || { echo "package-darwin needs a Mac with Xcode's command line tools (xcode-select --install), Go, npm and ImageMagick's convert."; exit 1; }

package-android: has-ndk $(CASCADE) build/icon.png build/bin/fyne ## the phone app for Android; needs the NDK
	@.package/android/package $(VERSION) $(TAGS) android $(PACKAGES)/realname-phone-$(VERSION).apk
	@.package/android/sign $(PACKAGES)/realname-phone-$(VERSION).apk

has-ndk:
	@[ -d "$${ANDROID_NDK_HOME:-}" ] || { echo "package-android needs the Android NDK (r26 or newer, developer.android.com/ndk) and its folder in ANDROID_NDK_HOME."; exit 1; }

check-android: $(CASCADE) build/icon.png build/bin/fyne ## compile, link and pack the phone app for Android; run its camera code over fakes
	@.setup/packages build android
	@.package/android/check $(VERSION) $(TAGS)

package-ios: has-ios $(CASCADE) build/icon.png build/bin/fyne ## the phone app for iOS; needs a Mac with Xcode and a profile
	@.package/ios/package $(VERSION) $(TAGS) $(PACKAGES)/realname-phone-$(VERSION).ipa

has-ios:
	@[ "$$(uname -s)" = Darwin ] && xcodebuild -version >/dev/null 2>&1 && [ -n "$${CERTIFICATE:-}" ] && [ -n "$${PROFILE:-}" ] || { echo "package-ios needs a Mac with Xcode (App Store), Go, npm, ImageMagick's convert, a signing certificate in CERTIFICATE and a provisioning profile in PROFILE."; exit 1; }

# --- release ----------------------------------------------------------------------------------

.PHONY: package-backend release check-release
package-backend: models package-web ## archive of the backend for this machine, with models and the phone app for browsers
	@.setup/packages build linux
	@.package/backend/pack $(VERSION) $(OS) $(ARCH)

release: setup package-linux package-web package-windows ## all that this machine can make, with sums and a bill of materials
	@.setup/packages release
	@.package/release $(VERSION)

check-release: package-backend build/launch ## unpack the archive into an empty folder, verify a person with it, and follow docs/operate.md
	@.setup/packages test check-linux
	@.package/backend/check $(VERSION) $(OS) $(ARCH)
