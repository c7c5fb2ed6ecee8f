#!/usr/bin/env bash
# Chinese typed by an input method comes in another order where Xlib waits for the method: 沃尼她德 is read as 沃尼德她
#
# Versions: Debian 12's libx11 1.8.4, ibus 1.5.27 with ibus-libpinyin, xdotool and Xvfb.
# Why it matters: every program that reads keys by Xlib and tells the method where its caret stands, as it should, writes
#   names in another order as soon as the machine is slow: 买买提·艾力 became 买买提艾力·, which no check of a name finds.
# Guess: a method's texts come by one connection in order, so XNextEvent and Xutf8LookupString give them in order.
# Seen: while Xlib waits for the answer to XSetICValues (or to a key), it takes in every text that comes meanwhile. Each goes
#   to the head of a list, and its event to the head of the queue; the next look-up gives the newest. Here the method is
#   stopped while somebody types four characters, as on a machine that is busy; it then gives all of them one after another.
#   Without XSetICValues the order is right. How many change places differs from run to run (沃尼德她, 沃德她尼).
# Source: the list in modules/im/ximcp/imDefLkup.c of libX11; run here.
# What to do: take each text when it comes (Xlib calls XPutBackEvent for it, with key code 0) and keep them in a list of
#   your own; or do not wait for the method between two look-ups.
set -euo pipefail
changed() { echo "xim-texts-in-reverse: changed: $*" >&2; exit 1; }
for p in gcc libx11-dev xvfb xdotool ibus ibus-libpinyin dbus-daemon; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); cd "$dir"
pids=()
trap 'kill -CONT -- "${pids[@]/#/-}" 2>/dev/null || :; kill -- "${pids[@]/#/-}" 2>/dev/null || :; rm -rf "$dir"' EXIT
background() { setsid "$@" >>log 2>&1 & pids+=($!); }
until_true() { for _ in $(seq 600); do "$@" && return; sleep 0.1; done; changed "never came: $*"; }
cat >client.c <<'C'
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

int main(int argc, char **argv) {
	setlocale(LC_ALL, "C.UTF-8");
	Display *display = XOpenDisplay(NULL);
	XSetLocaleModifiers("");
	XIM im = XOpenIM(display, NULL, NULL, NULL);
	if (im == NULL)
		return 1;
	Window window = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 400, 100, 0, 0, ~0UL);
	XIC ic = XCreateIC(im, XNInputStyle, XIMPreeditNothing | XIMStatusNothing, XNClientWindow, window, XNFocusWindow, window, NULL);
	long wanted = 0;
	XGetICValues(ic, XNFilterEvents, &wanted, NULL);
	XSelectInput(display, window, wanted | KeyPressMask | ExposureMask);
	XMapWindow(display, window);
	XPoint caret = {0, 20};
	for (XEvent event; XNextEvent(display, &event), 1;) {
		if (XFilterEvent(&event, None))
			continue;
		if (event.type == Expose) {
			XSetInputFocus(display, window, RevertToParent, CurrentTime);
			XSetICFocus(ic);
			puts("ready");
		} else if (event.type == KeyPress) {
			char text[100];
			Status status;
			int n = Xutf8LookupString(ic, &event.xkey, text, sizeof text, NULL, &status);
			if (status == XLookupChars || status == XLookupBoth)
				printf("%.*s\n", n, text);
			if (n > 0 && strcmp(argv[1], "tells") == 0) { // the caret, as a text field does after each text
				caret.x += 16;
				XVaNestedList at = XVaCreateNestedList(0, XNSpotLocation, &caret, NULL);
				XSetICValues(ic, XNPreeditAttributes, at, NULL);
				XFree(at);
			}
		}
		fflush(stdout);
	}
}
C
gcc -w -o client client.c -lX11
export HOME=$dir XDG_RUNTIME_DIR=$dir XMODIFIERS=@im=ibus LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$dir/config XDG_CACHE_HOME=$dir/cache
mkfifo screen; exec 9<>screen
setsid Xvfb -displayfd 9 -screen 0 640x480x24 -nolisten tcp 2>>log & pids+=($!)
read -r -u 9 number; export DISPLAY=:$number
background dbus-daemon --session --nofork --nopidfile --address="unix:path=$dir/bus"
export DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/bus
until_true test -S bus
background ibus-daemon --xim --panel disable; method=${pids[-1]}
there() { xprop -root XIM_SERVERS 2>/dev/null | grep -q ibus; }
command -v xprop >/dev/null || apt-get -qq -y --no-install-recommends install x11-utils >/dev/null
until_true there
chinese() { ibus engine libpinyin 2>/dev/null; [ "$(ibus engine 2>/dev/null)" = libpinyin ]; }
lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

typed() { # typed NAME: what the client received of four texts that were typed while the method was stopped
	./client "$1" >"$1" 2>>log & local client=$!
	until_true lines "$1" 1
	until_true chinese
	kill -STOP -- "-$method"
	xdotool key w o 2 n i 2 t a 2 d e 2
	kill -CONT -- "-$method"
	until_true lines "$1" 5
	kill "$client"; wait "$client" 2>/dev/null || :
	tail -n +2 "$1" | tr -d '\n'
}
quiet=$(typed quiet)
for _ in 1 2 3 4 5; do
	tells=$(typed tells)
	[ "$tells" = "$quiet" ] || break
done
sorted() { grep -o . <<<"$1" | sort | tr -d '\n'; }
echo "libx11 $(dpkg-query -W -f='${Version}' libx11-6), ibus $(dpkg-query -W -f='${Version}' ibus)"
echo "without XSetICValues: $quiet"
echo "with it:              $tells"
[ ${#quiet} = 4 ] || changed "the method gave $quiet"
[ "$(sorted "$tells")" = "$(sorted "$quiet")" ] || changed "$quiet came as $tells"
[ "$tells" != "$quiet" ] || changed "five times in order"
