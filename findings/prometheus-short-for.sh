#!/bin/bash
# Prometheus and Alertmanager: an alert whose `for` is short, and a start of Prometheus. Seen with prometheus 2.42.0 and
# prometheus-alertmanager 0.25.0 (Debian 12).
#
# Guess: since 2.4 the state of `for` outlives a start: what fired goes on to fire.
# Behaviour: only where `for` is no shorter than `--rules.alert.for-grace-period`, 10 minutes when not said. Any other alert begins to
#   wait anew, though its condition was never away. Alertmanager believes what it was told for four times the interval of the
#   rules, four minutes at least: of an alert with `for: 5m` it tells the end, and a minute later that it fires again, at
#   each start of Prometheus. One without `for`, and one with `for: 15m`, goes on.
# Output: with a `for` of 10 s and a belief of 8 s: firing, resolved, firing. With a grace period that is no longer than `for`
#   it goes on to fire.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/alertmanager.sh"
. "$here/lib/prometheus.sh"

start_receiver
cat >alertmanager.yml <<C
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers:
  - { name: hook, webhook_configs: [{ url: 'http://127.0.0.1:$receiver/hook' }] }
C
cat >rules.yml <<'C'
groups:
  - name: defs
    rules:
      - { alert: For, expr: vector(1), for: 10s }
      - { alert: AtOnce, expr: vector(1) }
C
told_of() { grep -o '"status":"[a-z]*","alerts":\[{"status":"[a-z]*","labels":{"alertname":"'"$1"'"' told | cut -d'"' -f4 | paste -sd' '; }
told_that() { [ "$(told_of "$1")" = "$2" ]; }
start_alertmanager alertmanager.yml
cat >prometheus.yml <<C
global: { evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:$port'] }] }] }
C
some() { [ -n "$(alerts)" ]; }
again() { # OPTION...: Prometheus starts anew; the alerts of its first seconds
  stop_prometheus
  start_prometheus prometheus.yml --rules.alert.resend-delay=2s "$@"
  until_true some
  sleep 4
  alerts
}
start_prometheus prometheus.yml --rules.alert.resend-delay=2s
until_true told_that For firing
seen 'told of the one without for' firing "$(told_of AtOnce)"

again >first
seen 'the alerts after a start' 'AtOnce firing For pending' "$(cat first)"
until_true told_that For 'firing resolved firing'
seen 'told of the one with for' 'firing resolved firing' "$(told_of For)"
seen 'told of the one without' firing "$(told_of AtOnce)"

again --rules.alert.for-grace-period=10s >first
seen 'the alerts after a start with a grace period that is not longer' 'AtOnce firing For firing' "$(cat first)"
sleep 5
seen 'told of the one with for, no more than before' 'firing resolved firing' "$(told_of For)"
the_end
