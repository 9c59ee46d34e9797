# rspamd for the scripts. Sourced after setup.sh: brings it, with one worker on loopback and no rules but those that are named.
debian rspamd 3.4-1
own=${root:-}/usr/share/rspamd
export LD_LIBRARY_PATH=${root:-}/usr/lib/rspamd:${LD_LIBRARY_PATH:-}
mkdir rspamd
printf '%s\n' com example >rspamd/domains

# start_rspamd SECTION...: these sections in its configuration, and $map_interval where it is set; the port in $port.
start_rspamd() {
  port=$(free_port)
  printf '%s\n' "lua = \"$own/rules/rspamd.lua\"" "modules { path = \"$own/plugins\"; }" "options { filters = \"\";" \
    "url_tld = \"$T/rspamd/domains\"; history_file = \"$T/rspamd/history\"; temp_dir = \"$T\";" \
    "control_socket = \"$T/rspamd/control mode=0600\"; hs_cache_dir = \"$T/rspamd\"; map_watch_interval = ${map_interval:-5s};" \
    'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; } }' \
    "logging { type = \"file\"; filename = \"$T/rspamd/log\"; level = \"info\"; }" \
    "worker \"normal\" { bind_socket = \"127.0.0.1:$port\"; count = 1; }" 'actions { reject = 15; "add header" = 6; }' \
    "$@" >rspamd.conf
  background rspamd -f -i -c rspamd.conf --var="RULESDIR=$own/rules" --var="LUALIBDIR=$own/lualib" \
    --var="PLUGINSDIR=$own/plugins" --var="SHAREDIR=$own" --var="CONFDIR=${root:-}/etc/rspamd" --var="LOCAL_CONFDIR=$T/rspamd" \
    --var="DBDIR=$T/rspamd" --var="RUNDIR=$T/rspamd" --var="LOGDIR=$T/rspamd" >/dev/null 2>&1
  until_true listens "$port"
  read -r rspamd _ <"/proc/${started[-1]}/task/${started[-1]}/children"
}

# reload_rspamd: as `systemctl reload` does; returns when the worker of before is gone and the new one listens.
reload_rspamd() {
  local before
  before=$(workers)
  kill -HUP "$rspamd"
  until_true other_workers "$before"
  until_true listens "$port"
}
workers() { cat "/proc/$rspamd/task/$rspamd/children"; }
other_workers() {
  local id
  [ -n "$(workers)" ] || return 1
  for id in $1; do [[ " $(workers) " != *" $id "* ]] || return 1; done
}

# verdict FILE NAME...: what rspamd does with a mail, and those of the named symbols that it has.
verdict() {
  local file=$1 name
  shift
  rspamc -h "127.0.0.1:$port" -F sender@example.com symbols "$file" >answer 2>&1
  sed -n 's/^Action: //p' answer
  for name in "$@"; do grep -o "^Symbol: $name ([0-9.]*)" answer | cut -d' ' -f2-; done
}
