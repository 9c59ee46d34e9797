#!/bin/bash
# yara: a variable (`-d`) and compiled rules. Seen with yara 4.2.3 (Debian 12).
#
# Guess: a variable that no rule asks for is passed over, with compiled rules as with their source.
# Behaviour: compiled rules take those variables only that yarac was given, asked for or not. Another one ends yara with "error: 29",
#   status 1, before it looks at any file, and matches nothing. So a call that has worked for years (`-d filename=...`) finds
#   nothing once the rules are brought compiled. Given to yarac, with any value, it is taken though no rule asks for it.
# Output: a match with the source, none and status 1 with the compiled rules; a match once yarac was given the variable.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4

echo 'text of the sample' >sample
echo 'rule example { strings: $a = "the sample" condition: $a }' >rules.yar
scan() { # ARGUMENT...: status, matches and what is said
  yara "$@" sample >out 2>err
  echo "$?, $(cat out err | paste -sd' ')"
}
yarac rules.yar without
yarac -d filename=any rules.yar with
seen 'source' '0, example sample' "$(scan rules.yar)"
seen 'source, a variable' '0, example sample' "$(scan -d filename=sample rules.yar)"
seen 'compiled' '0, example sample' "$(scan -C without)"
seen 'compiled, a variable' '1, error: 29' "$(scan -C -d filename=sample without)"
seen 'compiled with it' '0, example sample' "$(scan -C with)"
seen 'compiled with it, a variable' '0, example sample' "$(scan -C -d filename=sample with)"
seen 'another variable' '1, error: 29' "$(scan -C -d filepath=sample with)"
the_end
