#!/bin/bash
# lftp mirror: a file that is newer at the server and cannot be fetched now. Seen with lftp 4.9.2 and nginx 1.22.1 (Debian 12).
#
# Guess: the copy of before stays until the new one is there, as with rsync and with wget.
# Behaviour: it is removed first, and only then is the new one asked for. Where that is refused or the server is away, the mirror
#   has no file at all; where it breaks off, half of one under the name, until a later run. With `set xfer:use-temp-file yes` the
#   old one stays until the new one is whole.
# Output: no file after a 403 and a part of one after a server that ended, status 1 each time; with the setting the old one.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian lftp 4.9.2-2+b1
[ "$(id -u)" = 0 ] || absent 'root is wanted, for a file that the server may not read'
export LFTP_HOME=$T

mkdir -p www/defs && chmod 755 www www/defs
echo one >www/defs/a.ndb
echo one >www/defs/daily.ndb
touch -d '3 days ago' www/defs/*
serve_slowly() { start_nginx "server { listen 127.0.0.1:${1:-$(free_port)}; root $T/www; autoindex on; limit_rate 200k; }"; }
mirror() { # [SETTING]: status
  timeout 60 lftp -c "set net:max-retries 2; set net:reconnect-interval-base 1; ${1:-}
mirror http://127.0.0.1:$port/defs/ copy" >log 2>&1
  echo $?
}
serve_slowly
seen 'first run' '0 one' "$(mirror) $(cat copy/daily.ndb)"
echo newer >www/defs/daily.ndb
chmod 000 www/defs/daily.ndb
seen 'newer, and refused' '1 missing' "$(mirror) $([ -e copy/daily.ndb ] && echo there || echo missing)"
chmod 644 www/defs/daily.ndb
seen 'once it may be read' '0 newer' "$(mirror) $(cat copy/daily.ndb)"
echo newest of all >www/defs/daily.ndb
chmod 000 www/defs/daily.ndb
seen 'refused, with use-temp-file' '1 newer' "$(mirror 'set xfer:use-temp-file yes') $(cat copy/daily.ndb)"
chmod 644 www/defs/daily.ndb
head -c 2000000 /dev/zero >www/defs/daily.ndb
(sleep 2 && kill "${started[-1]}") &
seen 'a server that ends' 1 "$(mirror)"
wait $!
size=$(stat -c %s copy/daily.ndb 2>/dev/null || echo 0)
seen 'the file' 'a part' "$([ "$size" -gt 0 ] && [ "$size" -lt 2000000 ] && echo 'a part' || echo "$size bytes")"
serve_slowly "$port"
seen 'a later run' '0 whole' "$(mirror) $(cmp -s www/defs/daily.ndb copy/daily.ndb && echo whole)"
the_end
