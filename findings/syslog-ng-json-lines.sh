#!/bin/bash
# syslog-ng: a file of JSON lines. Seen with syslog-ng 3.38.1 (Debian 12).
#
# Guess: `file()` hands each line over as the message, and json-parser() reads it.
# Behaviour: `file()` takes lines for syslog: of `{"time":"...` the first word becomes the program, `{"time"`, and the message
#   begins behind the colon, so it is no JSON any more. json-parser() drops each of them, without a word and with
#   status 0. `flags(no-parse)` hands lines over as they are.
# Output: PROGRAM `{"time"`, no line of json-parser(); with the flag all of them.
. "$(dirname "$0")/lib/setup.sh"
debian syslog-ng-core 3.38.1-5+deb12u1
library=$(find "${root:-/usr}" -name 'libsyslog-ng-3.38.so*' | head -n 1)
modules=$(dirname "$(find "${root:-/usr}" -name libaffile.so | head -n 1)")
[ -n "$library" ] || absent "syslog-ng's library"
export LD_LIBRARY_PATH=$(dirname "$library"):${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
source_of() { echo "source { file(\"$T/events.jsonl\" follow-freq(1) persist-name(\"$1\") ${2:-}); };"; }
cat >syslog-ng.conf <<C
@version: 3.38
template whole { template("\$PROGRAM|\$MSG\\n"); };
template fields { template("\${.json.id} \${.json.name}\\n"); };
log { $(source_of a) destination { file("$T/plain" template(whole)); }; };
log { $(source_of b) parser { json-parser(prefix(".json.")); }; destination { file("$T/plain-fields" template(fields)); }; };
log { $(source_of c 'flags(no-parse)') destination { file("$T/raw" template(whole)); }; };
log {
  $(source_of d 'flags(no-parse)') parser { json-parser(prefix(".json.")); };
  destination { file("$T/raw-fields" template(fields)); };
};
C
line='{"time":"2026-01-01T06:00:00.123Z","id":30,"name":"definitions.updated","set":"20260101.001"}'
for count in 1 2 3; do echo "$line"; done >events.jsonl
background syslog-ng -F -f syslog-ng.conf -R "$T/persist" -p "$T/pid" -c "$T/control" --module-path "$modules" >out 2>&1
three() { [ "$(cat plain raw raw-fields 2>/dev/null | wc -l)" = 9 ]; }
until_true three
sleep 2
seen 'program and message' "{\"time\"|${line#*:}" "$(head -n 1 plain)"
seen 'lines of json-parser()' 0 "$(cat plain-fields 2>/dev/null | wc -l)"
seen 'what syslog-ng says of it' 0 "$(grep -ci json out)"
seen 'with the flag' "|$line" "$(head -n 1 raw)"
seen 'lines of json-parser()' '3 30 definitions.updated' "$(uniq -c raw-fields | sed 's/^ *//')"
the_end
