#!/bin/bash
# curl --etag-save and --etag-compare after a download that broke off. Seen with curl 7.88.1, nginx 1.22.1 (Debian 12).
#
# Guess: the ETag is saved with the file, so one that broke off is asked for again.
# Behaviour: the ETag is written as soon as the headers are there, before the body, and stays when the body breaks off
#   (status 18 or 28). The next run compares it, gets 304 and ends with 0: half a file, for as long as the server
#   has that version. `-z FILE -o FILE` does the same by the time of the half file. Only a file with another name that is
#   renamed after status 0, together with its ETag, does not.
# Output: status 28 and half of the file, then status 0 and the same half; so with -z.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian curl 7.88.1-10+deb12u15
debian nginx 1.22.1-9+deb12u11

mkdir www
head -c 2000000 /dev/zero >www/list.ndb
touch -d '3 days ago' www/list.ndb
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; limit_rate 400k; access_log $T/requests; }"
part() { # whether the file is a part of the whole, and the same as in the run before
  local size
  size=$(stat -c %s "$1")
  [ "$size" -gt 0 ] && [ "$size" -lt 2000000 ] || { echo "$size bytes" && return; }
  [ "${before:-$size}" = "$size" ] && echo half || echo 'another half'
  before=$size
}
get() { curl -s "$@" "http://127.0.0.1:$port/list.ndb"; }
with_etag() { get --etag-compare tag --etag-save tag -o list.ndb "$@"; }
with_etag --max-time 2
seen 'first run, two seconds' '28 half' "$? $(part list.ndb)"
seen 'its ETag is saved' yes "$(grep -q '"' tag && echo yes || echo no)"
with_etag
seen 'second run' '0 half' "$? $(part list.ndb)"
seen 'what the server said' 304 "$(tail -n 1 requests | cut -d' ' -f9)"
before=
get -R -z timed.ndb -o timed.ndb --max-time 2
seen 'with -z, two seconds' '28 half' "$? $(part timed.ndb)"
get -R -z timed.ndb -o timed.ndb
seen 'with -z, second run' '0 half' "$? $(part timed.ndb)"
the_end
