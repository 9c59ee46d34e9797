#!/bin/bash
# ClamAV: a list whose last line has no end, in a container made by sigtool. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: a list says the same as a file in the database folder and as a member of a container (.cvd, .cud), or else it is refused.
# Behaviour: the last signature of the list is lost without a word. `sigtool --build` counts it ("Total sigs: 2", and the
#   header says 2), clamscan loads the container without a warning and knows one signature less; as a plain file the same list is loaded
#   whole. With an end to its last line it is loaded whole in both. It is so for lists of hashes, patterns and logical signatures.
# Output: "Total sigs: 2", "Known viruses: 1"; the plain list: "Known viruses: 2".
# Matters to: whoever builds a container of own or third-party lists: many tools write the last line without its end.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null && command -v sigtool >/dev/null || absent clamscan

printf 'the first of two samples\n' >first
printf 'the second of two samples\n' >second
touch COPYING
for kind in hdb hsb ndb ldb; do
  case $kind in
    hdb) lines() { for one in first second; do echo "$(md5sum <$one | cut -c-32):$(stat -c %s $one):Own.$one:73"; done; } ;;
    hsb) lines() { for one in first second; do echo "$(sha256sum <$one | cut -c-64):$(stat -c %s $one):Own.$one:73"; done; } ;;
    ndb) lines() { for one in first second; do echo "Own.$one:0:*:$(printf "the $one of" | od -An -tx1 | tr -d ' \n')"; done; } ;;
    ldb) lines() { for one in first second; do echo "Own.$one;Target:0;0;$(printf "the $one of" | od -An -tx1 | tr -d ' \n')"; done; } ;;
  esac
  for ending in '' '\n'; do
    rm -f own.*
    printf "%s$ending" "$(lines)" >own.$kind
    echo me | sigtool --unsigned --cvd-version=1 --datadir=. --build=own.cud >built 2>&1
    what="$kind${ending:+, with an end}"
    seen "$what: counted" 2 "$(sed -n 's/^Total sigs: //p' built)"
    seen "$what: plain" 2 "$(clamscan -d own.$kind first second | grep -c 'FOUND$')"
    clamscan -d own.cud first second >out 2>err
    seen "$what: status" 1 $?
    [ -z "$ending" ] && left=1 || left=2
    seen "$what: in a container" "$left $left" "$(grep -c 'FOUND$' out) $(sed -n 's/^Known viruses: //p' out)"
    seen "$what: warnings" '' "$(cat err)"
  done
done
the_end
