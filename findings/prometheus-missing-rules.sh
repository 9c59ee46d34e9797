#!/bin/bash
# Prometheus: a file of `rule_files` that is not there. Seen with prometheus 2.42.0 (Debian 12).
#
# Guess: as any other configuration that cannot be read: the reload is refused, 500, and the rules of before stay; a start fails.
# Behaviour: each name is a pattern, and one without a star as well may match nothing. The reload is 200 and counts as successful,
#   the log has no word of it, and all alerts of the file are gone: those that fire are told as ended. The start is the same.
#   A package or a checkout that has the file away for a moment is enough. Only `promtool check config` tells. A file that is
#   there and cannot be parsed is refused, and the rules of before stay.
# Output: 200, `prometheus_config_last_reload_successful 1`, no alert, and status 1 of promtool.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/prometheus.sh"

printf '%s\n' 'global: { evaluation_interval: 1s }' 'rule_files: [defs-rules.yml]' >prometheus.yml
echo 'groups: [{ name: defs, rules: [{ alert: DefsStale, expr: vector(1) }] }]' >good.yml
echo 'groups: [{ name: defs, rules: [{ alert: DefsStale, expr: "vector(" }] }]' >bad.yml
reload() { # its answer, and what the metric says of it
  printf '%s ' "$(curl -sS -o /dev/null -w '%{http_code}' -X POST "http://127.0.0.1:$prometheus/-/reload")"
  curl -fsS "http://127.0.0.1:$prometheus/metrics" | sed -n 's/^prometheus_config_last_reload_successful //p'
}
promtool_status() { promtool check config prometheus.yml >/dev/null 2>&1; echo $?; }

cp good.yml defs-rules.yml
start_prometheus prometheus.yml
until_true alerts_are 'DefsStale firing'
seen 'promtool, with the file' 0 "$(promtool_status)"
cp bad.yml defs-rules.yml
seen 'a reload with rules that cannot be parsed' '500 0' "$(reload)"
sleep 2
seen 'the alert' 'DefsStale firing' "$(alerts)"
rm defs-rules.yml
lines=$(wc -l <prometheus.log)
seen 'a reload without the file' '200 1' "$(reload)"
sleep 2
seen 'the alert then' '' "$(alerts)"
seen 'what the log says' '' "$(tail -n "+$((lines + 1))" prometheus.log | grep -iE 'level=(warn|error)|defs-rules')"
seen 'promtool, without the file' 1 "$(promtool_status)"
stop_prometheus
start_prometheus prometheus.yml
seen 'a start without the file' '' "$(alerts)"
cp good.yml defs-rules.yml
seen 'a reload with the file back' '200 1' "$(reload)"
until_true alerts_are 'DefsStale firing'
the_end
