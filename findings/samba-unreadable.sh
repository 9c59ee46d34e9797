#!/bin/bash
# Samba with `vfs objects = virusfilter` and clamd: files that clamd may not read. Seen with samba and samba-vfs-modules 4.17.12,
# clamav-daemon 1.4.6 (Debian 12).
#
# Guess: smbd, which can read each file, hands it over, as clamdscan --fdpass does; or what could not be scanned is not opened.
# Behaviour: smbd sends the path, and clamd, with a user of its own as Debian has it, answers that it may not read that. This is
#   an error of the scanner, and with one a file is opened (`block access on error` is no by default), though clamd is well and
#   its definitions are new. The mode of a file, or of one folder above, decides: what one user keeps for himself (0600, 0700)
#   is never scanned. An upload is scanned or not by its mode as well. Only smbd's log tells. With `block access on error = yes` nobody opens such files, clean ones too.
# Output: what comes of a sample with the modes 644 and 600, below a folder with 700, and uploaded; and with the option.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
debian samba-vfs-modules 2:4.17.12+dfsg-0+deb12u4
debian samba 2:4.17.12+dfsg-0+deb12u4
debian smbclient 2:4.17.12+dfsg-0+deb12u4
as_installed
export LD_LIBRARY_PATH=/usr/lib/$(uname -m)-linux-gnu/samba:$LD_LIBRARY_PATH

mkdir db share share/shut state
chmod 777 . state
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
echo 'hello definition of the day' >share/open
cp share/open share/own
cp share/open share/shut/sample
echo 'nothing of it in here' >share/own-clean
chmod 600 share/own share/own-clean
chmod 700 share/shut
touch log && chown nobody log
printf '%s\n' "LocalSocket $T/socket" 'LocalSocketMode 666' "LogFile $T/log" 'Foreground yes' 'User nobody' \
  "DatabaseDirectory $T/db" >clamd.conf
background clamd -c clamd.conf >/dev/null 2>&1
until_true clamdscan -c clamd.conf --ping 1

# start_smbd LINE...: a share `files` with these lines.
start_smbd() {
  port=$(free_port)
  printf '%s\n' '[global]' "smb ports = $port" 'interfaces = 127.0.0.1' 'bind interfaces only = yes' "private dir = $T/state" \
    "lock directory = $T/state" "state directory = $T/state" "cache directory = $T/state" "pid directory = $T/state" \
    "ncalrpc dir = $T/state/ncalrpc" "log file = $T/smbd.log" 'map to guest = bad user' 'guest account = root' \
    'load printers = no' 'disable spoolss = yes' '[files]' "path = $T/share" 'guest ok = yes' 'read only = no' \
    'vfs objects = virusfilter' 'virusfilter:scanner = clamav' "virusfilter:socket path = $T/socket" \
    'virusfilter:infected file action = nothing' "$@" >smb.conf
  background smbd -F --no-process-group -s "$T/smb.conf" >smbd.out 2>&1
  smbd=${started[-1]}
  until_true listens "$port"
}
client() { timeout 20 smbclient -s smb.conf -p "$port" -N //127.0.0.1/files -c "$1" >said 2>&1; }
# opened FILE...: of these, whether a client gets them.
opened() {
  local name
  for name in "$@"; do
    rm -f got
    client "get $name got"
    [ -s got ] && echo opened || grep -om1 'ACCESS_DENIED' said
  done | paste -sd' '
}
start_smbd
seen 'for all to read, for the owner, below such a folder' 'ACCESS_DENIED opened opened' "$(opened open own 'shut\sample')"
seen 'in the log' 'Scanner error: Access denied' "$(grep -om1 'Scanner error: Access denied' smbd.log)"
client 'put share/open uploaded'
seen 'an upload' 'ACCESS_DENIED' "$(opened uploaded)"
kill "$smbd" && wait "$smbd" 2>/dev/null
start_smbd 'create mask = 0600'
client 'put share/open uploaded-own'
seen 'an upload with create mask 0600' 'opened' "$(opened uploaded-own)"
kill "$smbd" && wait "$smbd" 2>/dev/null
start_smbd 'virusfilter:block access on error = yes'
seen 'block access on error, a sample and a clean file' 'ACCESS_DENIED ACCESS_DENIED' "$(opened own own-clean)"
the_end
