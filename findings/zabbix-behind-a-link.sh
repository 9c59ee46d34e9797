#!/bin/bash
# Zabbix: a link to a folder, as `current`, in vfs.dir.*. Seen with zabbix-agent and zabbix-agent2 6.0.14 (Debian 12).
#
# Guess: the number of files and their size in a folder are those behind the link, at least with a slash at its end.
# Behaviour: zabbix_agentd says "First parameter is not a directory", with the slash as well, and the item is unsupported: its
#   triggers are unknown and alarm nobody. zabbix_agent2 follows the link. `current/.` is counted by both. vfs.file.exists says 0
#   for the link in both, as for one that leads nowhere, unless it is asked for a `dir`.
# Output: unsupported with the link and with the slash, 2 with `/.`; 2 three times with agent2; 0, 1 and 0 for the link, for it as
#   a folder, and for one that leads nowhere.
. "$(dirname "$0")/lib/setup.sh"
debian zabbix-agent 1:6.0.14+dfsg-1+b1
debian zabbix-agent2 1:6.0.14+dfsg-1+b1

mkdir -p sets/1
echo one >sets/1/one.ndb
echo two >sets/1/two.ndb
ln -s 1 sets/current
ln -s 0 sets/broken
printf '%s\n' Server=127.0.0.1 Hostname=example >zabbix.conf
ask() { # PROGRAM KEY: its value
  timeout 20 "$1" -c "$T/zabbix.conf" -t "$2" | sed -n 's/.*\[.|ZBX_NOTSUPPORTED\] *\[\(.*\)\]$/\1/p; t; s/.*\[.|\([^]]*\)\]$/\1/p'
}
each() { for program in zabbix_agentd zabbix_agent2; do ask $program "$1"; done | paste -sd,; }
none='First parameter is not a directory.'
seen 'the folder itself' 2,2 "$(each "vfs.dir.count[$T/sets/1]")"
seen 'the link' "$none,2" "$(each "vfs.dir.count[$T/sets/current]")"
seen 'with a slash' "$none,2" "$(each "vfs.dir.count[$T/sets/current/]")"
seen 'its size' "$none" "$(ask zabbix_agentd "vfs.dir.size[$T/sets/current]")"
seen 'with /.' 2,2 "$(each "vfs.dir.count[$T/sets/current/.]")"
seen 'a file behind it' 1,1 "$(each "vfs.file.exists[$T/sets/current/one.ndb]")"
seen 'whether it exists' 0,0 "$(each "vfs.file.exists[$T/sets/current]")"
seen 'as a folder' 1,1 "$(each "vfs.file.exists[$T/sets/current,dir]")"
seen 'a link to nothing' 0,0 "$(each "vfs.file.exists[$T/sets/broken]")"
the_end
