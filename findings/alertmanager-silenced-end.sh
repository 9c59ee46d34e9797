#!/bin/bash
# Alertmanager: alerts that end while they are silenced or inhibited. Seen with prometheus-alertmanager 0.25.0 (Debian 12).
#
# Guess: whoever was told that an alert fires is told of its end: at once, or when the silence or the inhibition is over.
# Behaviour: never. A group whose alerts are muted counts as notified, and an alert that has ended is then forgotten. The webhook
#   was told of the alert, and holds it for firing for good: a ticket that was silenced while somebody worked at its cause stays
#   open. One that is still firing when the silence ends is told of its end later on, as one that was never muted is.
# Output: `firing` alone for the silenced and the inhibited alert, `firing resolved` for those that were not muted at their end.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/alertmanager.sh"

start_receiver
cat >alertmanager.yml <<C
route: { receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 2s }
receivers:
  - name: hook
    webhook_configs: [{ url: 'http://127.0.0.1:$receiver/hook', send_resolved: true }]
inhibit_rules:
  - { source_matchers: [alertname=HostDown], target_matchers: [alertname=Inhibited], equal: [instance] }
C
start_alertmanager alertmanager.yml
told_of() { # NAME: what the webhook was told of it, in order
  grep -o '"status":"[a-z]*","alerts":\[{"status":"[a-z]*","labels":{"alertname":"'"$1"'"' told | cut -d'"' -f4 | paste -sd' '
}
told_that() { [ "$(told_of "$1")" = "$2" ]; }
silence() { amtool --alertmanager.url="http://127.0.0.1:$port" silence add "alertname=$1" -d "$2" -c work -a somebody >>amtool.log 2>&1; }
ends() { alert "$1" --end="$(date -u +%Y-%m-%dT%H:%M:%SZ)"; }

for name in Silenced SilencedFiring Inhibited Plain; do alert "$name"; done
for name in Silenced SilencedFiring Inhibited Plain; do until_true told_that "$name" firing; done
silence Silenced 12s
silence SilencedFiring 12s
alert HostDown
until_true told_that HostDown firing
for name in Silenced Inhibited Plain; do ends "$name"; done
until_true told_that Plain 'firing resolved'
sleep 4 # two more turns of the group
ends HostDown
until_true told_that HostDown 'firing resolved'
silenced() { amtool --alertmanager.url="http://127.0.0.1:$port" silence query -q | grep -q .; }
over() { ! silenced; }
until_true over
ends SilencedFiring
until_true told_that SilencedFiring 'firing resolved'
sleep 6 # and three more, with nothing muted
seen 'ended while silenced' firing "$(told_of Silenced)"
seen 'ended while inhibited' firing "$(told_of Inhibited)"
seen 'silenced, and ended after that' 'firing resolved' "$(told_of SilencedFiring)"
seen 'never muted' 'firing resolved' "$(told_of Plain)"
the_end
