#!/bin/bash
# aria2c into the folder of databases, day by day. Seen with aria2 1.36.0, wget 1.21.3, curl 7.88.1 and clamav 1.4.6 (Debian 12).
#
# Guess: the new list takes the place of the old one; or, as with wget, it gets a name that no scanner reads.
# Behaviour: where the name is taken aria2 puts a number before its extension: `list.1.ndb`. That is a database for ClamAV, which
#   loads it beside the old one. So new signatures come and nothing looks wrong, but what the vendor has withdrawn, as a
#   false positive, stays for good; an exception for the list of one day holds for all. Status 0, with --checksum as well.
#   --allow-overwrite=true writes in place, over the good file also what then has another sum (status 32). wget writes
#   `list.ndb.1`, which nobody loads: the old list stays. curl -o and wget -O replace it.
# Output: status 0, two lists, and the withdrawn signature still found; with --allow-overwrite=true status 32 and the wrong file.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian aria2 1.36.0-1
debian wget 1.21.3-1+deb12u1
debian curl 7.88.1-10+deb12u14
debian clamav 1.4.6+dfsg-0+deb12u1

mkdir www
serve "$T/www"
address=http://127.0.0.1:$port/list.ndb
line() { echo "Example.$1:0:*:$(printf %s "$2" | od -An -tx1 | tr -d ' \n')"; }
echo 'the invoice of a customer' >invoice
echo 'the body of a worm' >worm
publish() { # 1: with a signature that is a false positive; 2: the day after, without it
  if [ "$1" = 1 ]; then line Invoice 'invoice of a customer'; else line Worm 'body of a worm'; fi >www/list.ndb
}
sum() { sha256sum <www/list.ndb | cut -d' ' -f1; }
found() { # what is found in the two files
  clamscan --no-summary -d db invoice worm 2>/dev/null | sed -n 's/^.*: Example\.\(.*\)\.UNOFFICIAL FOUND$/\1/p' | paste -sd' '
}
two_days() { # COMMAND...: its second status, the names, what is found
  local status
  rm -rf db
  mkdir db
  publish 1
  (cd db && timeout 30 "$@") >said 2>&1
  publish 2
  (cd db && timeout 30 "$@") >>said 2>&1
  status=$?
  echo "$status $(ls db | paste -sd' '): $(found)"
}
seen 'aria2c' '0 list.1.ndb list.ndb: Invoice Worm' "$(two_days aria2c -q "$address")"
seen 'wget' '0 list.ndb list.ndb.1: Invoice' "$(two_days wget -q "$address")"
seen 'wget -O' '0 list.ndb: Worm' "$(two_days wget -q -O list.ndb "$address")"
seen 'curl -o' '0 list.ndb: Worm' "$(two_days curl -s -o list.ndb "$address")"
seen 'aria2c --allow-overwrite=true' '0 list.ndb: Worm' "$(two_days aria2c -q --allow-overwrite=true "$address")"

publish 1
mkdir -p fresh && cp www/list.ndb fresh/
publish 2
good=$(sum)
(cd fresh && timeout 30 aria2c -q --checksum="sha-256=$good" "$address")
seen 'with --checksum: status, names' '0 list.1.ndb list.ndb' "$? $(ls fresh | paste -sd' ')"
rm fresh/list.1.ndb
echo 'Example.Other:0:*:6f74686572' >www/list.ndb
(cd fresh && timeout 30 aria2c -q --allow-overwrite=true --checksum="sha-256=$good" "$address")
seen 'another sum, --allow-overwrite=true: status, what is there' '32 Example.Other' "$? $(cut -d: -f1 fresh/list.ndb)"
the_end
