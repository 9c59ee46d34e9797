#!/bin/bash
# zstd: a patch on another version than it was made for. Seen with zstd 1.5.4 (Debian 12).
#
# Guess: what does not fit is refused, and the file that stands under the name stays as it was.
# Behaviour: it is refused, with status 1, and the file of that name is gone: with -f zstd removes it before it knows whether
#   the patch fits, and removes its half result after. In place (`--patch-from=LIST ... -o LIST`), which works as long
#   as the patch fits, that file is the base: a client that missed one version has nothing left, neither old nor new.
#   Another name and a rename keep it. Without -f it is left alone.
# Output: status 1 and no file; so in place. With a patch that fits 0, in place as well.
. "$(dirname "$0")/lib/setup.sh"
debian zstd 1.5.4+dfsg2-5

seq 1 60000 >first
sed 's/^123$/second/' first >second
sed 's/^777$/third/' second >third
zstd -q --patch-from=second third -o second-to-third.zst || absent 'a patch'
applied() { # BASE NAME OPTION...: status, and what stands under the name
  zstd -q -d "${@:3}" --patch-from="$1" second-to-third.zst -o "$2" </dev/null 2>err
  echo "$? $(for version in first second third; do cmp -s "$2" $version && echo $version; done; [ -e "$2" ] || echo gone)"
}
cp second list
seen 'the right base, in place' '0 third' "$(applied list list -f)"
cp first list
seen 'a version behind, in place' '1 gone' "$(applied list list -f)"
cp second list
seen 'a wrong base, onto a file that is no base' '1 gone' "$(applied first list -f)"
cp second list
seen 'without -f' '1 second' "$(applied first list)"
the_end
