#!/bin/bash
# suricata: lines of more than 8,191 characters. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: a rule that is too long is refused as one, or lines have no bound.
# Behaviour: a line is cut after 8,191 characters, and what is behind the cut is a line of its own. Of a long rule both pieces
#   are judged: a first piece that can be read counts as loaded. Of a long COMMENT the rest is no comment: it is read as a rule,
#   and the test of the configuration fails over a line that was switched off. Whoever switches a long rule off by putting
#   a `#` before it may push its end over the bound.
# Output: "0 1 loaded 0 failed" at the bound; "1 1 loaded 1 failed" one character longer; "1 1 loaded 1 failed" for a comment and
#   a good rule, "0 1 loaded 0 failed" for a short comment.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
long() { # LENGTH
  local rest='"; content:"m"; sid:4; rev:1;)' head='alert tcp any any -> any any (msg:"'
  printf '%s%*s%s\n' "$head" $(($1 - ${#head} - ${#rest})) '' "$rest" | tr ' ' m | sed 's/alertmtcpmanymanym->manymanym/alert tcp any any -> any any /; s/;mcontent/; content/; s/;msid/; sid/; s/;mrev/; rev/'
}
long 8191 >bound.rules
seen 'at the bound' '0 1 loaded 0 failed' "$(tested bound.rules)"
long 8192 >over.rules
seen 'one more' '1 1 loaded 1 failed' "$(tested over.rules)"
{ echo "#$(long 8000)"; rule 9; } >short.rules
seen 'a comment' '0 1 loaded 0 failed' "$(tested short.rules)"
{ echo "#$(long 9000)"; rule 9; } >comment.rules
seen 'a long comment' '1 1 loaded 1 failed' "$(tested comment.rules)"
the_end
