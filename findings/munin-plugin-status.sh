#!/bin/bash
# munin-node: what a plugin says and how it ends. Seen with munin-node 2.0.73 (Debian 12).
#
# Guess: the values that a plugin prints are taken, whatever its status; one that is slow once is asked again the next time.
# Behaviour: all that it printed is thrown away where it ends with another status than 0 ("# Bad exit"): a plugin that ends as
#   the check does that it wraps has values while all is well, and none when not. One whose `config` takes too long (a
#   minute, unless it is told otherwise) while munin-node starts is unknown from then on, and missing in `list`, until munin-node
#   is started anew; one that is slow later is back at the next question.
# Output: "# Bad exit" instead of "age.value 5"; "# Unknown service" of the one that was slow at the start.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian munin-node 2.0.73-1
as_installed

mkdir -p etc/plugins etc/plugin-conf.d /run/munin
mount --bind etc /etc/munin || absent 'a folder of configuration is needed'
for name in well bad slow-at-start slow-later; do
  printf '%s\n' '#!/bin/sh' "[ ! -e $T/$name ] || sleep 10" '[ "$1" != config ] || { echo "age.label age"; exit 0; }' \
    'echo "age.value 5"' >"etc/plugins/$name"
done
echo 'exit 9' >>etc/plugins/bad
chmod 755 etc/plugins/*
port=$(free_port)
printf '%s\n' 'background 0' 'setsid 0' 'user root' 'group root' 'host 127.0.0.1' "port $port" 'host_name example' \
  'allow ^127\.0\.0\.1$' "log_file $T/log" "pid_file $T/pid" 'timeout 3' >etc/munin-node.conf
: >slow-at-start
background munin-node --config /etc/munin/munin-node.conf >out 2>&1
until_true listens "$port"
rm slow-at-start
ask() { # COMMAND: the answer in one line
  python3 -c '
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as talk:
    talk.sendall(sys.argv[2].encode() + b"\nquit\n")
    print(", ".join(talk.makefile().read().split("\n")[1:]).removesuffix(", ").removesuffix(", ."))' "$port" "$1"
}

seen 'ends with 0' 'age.value 5' "$(ask 'fetch well')"
seen 'ends with 9' '# Bad exit' "$(ask 'fetch bad')"
seen 'slow at the start, quick now' '# Unknown service' "$(ask 'fetch slow-at-start')"
seen 'the list' 'bad slow-later well' "$(ask list | tr ' ' '\n' | sort | paste -sd' ')"
: >slow-later
seen 'slow now' '# Timed out' "$(ask 'fetch slow-later')"
rm slow-later
seen 'quick again' 'age.value 5' "$(ask 'fetch slow-later')"
the_end
