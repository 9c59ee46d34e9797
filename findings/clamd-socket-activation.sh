#!/bin/bash
# clamd: LocalSocket and TCPSocket of clamd.conf under systemd's socket activation, which Debian's units use. Seen with
# clamav-daemon 1.4.6 and systemd 252 (Debian 12).
#
# Guess: clamd listens where clamd.conf says, beside the socket that systemd hands it.
# Behaviour: as soon as it is handed any socket it makes none of its own: neither LocalSocket nor TCPSocket of
#   clamd.conf is opened, and the log says so in a line that reads like a detail. Whoever moves LocalSocket in
#   clamd.conf, or adds TCPSocket for another host, must change clamav-daemon.socket (or leave it out) instead; a tool
#   that reads clamd.conf to find the socket finds the wrong one.
# Output: PONG at the socket of systemd; no file for LocalSocket; TCPSocket refused; "TCP: No tcp AF_INET/AF_INET6
#   SOCK_STREAM socket received from systemd."
. "$(dirname "$0")/lib/setup.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian systemd 252.39-1~deb12u2
command -v clamd >/dev/null && command -v systemd-socket-activate >/dev/null || absent 'clamd and systemd-socket-activate'

mkdir db && echo '00000000000000000000000000000000:1:Other' >db/other.hdb
tcp=$(free_port)
printf '%s\n' "LocalSocket $T/configured" "TCPSocket $tcp" 'TCPAddr 127.0.0.1' "LogFile $T/log" 'Foreground yes' \
  "DatabaseDirectory $T/db" "User $(id -un)" >clamd.conf
ping_at() {
  python3 - "$1" <<'P'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1]); s.sendall(b'zPING\0')
print(s.recv(100).rstrip(b'\0').decode())
P
}
background systemd-socket-activate -l "$T/given" clamd -c "$T/clamd.conf" >out 2>&1
until_true test -S given
seen 'at the socket of systemd' PONG "$(ping_at given)"
seen 'LocalSocket of clamd.conf' absent "$([ -S configured ] && echo there || echo absent)"
seen 'TCPSocket of clamd.conf' refused "$(listens "$tcp" && echo open || echo refused)"
seen 'the log' 1 "$(grep -c 'TCP: No tcp AF_INET/AF_INET6 SOCK_STREAM socket received from systemd' log)"
kill "$(pgrep -P "${started[0]}")" 2>/dev/null
rm -f given configured
timeout 60 clamd -c clamd.conf >out 2>&1 &
started+=($!)
until_true test -S configured
seen 'without systemd, LocalSocket' PONG "$(ping_at configured)"
seen 'without systemd, TCPSocket' open "$(listens "$tcp" && echo open || echo refused)"
the_end
