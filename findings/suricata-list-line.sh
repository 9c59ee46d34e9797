#!/bin/bash
# suricata: a line of a dataset's list that is no base64. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: the list, or the rule with it, is refused alike by the test of the configuration, by a start and by a reload; or the
#   line is passed over by all of them.
# Behaviour: the test and a start end with 1 for that one line. A reload takes the rule, counts nothing as failed and says
#   done; a warning in the log is all. So rules that a running Suricata took keep it from starting the next time.
# Output: "0 1 loaded 0 failed" for the good list; "OK done 1 loaded 0 failed" after a reload with the bad line; status 1 of
#   the test of the same files.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
looks_up() { # NAME
  echo "alert http any any -> any any (msg:\"example\"; http.host; dataset:isset,$1,type string,load $T/$1.lst; sid:1; rev:1;)"
}
echo example.com | base64 >first.lst
{ echo example.com | base64; echo 'example.com!'; } >second.lst
looks_up first >test.rules
seen 'a good list' '0 1 loaded 0 failed' "$(tested test.rules)"
live
looks_up second >test.rules
seen 'a reload with a bad line' 'OK done 1 loaded 0 failed' "$(ask ruleset-reload-rules) $(ask ruleset-stats)"
tested test.rules >tested
seen 'the test of the same' 1 "$(cut -d' ' -f1 tested)"
the_end
