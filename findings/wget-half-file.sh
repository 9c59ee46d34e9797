#!/bin/bash
# wget -N after a download that broke off. Seen with wget 1.21.3, nginx 1.22.1 (Debian 12).
#
# Guess: `-N` looks at time and size, as the manual of wget has it ("the sizes do not match": fetched again), so the half
#   file of yesterday is made whole today.
# Behaviour: since 1.17 wget asks with If-Modified-Since, made of the time of the local file. A half file has the time at
#   which it broke off, later than the server's, so the answer is 304: "not modified on server. Omitting download", status
#   0. It stays half until the server has a newer file. With --no-if-modified-since sizes are compared, and it is fetched.
#   nginx' own default, which takes the exact time only, hides this; servers that compare times by RFC 9110 do not.
# Output: status 0 and a half file, as often as it is asked; whole with --no-if-modified-since.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian wget 1.21.3-1+deb12u1
debian nginx 1.22.1-9+deb12u11

mkdir www mirror
head -c 2000000 /dev/zero >www/daily.cvd
touch -d '3 days ago' www/daily.cvd
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; limit_rate 400k; if_modified_since before; access_log $T/requests; }"
cd mirror || exit 1
timeout 2 wget -q -N "http://127.0.0.1:$port/daily.cvd"
half=$(stat -c %s daily.cvd)
seen 'ended after two seconds: less than all' yes "$([ "$half" -gt 0 ] && [ "$half" -lt 2000000 ] && echo yes || echo "$half")"
for run in second third; do
  wget -N "http://127.0.0.1:$port/daily.cvd" 2>../log
  seen "$run run: status, size" "0 $half" "$? $(stat -c %s daily.cvd)"
done
seen 'what it says' 'not modified on server. Omitting download.' "$(grep -o 'not modified.*' ../log)"
seen 'what the server said last' 304 "$(tail -n 1 ../requests | cut -d' ' -f9)"
wget -q -N --no-if-modified-since "http://127.0.0.1:$port/daily.cvd"
seen 'with --no-if-modified-since: status, size' '0 2000000' "$? $(stat -c %s daily.cvd)"
the_end
