#!/bin/bash
# sha256sum -c: a list that was put together of two, one made by `sha256sum` (two blanks before the name), one by `sha256 -r` of a
# BSD or the like (one blank). Seen with coreutils 9.1, perl 5.36 (shasum) and rhash 1.4.3 (Debian 12).
#
# Guess: both forms are read, as they are in lists of their own: the damaged file is found, or the list is refused.
# Behaviour: the first line decides for all. After one with two blanks a line with one is "improperly formatted", a warning, and
#   its file is not looked at, status 0; shasum does the same, `--strict` makes an error of it. After a line with one blank
#   the second blank belongs to the name: with `--ignore-missing` all those files are passed over, status 0 and not a word, with
#   `--strict` as well. rhash looks at both files in either order.
# Output: FAILED where the list has one form; 0 for the mixed ones though a file is damaged; 1 from rhash.
. "$(dirname "$0")/lib/setup.sh"
debian rhash 1.4.3-3

for name in good bad; do echo "$name" >"$name"; done
sha256sum good bad >two
sed 's/  / /' two >one
cat <(head -n 1 two) <(tail -n 1 one) >two-one
cat <(head -n 1 one) <(tail -n 1 two) >one-two
echo damaged >bad
check() { # COMMAND...: the status, and how many words it says about the damaged file
  "$@" >out 2>&1
  echo "status $?, $(grep -c '^bad.*\(FAILED\|ERR\)' out) FAILED, $(grep -c WARNING.*formatted out) warning"
}
found='status 1, 1 FAILED, 0 warning' passed='status 0, 0 FAILED, 1 warning' silent='status 0, 0 FAILED, 0 warning'
for list in two one; do
  seen "one form ($list)" "$found" "$(check sha256sum -c "$list")"
  seen 'with --strict --ignore-missing' "$found" "$(check sha256sum -c --strict --ignore-missing "$list")"
done
seen 'two blanks, then one: sha256sum' "$passed" "$(check sha256sum -c two-one)"
seen 'sha256sum --quiet says' 'sha256sum: WARNING: 1 line is improperly formatted' "$(sha256sum -c --quiet two-one 2>&1)"
seen 'sha256sum --strict' 'status 1, 0 FAILED, 1 warning' "$(check sha256sum -c --strict two-one)"
seen 'shasum' 'status 0, 0 FAILED' "$(check shasum -a 256 -c two-one | sed 's/, [0-9] warning//')"
seen 'rhash' "$found" "$(check rhash --sha256 -c two-one)"
seen 'one blank, then two: sha256sum' "sha256sum: ' bad': No such file or directory" "$(sha256sum -c one-two 2>&1 | grep such)"
seen 'sha256sum --ignore-missing' "$silent" "$(check sha256sum -c --ignore-missing one-two)"
sha256sum -c --ignore-missing --strict one-two >out 2>&1
seen 'all that it says with --strict as well' '0 good: OK' "$? $(cat out)"
seen 'rhash' "$found" "$(check rhash --sha256 -c one-two)"
the_end
