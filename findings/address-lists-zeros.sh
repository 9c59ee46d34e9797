#!/bin/bash
# Lists of addresses whose numbers are filled up with zeros (001.002.010.000/24), as those for eMule and PeerGuardian are, in
# programs that block by lists. Seen with nginx 1.22.1, apache2 2.4.71, haproxy 2.6.12, squid 5.7, ipset 7.17 and nftables 1.0.6
# (Debian 12).
#
# Guess: the zeros mean nothing; or the line is refused, as Python and Node.js refuse it.
# Behaviour: nginx and Apache block 10. HAProxy, Squid, ipset and nft take 010 for an octal number and block 8, which is another
#   network, and the one that is listed passes. All of them load it without a word, status 0. A number that is no octal one, as
#   089, is refused by ipset and nft, here together with the line before it.
# Output: 200 403 403 for the clients 127.0.8.1, 127.0.10.1 and 127.0.20.1, or 403 200 403, by program; what is in the sets.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
[ "$(id -u)" = 0 ] || absent 'root is needed for a network of its own'
debian nginx 1.22.1-9+deb12u11
debian apache2 2.4.71-1~deb12u1
debian haproxy 2.6.12-1+deb12u4
debian squid 5.7-2+deb12u6
debian ipset 7.17-1
debian nftables 1.0.6-2+deb12u2
unshare -n ipset create some hash:net 2>/dev/null || absent 'ipset in this kernel'
unshare -n nft add table inet some 2>/dev/null || absent 'nft in this kernel'

chmod 777 "$T"
mkdir www
echo page >www/page
printf '%s\n' 127.000.010.000/24 127.0.20.0/24 >list
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; $(sed 's/.*/deny &;/' list) }"
nginx=$port haproxy=$(free_port) squid=$(free_port) apache=$(free_port)
printf '%s\n' defaults 'mode http' 'timeout client 5s' 'timeout server 5s' 'timeout connect 5s' 'frontend one' \
  "bind 127.0.0.1:$haproxy" "http-request deny if { src -f $T/list }" 'http-request return status 200' >haproxy.cfg
background haproxy -f haproxy.cfg -db >haproxy.log 2>&1
printf '%s\n' "http_port 127.0.0.1:$squid" "pid_filename $T/squid.pid" "cache_log $T/squid.log" 'access_log none' \
  'cache deny all' "coredump_dir $T" 'pinger_enable off' 'visible_hostname example' 'shutdown_lifetime 1 second' \
  "acl bad src \"$T/list\"" 'http_access deny bad' 'http_access allow all' 'never_direct allow all' \
  "cache_peer 127.0.0.1 parent $haproxy 0 no-query originserver" >squid.conf
background squid --foreground -f squid.conf >squid.out 2>&1
modules=$root/usr/lib/apache2/modules
printf '%s\n' "ServerRoot $T" 'ServerName example' "PidFile $T/apache.pid" "ErrorLog $T/apache.log" "DocumentRoot $T/www" \
  "LoadModule mpm_event_module $modules/mod_mpm_event.so" "LoadModule authz_core_module $modules/mod_authz_core.so" \
  "LoadModule authz_host_module $modules/mod_authz_host.so" "Listen 127.0.0.1:$apache" 'User nobody' 'Group nogroup' \
  "<Directory $T/www>" '<RequireAll>' 'Require all granted' "$(sed 's/^/Require not ip /' list)" '</RequireAll>' \
  '</Directory>' >apache.conf
background apache2 -f "$T/apache.conf" -X 2>/dev/null
answer() { # CLIENT PORT [OPTION...]: what it gets
  curl -s -m 9 -o /dev/null -w '%{http_code}\n' --interface "$1" "${@:3}" "http://127.0.0.1:$2/page"
}
passes() { [ "$(answer 127.0.30.1 "$@")" = 200 ]; }
answers() { # PORT [OPTION...]: what three clients get
  until_true passes "$@"
  for client in 127.0.8.1 127.0.10.1 127.0.20.1; do answer "$client" "$@"; done | paste -sd' '
}
seen nginx '200 403 403' "$(answers "$nginx")"
seen apache2 '200 403 403' "$(answers "$apache")"
seen haproxy '403 200 403' "$(answers "$haproxy")"
seen squid '403 200 403' "$(answers "$squid" --proxy "127.0.0.1:$squid")"
in_ipset() { # the status, and what the set has
  unshare -n sh -c 'ipset restore <restore; echo "status $?"; ipset list some | grep ^127 | sort' 2>/dev/null | paste -sd' '
}
in_nft() {
  unshare -n sh -c 'nft -f rules; echo "status $?"; nft list ruleset | grep -oE "[0-9.]+/[0-9]+"' 2>/dev/null | paste -sd' '
}
load() { # their files, of the list
  (echo 'create some hash:net' && sed 's/^/add some /' list) >restore
  echo "table inet some { set bad { type ipv4_addr; flags interval; elements = { $(paste -sd, list) }; }; }" >rules
}
load
seen ipset 'status 0 127.0.20.0/24 127.0.8.0/24' "$(in_ipset)"
seen nft 'status 0 127.0.8.0/24 127.0.20.0/24' "$(in_nft)"
printf '%s\n' 127.0.20.0/24 127.000.089.000/24 >list
load
seen 'ipset, 089' 'status 1' "$(in_ipset)"
seen 'nft, 089' 'status 1' "$(in_nft)"
python3 -c 'import ipaddress; ipaddress.ip_network("127.000.010.000/24")' 2>/dev/null
seen 'Python: status' 1 $?
the_end
