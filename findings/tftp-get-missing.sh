#!/bin/bash
# TFTP: a file that the server does not have (any more), fetched over a good copy. Seen with tftp-hpa 5.2, atftp 0.8 and, for
# comparison, curl 7.88.1 (Debian 12).
#
# Guess: an error, another status than 0, and the copy of before stays.
# Behaviour: tftp-hpa says "File not found" on standard output, ends with 0 and leaves an empty file in place of the copy. Where
#   nobody answers the copy is empty as well, but the status is 69 after 25 seconds. atftp empties it and ends with 255.
#   curl keeps it and ends with 68.
# Output: status and size, program by program.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
[ "$(id -u)" = 0 ] || absent 'in.tftpd wants root'
debian tftpd-hpa 5.2+20150808-1.4
debian tftp-hpa 5.2+20150808-1.4
debian atftp 0.8.0-3

mkdir served
echo definitions >served/list
chmod 755 served
chmod 644 served/list
port=$(free_port)
background in.tftpd -L -4 -a "127.0.0.1:$port" -s "$T/served" -u nobody
fetch() { # PROGRAM NAME: its status, and how many bytes the copy has that had seven
  local status
  echo before >"$2"
  case $1 in
    tftp) timeout 50 tftp -m binary 127.0.0.1 "$port" -c get "$2" ;;
    atftp) atftp --get -r "$2" -l "$2" 127.0.0.1 "$port" ;;
    curl) curl -sf -o "$2" "tftp://127.0.0.1:$port/$2" ;;
  esac >"out.$1" 2>&1
  status=$?
  echo "status $status, $(stat -c %s "$2") bytes"
}
comes() { [ "$(fetch curl list)" = 'status 0, 12 bytes' ]; }
until_true comes
for program in tftp atftp curl; do seen "$program, a file that is there" 'status 0, 12 bytes' "$(fetch "$program" list)"; done
seen 'tftp, one that is not' 'status 0, 0 bytes' "$(fetch tftp none)"
seen 'says' 'Error code 1: File not found' "$(tr -d '\r' <out.tftp)"
seen 'atftp' 'status 255, 0 bytes' "$(fetch atftp none)"
seen 'curl' 'status 68, 7 bytes' "$(fetch curl none)"
echo before >list
port=$(free_port)
printf '%s\n' 'rexmt 1' 'timeout 2' "connect 127.0.0.1 $port" 'get list' | timeout 50 tftp >out.tftp 2>&1
seen 'tftp, nobody answers: bytes' 0 "$(stat -c %s list)"
the_end
