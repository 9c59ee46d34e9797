# Suricata for the scripts. Sourced after setup.sh: brings it, and a small configuration for it.
backports suricata 1:7.0.10-1~bpo12+1
: >"$T/empty.config"
printf '%s\n' '%YAML 1.1' '---' 'vars: { address-groups: { HOME_NET: any }, port-groups: { HTTP_PORTS: "80" } }' \
  "default-rule-path: $T" 'rule-files: [test.rules]' "classification-file: $T/empty.config" \
  "reference-config-file: $T/empty.config" "threshold-file: $T/empty.config" "default-log-dir: $T" \
  "unix-command: { enabled: yes, filename: '$T/command.socket' }" 'af-packet: [{ interface: lo, threads: 1, cluster-id: 98 }]' \
  'app-layer: { protocols: { http: { enabled: yes } } }' >"$T/suricata.yaml"

rule() { echo "alert tcp any any -> any any (msg:\"example\"; content:\"$1\"; sid:$1; rev:${2:-1};)"; }

# tested FILE: status of Suricata's own test of these rules, and how many it counts.
tested() {
  local status
  suricata -T -v -c "$T/suricata.yaml" -l "$T" -S "$1" >"$T/test.log" 2>&1
  status=$?
  echo "$status $(sed -n 's/.* \([0-9]*\) rules successfully loaded, \([0-9]*\) rules failed.*/\1 loaded \2 failed/p; s/.*no rules were loaded.*/none/p' "$T/test.log")"
}

# ask COMMAND [ARGUMENTS]: what a running Suricata answers; of ruleset-stats the rules loaded and failed.
ask() {
  python3 - "$T/command.socket" "$@" <<'PYTHON'
import json, socket, sys
with socket.socket(socket.AF_UNIX) as talk:
    talk.settimeout(60)
    talk.connect(sys.argv[1])
    command = {"command": sys.argv[2]}
    if len(sys.argv) > 3:
        command["arguments"] = json.loads(sys.argv[3])
    for question in ({"version": "0.2"}, command):
        talk.sendall(json.dumps(question).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += talk.recv(65536)
answer = json.loads(answer)
message = answer["message"]
if isinstance(message, list):
    print(f'{message[0]["rules_loaded"]} loaded {message[0]["rules_failed"]} failed')
else:
    print(f'{answer["return"]} {message}')
PYTHON
}

# of_set COMMAND SET NAME: what it answers to dataset-add or dataset-lookup for a set of names.
of_set() {
  ask "$1" "{\"setname\": \"$2\", \"settype\": \"string\", \"datavalue\": \"$(printf %s "$3" | base64)\"}"
}

# live: starts it on the loopback interface, with test.rules. Wants root.
live() {
  [ "$(id -u)" = 0 ] || absent 'suricata wants root to listen on the loopback interface'
  background suricata -c suricata.yaml --af-packet=lo >live.log 2>&1
  until_true test -S command.socket
}
