#!/bin/bash
# A list of names in a response policy zone (RPZ), in three servers that read it. Seen with bind9 9.18, unbound 1.17.1 and
# pdns-recursor 4.8.8 (Debian 12).
#
# Guess: example and *.example in the list block everything from there down, and one more name below them changes nothing.
# Behaviour: one more name that is blocked, a.b.example, opens others. The zone has names between now, and a wildcard of DNS
#   ends where a name is: named resolves b.example and all below it, Unbound what is below it; PowerDNS Recursor blocks both,
#   as before. An exception (rpz-passthru.) for one name opens in named and Unbound everything below that name as well, and
#   in PowerDNS Recursor that name alone. So a list that is put together of several sources may block less than one of them:
#   names that are covered by a wildcard of the list want to be taken out, or a wildcard of their own for each level.
# Output: blocked for all where the list has no deeper name; then as told, server by server.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/dns.sh"
. "$here/lib/pdns-recursor.sh"
debian bind9 1:9.18.49-1~deb12u3
debian unbound 1.17.1-2+deb12u4

policy 1 plain.example '*.plain.example' deep.example '*.deep.example' a.b.deep.example '*.a.b.deep.example' \
  except.example '*.except.example'
echo 'good.except.example CNAME rpz-passthru.' >>1/rpz.zone
use 1
start_recursor
recursor=$port

unbound=$(free_port)
printf '%s\n' server: 'interface: 127.0.0.1' "port: $unbound" 'do-daemonize: no' 'username: ""' 'chroot: ""' "directory: \"$T\"" \
  'pidfile: ""' 'use-syslog: no' "logfile: \"$T/log\"" 'module-config: "respip iterator"' 'do-not-query-localhost: no' \
  rpz: 'name: rpz.local' "zonefile: \"$T/current/rpz.zone\"" forward-zone: 'name: "."' "forward-addr: 127.0.0.1@$upstream" \
  remote-control: 'control-enable: no' >unbound.conf
background unbound -d -c unbound.conf

named=$(free_port)
mkdir named
cat >named.conf <<C
controls { };
options { directory "$T/named"; pid-file none; session-keyfile "$T/named/session"; managed-keys-directory "$T/named";
  listen-on port $named { 127.0.0.1; }; listen-on-v6 { none; }; dnssec-validation no; forward only;
  forwarders { 127.0.0.1 port $upstream; }; response-policy { zone "rpz.local"; }; };
zone "rpz.local" { type primary; file "$T/current/rpz.zone"; };
C
background named -4 -g -c "$T/named.conf" >named.log 2>&1

for server in "$named" "$unbound"; do until_true answers "$server" any.example; done
until_true grep -q 'rpz.local: reload done: success' named.log
all() { echo "$(asked "$named" "$1") $(asked "$unbound" "$1") $(asked "$recursor" "$1")"; }
three() { echo "$1 $1 $1"; }
seen 'a name of no list: named, unbound, recursor' "$(three resolved)" "$(all other.example)"
for name in plain.example b.plain.example c.b.plain.example; do seen "no deeper name: $name" "$(three blocked)" "$(all "$name")"; done
seen 'a deeper name: that one' "$(three blocked)" "$(all a.b.deep.example)"
seen 'below it, by its own wildcard' "$(three blocked)" "$(all x.a.b.deep.example)"
seen 'above it' 'resolved blocked blocked' "$(all b.deep.example)"
seen 'beside it' 'resolved resolved blocked' "$(all c.b.deep.example)"
seen 'elsewhere' "$(three blocked)" "$(all c.deep.example)"
seen 'an exception: that one' "$(three resolved)" "$(all good.except.example)"
seen 'below it' 'resolved resolved blocked' "$(all x.good.except.example)"
seen 'beside it' "$(three blocked)" "$(all x.except.example)"
the_end
