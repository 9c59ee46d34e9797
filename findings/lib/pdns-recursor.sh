# PowerDNS Recursor for the scripts, with the policy zone $T/current/rpz.zone. Sourced after setup.sh and dns.sh.
debian pdns-recursor 4.8.8-1+deb12u1

# start_recursor: its port in $port.
start_recursor() {
  start_upstream
  port=$(free_port)
  mkdir recursor
  echo "rpzFile('$T/current/rpz.zone', { policyName = 'example' })" >policy.lua
  printf '%s\n' 'local-address=127.0.0.1' "local-port=$port" "forward-zones-recurse=.=127.0.0.1:$upstream" 'dont-query=' \
    "lua-config-file=$T/policy.lua" "socket-dir=$T/recursor" 'daemon=no' 'dnssec=off' 'threads=1' 'disable-syslog=yes' \
    'hint-file=no' 'security-poll-suffix=' 'include-dir=' >recursor.conf
  background pdns_recursor --config-dir="$T" >recursor.log 2>&1
  until_true answers "$port" any.example
}

# tell_recursor COMMAND...: what it answers, with the status.
tell_recursor() {
  local said
  said=$(rec_control --config-dir="$T" --socket-dir="$T/recursor" "$@" 2>&1)
  echo "status $?: ${said%% \'*}"
}
