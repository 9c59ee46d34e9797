#!/bin/bash
# clamdscan: `--stream` and a file that is longer than StreamMaxLength. Seen with clamdscan and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: clamd says "INSTREAM size limit exceeded", and clamdscan ends with 2.
# Behaviour: clamdscan reads StreamMaxLength from its own configuration, which on most hosts is that of clamd, and sends no more
#   than that. clamd scans a file that was cut off, and the answer is `OK`, status 0; nothing tells that the end was not
#   seen. So it is with standard input and a clamd at a TCP port. Where clamdscan has a larger bound than clamd (a
#   tcp.conf of its own, say) the guess holds.
# Output: a sample of 3 MB whose signature lies at its end, with a bound of 1 MB: OK and 0 where clamdscan knows the bound, 2
#   where clamd alone knows it; a sample of 300 kB is found in both.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1

mkdir db
text='text of the sample'
python3 - "$text" <<'P'
import sys
for name, size in (('large', 3_000_000), ('small', 300_000)):
    with open(name, 'w') as sample:
        sample.write('x' * size + sys.argv[1])
P
echo "Example.Sample:0:*:$(printf %s "$text" | od -An -v -tx1 | tr -d ' \n')" >db/example.ndb
tcp=$(free_port)
start_clamd 'StreamMaxLength 1M' 'TCPAddr 127.0.0.1' "TCPSocket $tcp"
printf '%s\n' 'TCPAddr 127.0.0.1' "TCPSocket $tcp" >tcp.conf
{ cat tcp.conf && echo 'StreamMaxLength 1M'; } >same.conf

# says CONFIGURATION ARGUMENT...: the status, and what is said of the file.
says() {
  clamdscan -c "$1" --no-summary "${@:2}" >said 2>&1
  echo "$? $(grep -oE 'OK$|FOUND$|limit exceeded' said | head -n 1)"
}
for conf in clamd same; do
  seen "$conf.conf, small" '1 FOUND' "$(says $conf.conf --stream small)"
  seen "$conf.conf, large" '0 OK' "$(says $conf.conf --stream large)"
done
seen 'same.conf, standard input' '0 OK' "$(says same.conf - <large)"
seen 'clamd alone knows the bound, small' '1 FOUND' "$(says tcp.conf --stream small)"
seen 'clamd alone knows the bound, standard input' '2 limit exceeded' "$(says tcp.conf - <large)"
seen 'handed over as a file' '1 FOUND' "$(says clamd.conf --fdpass large)"
the_end
