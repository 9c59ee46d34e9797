#!/bin/bash
# keepalived: a check whose program cannot be started. Seen with keepalived 2.2.7 (Debian 12).
#
# Guess: a check that cannot be run has failed: the node goes to FAULT, as with any status that is not 0.
# Behaviour: it has succeeded. A program that is not there, or may not be executed, when keepalived starts is taken out of the
#   configuration, with a line in the log; one that is taken away, or loses its mode or its interpreter, while keepalived runs
#   counts as status 0, and the log has no word of it. Either way the node takes the address and keeps it. A program that
#   itself ends with 126 or 127, as a shell does that finds nothing to run, has failed: `script "/bin/sh -c ..."`.
# Output: FAULT for the statuses 1 and 127, and for a program that is taken away below a shell; the address for one that is missing,
#   taken away, not to be executed, or without its interpreter.
. "$(dirname "$0")/lib/setup.sh"
unshare -n ip link add one type veth peer name two 2>/dev/null || absent 'root and a network of its own are needed'
debian keepalived 1:2.2.7-1+b2
export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}

mkdir checks
names='good status-1 status-127 removed mode interpreter missing shell'
for name in $names; do printf '#!/bin/sh\nexit 0\n' >"checks/$name" && chmod 755 "checks/$name"; done
rm checks/missing
{
  printf '%s\n' 'global_defs {' ' script_user root' '}'
  id=0
  for name in $names; do # one instance with an address for each check
    id=$((id + 1))
    shell=
    [ "$name" != shell ] || shell='/bin/sh -c '
    printf '%s\n' "vrrp_script $name {" " script \"$shell$T/checks/$name\"" ' interval 1' '}' "vrrp_instance of-$name {" ' interface one' \
      ' state BACKUP' " virtual_router_id $id" ' priority 100' ' advert_int 1' ' unicast_src_ip 192.0.2.1' ' unicast_peer {' \
      '  192.0.2.2' ' }' ' virtual_ipaddress {' "  192.0.2.10$id/24" ' }' ' track_script {' "  $name" ' }' '}'
  done
} >keepalived.conf
put() { printf '%s\n' "$2" "$3" >new && chmod 755 new && mv new "checks/$1"; } # NAME LINE LINE: at once
changes() { # what happens to the programs while keepalived runs
  put status-1 '#!/bin/sh' 'exit 1'
  put status-127 '#!/bin/sh' 'exit 127'
  rm checks/removed checks/shell
  chmod 644 checks/mode
  put interpreter '#!/opt/node/bin/node' 'process.exit(0)'
}
# In a network of its own, whose process has the number in the file `id`.
cat >begin <<B
echo \$\$ >id
ip link add one type veth peer name two && ip addr add 192.0.2.1/24 dev one
for name in lo one two; do ip link set \$name up; done
exec keepalived -n -l -D -f $T/keepalived.conf -p $T/pid -r $T/pid-vrrp
B
masters() { # the checks whose instances have their addresses
  local have at=0
  have=$(nsenter -t "$(cat id)" -n ip -4 -o addr show dev one)
  for name in $names; do
    at=$((at + 1))
    [[ "$have" != *" 192.0.2.10$at/"* ]] || echo "$name"
  done | paste -sd' '
}
are() { [ "$(masters)" = "$1" ]; }
background unshare -n bash begin >log 2>&1
until_true are "$names"
seen 'with all programs but one' "$names" "$(masters)"
seen 'what the log says of that one' 'Disabling track script missing' "$(grep -o 'Disabling track script.* missing' log)"
changes
until_true grep -q '(of-status-127) Entering FAULT STATE' log
until_true grep -q '(of-shell) Entering FAULT STATE' log
sleep 6 # as many runs of each check
seen 'with the changes' 'good removed mode interpreter missing' "$(masters)"
seen 'who failed, by the log' 'of-shell of-status-1 of-status-127' "$(sed -n 's/.*(\(.*\)) Entering FAULT STATE/\1/p' log | sort | paste -sd' ')"
seen 'what else the log says of checks' '' "$(grep -E 'VRRP_Script|Script `' log | grep -vE 'status-1|shell|succeeded')"
the_end
