#!/usr/bin/env bash
# systemd-analyze verify ends with 0 for a unit whose hardening is mistyped
#
# Versions: Debian 12's systemd 252 (systemd-analyze).
# Why it matters: the unit file that is shipped carries the server's hardening, and a test says that it is right.
# Guess: verify is the check for that: an unknown key or a value that cannot be parsed is an error, so not 0.
# Seen: "Unknown key name … ignoring" and "Failed to parse … ignoring" are lines on stderr, and the exit status is 0:
#   the test is green and the service runs without ProtectSystem. --recursive-errors=no, whose name speaks of the
#   units that this one needs, makes the status 1. security --offline scores what is left and ends with 0 as well.
# Source: systemd-analyze's manual, --recursive-errors; run here.
# What to do: verify with --recursive-errors=no and fail on any output; security --offline=true with --threshold.
set -euo pipefail
changed() { echo "systemd-verify-passes: changed: $*" >&2; exit 1; }
command -v systemd-analyze >/dev/null || apt-get -qq -y --no-install-recommends install systemd >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
unit() { printf '[Unit]\nDescription=example\n[Service]\nExecStart=/bin/true\n%s\n' "$2" >"$1.service"; }
unit right 'ProtectSystem=strict'
unit key 'ProtectSytem=strict'
unit value 'ProtectSystem=stricct'
status() { local s=0; systemd-analyze "${@:2}" "./$1.service" >"$1.log" 2>&1 || s=$?; echo $s; }
echo "$(systemd-analyze --version | head -n1)"
for name in right key value; do
	plain=$(status $name verify); said=$(grep -c ignoring $name.log || true)
	strict=$(status $name verify --recursive-errors=no); score=$(status $name security --offline=true)
	echo "$name: verify $plain, lines that say ignoring $said, with --recursive-errors=no $strict, security $score"
	[ "$plain" -eq 0 ] && [ "$score" -eq 0 ] || changed "verify or security refuses $name.service"
	if [ $name = right ]; then want="0 0"; else want="1 1"; fi
	[ "$said $strict" = "$want" ] || changed "$name: $said lines, status $strict with --recursive-errors=no"
done
