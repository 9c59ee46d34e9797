#!/bin/bash
# suricata: the file of thresholds and suppressions, the exceptions of a site. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: a file that is missing is an error, as classification.config is, or a reload keeps the suppressions in use.
# Behaviour: a file that is not there is a warning: the test and a start end with 0, a reload is `done`, and every suppression is
#   gone, so that what was excepted is told again - or dropped, where its rule says drop. One bad line in a file that is there
#   is an error to the test and to a start, though; a reload is `done`, and takes the other lines.
# Output: status of the test, answer of the reload, and whether a rule that is suppressed is told: with the file, without it, with it
#   again, with a bad line before.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
. "$here/lib/suricata.sh"

sed -i "s|^threshold-file: .*|threshold-file: $T/own.config|" suricata.yaml
printf '%s\n' 'outputs:' '  - fast: { enabled: yes, filename: fast.log }' >>suricata.yaml
echo 'alert tcp any any -> any any (msg:"example"; content:"examplemark"; sid:1; rev:1;)' >test.rules
echo 'suppress gen_id 1, sig_id 1' >own.config
mkdir www
serve www
page=$port
# alerts: whether traffic that the rule knows is told.
alerts() {
  rm -f fast.log
  ask reopen-log-files >/dev/null
  curl -s -o page "http://127.0.0.1:$page/examplemark"
  sleep 3
  [ -s fast.log ] && echo alert || echo silent
}
test_status() { suricata -T -c suricata.yaml -l "$T" -S test.rules >test.log 2>&1; echo $?; }
live
sleep 2
seen 'with its file' '0 silent' "$(test_status) $(alerts)"
mv own.config away
seen 'the test without it' 0 "$(test_status)"
seen 'a reload without it' 'OK done alert' "$(ask ruleset-reload-rules) $(alerts)"
mv away own.config
seen 'a reload with it again' 'OK done silent' "$(ask ruleset-reload-rules) $(alerts)"
printf '%s\n' 'suppress gen_id 1, sig_id' 'suppress gen_id 1, sig_id 1' >own.config
seen 'the test with a bad line before it' 1 "$(test_status)"
seen 'a reload with that' 'OK done silent' "$(ask ruleset-reload-rules) $(alerts)"
seen 'its rules' '1 loaded 0 failed' "$(ask ruleset-stats)"
the_end
