#!/bin/bash
# ProFTPD with mod_clamav: an upload that cannot be scanned. Seen with proftpd-core 1.3.8, proftpd-mod-clamav 0.14rc2 and
# clamav-daemon 1.4.6 (Debian 12).
#
# Guess: while clamd is away an upload is refused for now (4xx) or let in; where it is refused, what was there stays.
# Behaviour: it is refused for good (550), and whether the file is there tells nothing: without an answer of clamd it is deleted,
#   and what had the same name before is gone with it; where clamd answers with an error, as for a file that its user may not
#   read, and with `ClamFailsafe off`, the client is told 550 and the file stays, whole and unscanned. With `HiddenStores on`
#   what was there before is kept.
# Output: refused and gone; refused and the old one; refused and the new one in two ways.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian proftpd-core 1.3.8+dfsg-4+deb12u5
debian proftpd-mod-clamav 0.14~rc2-4+b3
[ "$(id -u)" = 0 ] || absent 'ProFTPD wants root'

mkdir db up
chmod 777 up
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
echo 'new text' >new
echo 'hello definition' >found
chmod 644 new found
clamd_port=$(free_port)
start_ftp() { # DIRECTIVE...: with the module, and these for all
  [ -z "${ftp:-}" ] || { kill "$ftp" && wait "$ftp" 2>/dev/null; }
  port=$(free_port)
  printf '%s\n' "ModulePath ${root:-}/usr/lib/proftpd" 'LoadModule mod_clamav.c' 'ServerType standalone' \
    'DefaultAddress 127.0.0.1' 'SocketBindTight on' "Port $port" 'UseIPv6 off' 'User nobody' 'Group nogroup' "PidFile $T/pid" \
    "ScoreboardFile $T/score" 'DelayTable none' 'WtmpLog off' 'UseReverseDNS off' 'UseFtpUsers off' 'ControlsEngine off' \
    'ClamAV on' 'ClamServer 127.0.0.1' "ClamPort $clamd_port" "$@" "<Anonymous $T/up>" 'User nobody' 'Group nogroup' \
    'UserAlias anonymous nobody' 'RequireValidShell off' 'AllowOverwrite on' '</Anonymous>' >proftpd.conf
  background proftpd -n -q -c "$T/proftpd.conf" >/dev/null 2>&1
  ftp=${started[-1]}
  until_true listens "$port"
}
# upload FILE: over one that is there; the answer, and what is there then
upload() {
  local answer
  rm -f up/*
  echo 'old text' >up/file
  chown nobody up/file
  chmod 600 up/file
  answer=$(timeout 60 curl -sv -T "$1" "ftp://127.0.0.1:$port/file" 2>&1 | sed -n 's/^< \(226\|[45]..\).*/\1/p' | tail -n 1)
  echo "$answer $(cat up/file 2>/dev/null || echo gone)"
}

start_clamd "TCPSocket $clamd_port" 'TCPAddr 127.0.0.1'
start_ftp 'ClamStream on'
seen 'clamd is there' '226 new text and 550 gone' "$(upload new) and $(upload found)"
kill "${started[0]}" && wait "${started[0]}" 2>/dev/null
seen 'clamd is away' '550 gone' "$(upload new)"
start_ftp 'ClamStream on' 'HiddenStores on'
seen 'HiddenStores' '550 old text' "$(upload new)"
start_ftp 'ClamStream on' 'ClamFailsafe off'
seen 'ClamFailsafe off' '550 new text' "$(upload new)"
rm -f socket log
printf '%s\n' "TCPSocket $clamd_port" 'TCPAddr 127.0.0.1' 'Foreground yes' 'User daemon' "DatabaseDirectory $T/db" >other.conf
background clamd -c other.conf >/dev/null 2>&1
until_true listens "$clamd_port"
start_ftp
seen 'a file that clamd may not read' '550 new text' "$(upload new)"
seen 'one in which it would find something' '550 hello definition' "$(upload found)"
the_end
