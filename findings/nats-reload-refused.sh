#!/bin/bash
# NATS: a configuration in which a bound of JetStream is changed, and a reload. Seen with nats-server 2.9.10 (Debian 12).
#
# Guess: a reload takes what it can: another bound waits for the next start, a user who was added or taken away counts.
# Behaviour: the reload is refused as a whole, and so is each one after it as long as the file differs there from what
#   the server was started with. `nats-server --signal reload` ends with 0, the server goes on as it was: who was taken out of
#   the file still gets in. Only the log says so.
# Output: status 0 and the old users, "config reload not supported for jetstream"; the new ones once the bound is as before.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3

port=$(free_port)
configure() { # BOUND USER
  printf '%s\n' "listen: 127.0.0.1:$port" "pid_file: '$T/pid'" "log_file: '$T/log'" \
    "jetstream { store_dir: '$T/store', max_file_store: $1, max_memory_store: 1MB }" \
    "accounts { FLEET { jetstream: enabled, users: [ { user: $2, password: $2 } ] } }" >server.conf
}
enters() { # USER
  python3 - "$port" "$1" <<'P'
import socket, sys
with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=10) as talk:
    talk.recv(4096)
    talk.sendall(b'CONNECT {"verbose":false,"user":"%b","pass":"%b"}\r\nPING\r\n' % ((sys.argv[2].encode(),) * 2))
    print('yes' if talk.recv(4096).startswith(b'PONG') else 'no')
P
}
reloads() { grep -c 'Reloaded server configuration\|Failed to reload' log; }
counted() { [ "$(reloads)" -gt "$before" ]; }
reload() {
  before=$(reloads)
  nats-server --signal "reload=$(cat pid)"
  local status=$?
  until_true counted
  echo "status $status, first enters: $(enters first), second: $(enters second)"
}
configure 64MB first
background nats-server -c server.conf
until_true listens "$port"
seen 'the first user' yes "$(enters first)"
configure 32MB second
seen 'another bound and another user' 'status 0, first enters: yes, second: no' "$(reload)"
seen 'it says' 'config reload not supported for jetstream' "$(grep -o 'config reload not supported for jetstream' log | head -n 1)"
configure 64MB second
seen 'another user alone' 'status 0, first enters: no, second: yes' "$(reload)"
the_end
