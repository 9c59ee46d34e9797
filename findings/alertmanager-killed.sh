#!/bin/bash
# Alertmanager: silences, and an end that nobody prepared. Seen with prometheus-alertmanager 0.25.0 (Debian 12).
#
# Guess: a silence is on the disk once it has a number, and what was told is remembered.
# Behaviour: both are written every 15 minutes and when Alertmanager is asked to end, and at no other time. After SIGKILL, a full
#   memory or a power cut the silences of the last quarter of an hour are gone, without a word, and every alert that fires is
#   told anew. A silence that was set for a long work begins to be no silence in the middle of it.
# Output: no file and no silence after SIGKILL, and the silenced alert is told; after SIGTERM the silence is there and nothing told.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/alertmanager.sh"

start_receiver
cat >alertmanager.yml <<C
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers:
  - { name: hook, webhook_configs: [{ url: 'http://127.0.0.1:$receiver/hook' }] }
C
silences() { amtool --alertmanager.url="http://127.0.0.1:$port" silence query -q | wc -l; }
told_of() { grep -c '"groupLabels":{"alertname":"'"$1"'"}' told; }
is_told() { [ "$(told_of "$1")" != 0 ]; }
raised() { alert Silenced && alert Plain && until_true is_told Plain && sleep 2; } # and whatever is to be told has been told
ends() { # SIGNAL: to Alertmanager itself, which `timeout` has started
  pkill "-$1" -P "${started[-1]}"
  wait "${started[-1]}" 2>/dev/null
}
with() { # SIGNAL: a silence, an end by that signal and a start; silences, and how often each alert was told after that
  : >told
  rm -rf alertmanager
  start_alertmanager alertmanager.yml
  amtool --alertmanager.url="http://127.0.0.1:$port" silence add alertname=Silenced -d 2h -c work -a somebody >/dev/null 2>&1
  raised
  echo "before: $(silences), Silenced $(told_of Silenced), Plain $(told_of Plain)"
  ends "$1"
  : >told
  echo "files: $(ls alertmanager | paste -sd' ')"
  start_alertmanager alertmanager.yml
  alert Silenced
  alert Plain
  sleep 3
  echo "after: $(silences), Silenced $(told_of Silenced), Plain $(told_of Plain)"
  ends TERM
}
with KILL >killed 2>/dev/null
seen 'SIGKILL' 'before: 1, Silenced 0, Plain 1;files: ;after: 0, Silenced 1, Plain 1' "$(paste -sd';' killed)"
with TERM >asked 2>/dev/null
seen 'SIGTERM' 'before: 1, Silenced 0, Plain 1;files: nflog silences;after: 1, Silenced 0, Plain 0' "$(paste -sd';' asked)"
the_end
