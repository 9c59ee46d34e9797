#!/bin/bash
# Icinga 2: a passive result with a time to live. Seen with icinga2-bin 2.13.6 (Debian 12).
#
# Guess: a service whose results are sent to it, with `ttl`, is no longer OK once that has run out and nobody has sent another.
# Behaviour: where active checks are off, as is usual in Nagios for such a service, nothing happens: OK for good, however long
#   the sender has been dead. Freshness is the active check itself: with `enable_active_checks = true` the check_command is
#   run once the ttl has run out.
# Output: where active checks are off still OK eight seconds after a ttl of four, where they are on the state of the command.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian icinga2-bin 2.13.6-2+deb12u2
as_installed

program=/usr/lib/$(uname -m)-linux-gnu/icinga2/sbin/icinga2
[ -x "$program" ] || absent "Icinga's program"
data=/var/lib/icinga2
mkdir -p "$data/certs" "$data/ca" log cache spool run
as=(--define "ConfigDir=$T" --define "DataDir=$data" --define "LogDir=$T/log" --define "CacheDir=$T/cache"
  --define "SpoolDir=$T/spool" --define "InitRunDir=$T/run" --define RunAsUser=root --define RunAsGroup=root
  --define NodeName=example)
{
  "$program" pki new-ca "${as[@]}" &&
    "$program" pki new-cert "${as[@]}" --cn example --key "$data/certs/example.key" --csr example.csr &&
    "$program" pki sign-csr "${as[@]}" --csr example.csr --cert "$data/certs/example.crt" &&
    cp "$data/ca/ca.crt" "$data/certs/"
} >pki.log 2>&1 || absent 'certificates for the API'
printf '#!/bin/sh\necho nothing came\nexit 3\n' >nothing-came
chmod 755 nothing-came
port=$(free_port)
service() { # NAME ACTIVE
  echo "object Service \"$1\" { host_name = \"example\"; check_command = \"nothing-came\"; enable_active_checks = $2
    max_check_attempts = 1; check_interval = 10m; retry_interval = 10m }"
}
{
  echo "object ApiListener \"api\" { bind_host = \"127.0.0.1\"; bind_port = $port }"
  echo 'object CheckerComponent "checker" {}'
  echo 'object ApiUser "user" { password = "word"; permissions = [ "*" ] }'
  echo 'object Endpoint "example" {}'
  echo 'object Zone "example" { endpoints = [ "example" ] }'
  echo "object CheckCommand \"nothing-came\" { import \"plugin-check-command\"; command = [ \"$T/nothing-came\" ] }"
  echo 'object Host "example" { check_command = "nothing-came"; enable_active_checks = false }'
  service off false
  service on true
} >icinga.conf
# In a space of process numbers of its own, since its worker does not end with it each time.
background unshare -p --fork --kill-child --mount-proc "$program" daemon -c "$T/icinga.conf" "${as[@]}" >icinga.log 2>&1
until_true listens "$port"
api() { curl -sk -m 10 -u user:word -H 'Accept: application/json' "https://127.0.0.1:$port/v1/$1" "${@:2}"; }
send() { # FIELDS: a result of OK for both
  api actions/process-check-result -d "{\"type\":\"Service\",\"filter\":\"true\",\"exit_status\":0,\"plugin_output\":\"well\"$1}" >/dev/null
}
told() {
  api 'objects/services?attrs=name&attrs=state&attrs=last_check_result' | python3 -c '
import json, sys
for attrs in sorted((r["attrs"] for r in json.load(sys.stdin)["results"]), key=lambda attrs: attrs["name"]):
    print(attrs["name"], int(attrs["state"]), (attrs["last_check_result"] or {}).get("output"))' | paste -sd,
}
tells() { [ "$(told)" = "$1" ]; }

sent() { send ',"ttl":4' && tells 'off 0 well,on 0 well'; }
until_true sent
seen 'a result came' 'off 0 well,on 0 well' "$(told)"
until_true tells 'off 0 well,on 3 nothing came'
sleep 8
seen 'its time to live has run out' 'off 0 well,on 3 nothing came' "$(told)"
the_end
