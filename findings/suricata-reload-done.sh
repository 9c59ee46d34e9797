#!/bin/bash
# suricata: what a reload says. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: a reload over the command socket says NOK, and the rules in use stay, when a file is missing, cannot be parsed or
#   holds nothing - as the test of the configuration (-T) and a start refuse such rules.
# Behaviour: it says `done` and OK, status 0, each time, and what could be read takes the place of the rules in use: with a
#   file of unknown words, an empty one or none at all Suricata works on with NO rules. Only `ruleset-stats` shows it.
#   The time of the last load moves on as after a good one.
# Output: "OK done" and the rules loaded: 2, then 0, 0, 0, and 2 again.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
[ "$(id -u)" = 0 ] || absent 'suricata wants root to listen on the loopback interface'
ask() { # COMMAND FILTER
  python3 - "$T/command.socket" "$1" <<'PYTHON'
import json, socket, sys
with socket.socket(socket.AF_UNIX) as talk:
    talk.settimeout(60)
    talk.connect(sys.argv[1])
    for question in ({"version": "0.2"}, {"command": sys.argv[2]}):
        talk.sendall(json.dumps(question).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += talk.recv(65536)
answer = json.loads(answer)
message = answer["message"]
print(message[0]["rules_loaded"] if isinstance(message, list) else f'{answer["return"]} {message}')
PYTHON
}
after() { echo "$(ask ruleset-reload-rules) $(ask ruleset-stats)"; }
{ rule 1; rule 2; } >good.rules
cp good.rules test.rules
background suricata -c suricata.yaml --af-packet=lo >live.log 2>&1
until_true test -S command.socket
seen 'good rules' 'OK done 2' "$(after)"
rule 1 | sed 's/content/no_such_word/' >test.rules
seen 'unknown words' 'OK done 0' "$(after)"
: >test.rules
seen 'an empty file' 'OK done 0' "$(after)"
rm test.rules
seen 'no file' 'OK done 0' "$(after)"
cp good.rules test.rules
seen 'good rules again' 'OK done 2' "$(after)"
the_end
