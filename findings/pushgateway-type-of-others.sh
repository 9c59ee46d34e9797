#!/bin/bash
# Pushgateway: hosts that push one metric with and without its TYPE. Seen with prometheus-pushgateway 1.5.1 (Debian 12).
#
# Guess: what a host pushes concerns its own group only, so that an updater that is newer on some hosts may say more about a metric.
# Behaviour: the type of a metric is one for all groups. A push with another one, or with none where others have one, is refused
#   as a whole, 400, for as long as any group has it, also that of a host that is gone: the values of the host stay as they were
#   the last time. `curl -s` ends with 0 for it; only push_failure_time_seconds tells. A group that pushed well once may be
#   refused from the day another host is new. HELP may differ.
# Output: two hosts without a type are taken; the first with one is refused, and stays at its old value; it is taken once the
#   other group is deleted, which is then refused without the type.
. "$(dirname "$0")/lib/setup.sh"
debian prometheus-pushgateway 1.5.1-2+b5

port=$(free_port)
background prometheus-pushgateway --web.listen-address="127.0.0.1:$port" >gateway.log 2>&1
until_true listens "$port"
url=http://127.0.0.1:$port/metrics
push() { # HOST VALUE [LINE]: status of curl, and the code of HTTP
  local code
  code=$(printf '%s\n' ${3:+"$3"} "definitions_age_seconds $2" |
    curl -s -o said -w '%{http_code}' --data-binary @- "$url/job/definitions/instance/$1")
  echo "$? $code"
}
value() { curl -s "$url" | sed -n "s/^$1{instance=\"$2\".*} //p"; }
type='# TYPE definitions_age_seconds gauge'
seen 'one host' '0 200' "$(push one 100)"
seen 'another' '0 200' "$(push two 100)"
seen 'the first, with another HELP' '0 200' "$(push one 200 '# HELP definitions_age_seconds Age of the set in use')"
seen 'the first, with a type' '0 400' "$(push one 300 "$type")"
seen 'why' yes "$(grep -q 'inconsistent with existing metrics' said && echo yes || cat said)"
seen 'its value' 200 "$(value definitions_age_seconds one)"
seen 'the time of its failure' told "$([ "$(value push_failure_time_seconds one)" != 0 ] && echo told || echo 0)"
curl -s -X DELETE "$url/job/definitions/instance/two"
until_true sh -c "! curl -s '$url' | grep -q 'definitions_age_seconds.*two'"
seen 'once the other is gone' '0 200' "$(push one 400 "$type")"
seen 'its value' 400 "$(value definitions_age_seconds one)"
seen 'the other, as before' '0 400' "$(push two 100)"
the_end
