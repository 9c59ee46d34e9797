#!/bin/bash
# crowdsec: where a list that was imported is seen. Seen with crowdsec 1.4.6 (Debian 12).
#
# Guess: `cscli decisions list` lists what is in force, and with `--ip` says whether an address is blocked; `--all` adds what
#   comes from the central API, as its help says.
# Behaviour: what `cscli decisions import` brought is left out as well, of `alerts list` too: "No active decisions", status 0,
#   also for `--ip` with an address that each bouncer blocks that moment. `--all` or `--origin cscli-import` shows it. One
#   that was added by hand (`decisions add`) is listed without.
# Output: the bouncer is given both addresses, and 198.51.100.7 is blocked; the list has none of them, and with --all both.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian crowdsec 1.4.6-6~deb12u1+b1
as_installed

port=$(free_port)
mkdir -p conf data hub plugins
cp -r /etc/crowdsec/. conf/
printf '%s\n' "url: http://127.0.0.1:$port" >conf/client.yaml
cat >conf/config.yaml <<C
common: { daemonize: false, log_media: stdout, log_level: info, working_dir: . }
config_paths: { config_dir: $T/conf/, data_dir: $T/data/, simulation_path: $T/conf/simulation.yaml, hub_dir: $T/hub/,
  index_path: $T/hub/.index.json, notification_dir: $T/conf/notifications/, plugin_dir: $T/plugins/ }
crowdsec_service: { acquisition_path: $T/conf/acquis.yaml }
cscli: { output: raw }
db_config: { log_level: info, type: sqlite, db_path: $T/data/crowdsec.db }
api:
  client: { credentials_path: $T/conf/client.yaml }
  server: { log_level: info, listen_uri: '127.0.0.1:$port', profiles_path: $T/conf/profiles.yaml, console_path: $T/conf/console.yaml }
prometheus: { enabled: false }
C
echo 'share_manual_decisions: false' >conf/console.yaml
cs() { timeout 30 cscli -c "$T/conf/config.yaml" "$@" 2>>said; }
cs machines add local --auto --force -f "$T/conf/client.yaml" >>said
key=$(cs bouncers add example -o raw)
background crowdsec -c "$T/conf/config.yaml" -no-cs >server.log 2>&1
until_true listens "$port"

# listed OPTION...: the addresses that cscli lists, and its status.
listed() {
  cs decisions list -o raw "$@" >list
  echo "$?$(sed -n 's/^[0-9]*,[^,]*,Ip:\([^,]*\),.*/ \1/p' list | sort | tr -d '\n')"
}
# given QUESTION: the addresses that a bouncer is given.
given() {
  curl -s -H "X-Api-Key: $key" "http://127.0.0.1:$port/v1/decisions$1" | grep -oE '"value":"[^"]*"' | cut -d'"' -f4 | sort | paste -sd' '
}
printf '%s\n' value 192.0.2.1 198.51.100.0/24 >list.csv
cs decisions import -i list.csv >>said
seen 'the import' 0 $?
seen 'a bouncer is given' '192.0.2.1 198.51.100.0/24' "$(given '')"
seen 'a bouncer that asks for 198.51.100.7' 198.51.100.0/24 "$(given '?ip=198.51.100.7')"
seen 'listed' 0 "$(listed)"
seen 'listed with --ip' 0 "$(listed --ip 192.0.2.1)"
seen 'in words' 'No active decisions' "$(cs decisions list -o human --ip 192.0.2.1)"
seen 'listed with --all' '0 192.0.2.1 198.51.100.0/24' "$(listed --all)"
seen 'listed with --origin' '0 192.0.2.1 198.51.100.0/24' "$(listed --origin cscli-import)"
cs decisions add --ip 203.0.113.9 >>said
seen 'listed, once one was added by hand' '0 203.0.113.9' "$(listed)"
the_end
