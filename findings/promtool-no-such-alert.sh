#!/usr/bin/env bash
# promtool passes a test of an alert that no rule has, and a test of no rules at all
#
# Versions: Debian 12's prometheus 2.42.0 (promtool).
# Why it matters: the alarm for "codes do not arrive" is shipped with a test that says when it must be silent. That
#   test is green for ever after the alert is renamed.
# Guess: an alertname that no loaded rule has is an error, as an unknown key in the file is.
# Seen: with exp_alerts empty (the alert must be silent), or left out, a wrong letter case in alertname ends in
#   SUCCESS and exit 0. A rule_files pattern that matches no file is a warning on stderr and SUCCESS as well. Only a test
#   that expects the alert to fire fails.
# Source: promtool's unit test format in Prometheus' manual; run here.
# What to do: beside each test of silence one of firing for the same name, and a count that every alert of the rules
#   occurs in the tests.
set -euo pipefail
changed() { echo "promtool-no-such-alert: changed: $*" >&2; exit 1; }
dpkg -s prometheus >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install prometheus >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat >rules.yml <<'YML'
groups:
  - name: sms
    rules:
      - alert: SMSFailing
        expr: rate(sms_failed_total[5m]) > 0.1
        for: 5m
YML
tests() { # FILE RULES ALERT EXPECTED
	cat >"$1" <<YML
rule_files: [$2]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: sms_failed_total
        values: '0+60x30'
    alert_rule_test:
      - eval_time: 20m
        alertname: $3
        exp_alerts: [$4]
YML
}
tests silent.yml rules.yml SmsFailing ''
tests nothing.yml 'none-*.yml' SMSFailing ''
tests right.yml rules.yml SMSFailing ''
tests fires.yml rules.yml SmsFailing '{}'
run() { if promtool test rules "$1" >"$1.log" 2>&1; then echo "$1 passes"; else echo "$1 fails"; fi; }
out=$(for f in right silent nothing fires; do run $f.yml; done)
echo "$(dpkg-query -W prometheus | tr '\t' ' ')"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "not '$1'"; }
has 'right.yml fails' # the alert fires, and silence was expected: so the test tells something when the name is right
has 'silent.yml passes'
has 'nothing.yml passes'
has 'fires.yml fails'
