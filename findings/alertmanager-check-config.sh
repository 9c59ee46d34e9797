#!/bin/bash
# amtool check-config: a text that cannot be made. Seen with prometheus-alertmanager 0.25.0 (Debian 12).
#
# Guess: what `amtool check-config` calls SUCCESS can send notifications.
# Behaviour: templates in receivers are not made there: one that is not defined, for a file that was not copied or a pattern that
#   matches none, is SUCCESS, status 0. Alertmanager starts, is healthy, takes alerts, and sends nothing: each notification
#   fails for good, with a line in the log and alertmanager_notifications_failed_total.
# Output: status 0, healthy, nothing received, one failed; the receiver beside it is told.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/alertmanager.sh"

start_receiver
cat >example.yml <<C
route:
  receiver: chat
  group_wait: 1s
  routes: [{ receiver: hook, continue: true }, { receiver: chat }]
receivers:
  - name: chat
    slack_configs: [{ api_url: 'http://127.0.0.1:$receiver/chat', text: '{{ template "defs.text" . }}' }]
  - name: hook
    webhook_configs: [{ url: 'http://127.0.0.1:$receiver/hook' }]
templates: ['$T/defs*.tmpl']
C
checked() { amtool check-config example.yml >out 2>&1; echo "$? $(sed -n "s/^Checking '[^']*'  //p" out)"; }
seen 'amtool check-config' '0 SUCCESS' "$(checked)"
start_alertmanager example.yml
alert DefsStale
until_true test -s told
failed() { curl -s "http://127.0.0.1:$port/metrics" | sed -n "s/^alertmanager_notifications_failed_total{integration=\"slack\"} //p"; }
counted() { [ "$(failed)" = 1 ]; }
until_true counted
seen 'told' /hook "$(cut -d' ' -f1 told | paste -sd' ')"
seen 'failed' 1 "$(failed)"
seen 'its health' OK "$(curl -s "http://127.0.0.1:$port/-/healthy" | cut -c1-2)"
kill "${started[-1]}"
rm -rf alertmanager
: >told
echo '{{ define "defs.text" }}too old{{ end }}' >defs.tmpl
seen 'with the file' '0 SUCCESS' "$(checked)"
start_alertmanager example.yml
alert DefsStale
two() { [ "$(wc -l <told)" -ge 2 ]; }
until_true two
seen 'told' '/chat /hook' "$(cut -d' ' -f1 told | sort | paste -sd' ')"
the_end
