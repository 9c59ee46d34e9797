# e2guardian for the scripts. Sourced after installed.sh and setup.sh.
debian e2guardian 5.3.5-4+deb12u1
as_installed
cp -r /etc/e2guardian conf
mount --bind conf /etc/e2guardian || absent 'a folder of configuration is needed'
lists=$T/conf/lists
sed -i -e '/^nodaemon\|^filterports\|^filterip\|^checkip\|^httpworkers\|^transparenthttpsport/d' conf/e2guardian.conf
cp conf/e2guardian.conf plain.conf

# start_e2guardian: on loopback, its port in $port; fails when it ends instead. It does not end on TERM alone each time.
start_e2guardian() {
  port=$(free_port)
  cp plain.conf conf/e2guardian.conf
  printf '%s\n' 'nodaemon = on' "filterports = $port" 'filterip = 127.0.0.1' 'httpworkers = 20' "filecachedir = '$T'" \
    "transparenthttpsport = $(free_port)" "daemonuser = 'root'" "daemongroup = 'root'" "loglocation = '$T/access.log'" \
    "pidfilename = '$T/e2guardian.pid'" >>conf/e2guardian.conf
  timeout -k 1 120 e2guardian -N -c /etc/e2guardian/e2guardian.conf >e2guardian.out 2>&1 &
  started+=($!)
  local try
  for try in $(seq 150); do
    listens "$port" && return 0
    kill -0 "${started[-1]}" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}

# reload_e2guardian: as its unit does; its status.
reload_e2guardian() {
  e2guardian -c /etc/e2guardian/e2guardian.conf -g >/dev/null 2>&1
  echo $?
  sleep 4
}

# blocked NAME...: those of the hosts that it does not let anybody reach, or would.
blocked() {
  local name
  for name in "$@"; do
    curl -s -m 20 -x "127.0.0.1:$port" "http://$name/" | grep -q 'Access Denied' && echo "$name"
  done | paste -sd' '
}
