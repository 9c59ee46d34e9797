#!/bin/bash
# ostree: a pull for which there is a static delta. Seen with ostree 2022.7, nginx 1.22.1 (Debian 12); ostreedev/ostree#2680.
#
# Guess: with a delta the client fetches that and what it does not hold; --require-static-deltas fetches nothing else.
# Behaviour: the delta is fetched and applied, and each file that it makes is fetched whole beside it: more bytes than without
#   deltas, status 0, with and without a summary, with --require-static-deltas as well. The line at the end says "1 delta
#   parts" first.
# Output: a change of ten bytes in 3,000,000: a delta of less than 10,000 bytes and a whole file, twice; 1 delta part.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian ostree 2022.7-2+deb12u1
debian nginx 1.22.1-9+deb12u11
export HOME=$T

mkdir www tree
ostree --repo=www/repo init --mode=archive
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; access_log $T/requests; }"
head -c 3000000 /dev/urandom >tree/main
head -c 3000000 /dev/urandom >tree/daily
commit() { ostree --repo=www/repo commit -b sets --tree=dir=tree >/dev/null; }
commit
ostree --repo=client init --mode=bare-user
ostree --repo=client remote add --no-gpg-verify origin "http://127.0.0.1:$port/repo"
pull() { # REPOSITORY OPTION...: status
  : >requests
  ostree --repo="$1" pull "${@:2}" origin sets >pull.log 2>&1
  echo $?
}
seen 'first pull' 0 "$(pull client)"
cp -a client other
printf 'other bytes' | dd of=tree/main conv=notrunc bs=1 seek=1000 2>/dev/null
commit
ostree --repo=www/repo static-delta generate sets >/dev/null 2>&1
ostree --repo=www/repo summary -u
asked() { # what of it was answered with how many bytes
  until_true grep -q "$1" requests
  awk -v what="$1" '$7 ~ what && $9 == 200 { n++; sum += $10 } END { print n " of " (sum < 10000 ? "few bytes" : sum > 3000000 ? "all bytes" : sum) }' requests
}
seen 'a pull with a delta: status' 0 "$(pull client)"
seen 'files of the delta' '2 of few bytes' "$(asked deltas/)"
seen 'files as a whole' '1 of all bytes' "$(asked filez)"
seen 'what it says' '1 delta parts' "$(grep -o '[0-9]* delta parts' pull.log)"
seen 'with --require-static-deltas: status' 0 "$(pull other --require-static-deltas)"
seen 'files as a whole' '1 of all bytes' "$(asked filez)"
the_end
