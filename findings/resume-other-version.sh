#!/bin/bash
# aria2, axel and lftp: a download that goes on after the file has changed. Seen with aria2 1.36.0, axel 2.17.11,
# lftp 4.9.2 and nginx 1.22.1 (Debian 12).
#
# Guess: with the server's ETag and time at hand they see that it is another file and begin anew.
# Behaviour: none of them sends If-Range, none compares what it was told the first time: the second half is that of the new
#   version, the status 0. The control file that aria2 and axel keep is no help, nor is --conditional-get of aria2, which
#   goes on with a control file as well (and without -c). `lftp get -c` takes any shorter file for a part.
# Output: status 124 and a part, then 0 and a file of two versions, from all.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian aria2 1.36.0-1
debian axel 2.17.11-3
debian lftp 4.9.2-2+b1

mkdir www home
export HOME=$T/home
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; limit_rate 400k; access_log $T/requests; }"
address=http://127.0.0.1:$port/list
publish() { # LETTER TIME: a version that consists of that letter
  head -c 2000000 /dev/zero | tr '\0' "$1" >www/list
  touch -d "$2" www/list
}
made_of() { # the versions in it, and whether it has the size of one
  echo "$(for letter in A B; do grep -q $letter list && echo $letter; done | paste -sd+) $([ "$(stat -c %s list)" = 2000000 ] && echo whole || echo part)"
}
twice() { # COMMAND...
  rm -f list list.*
  publish A '3 days ago'
  timeout 2 "$@" >out 2>&1
  seen "$1, first run, two seconds" '124 A part' "$? $(made_of)"
  publish B '1 day ago'
  timeout 40 "$@" >out 2>&1
  seen "$1, second run" '0 A+B whole' "$? $(made_of)"
}
twice aria2c -q "$address"
twice aria2c -q --conditional-get=true --allow-overwrite=true "$address"
twice axel -q -n 1 "$address"
twice lftp -c "get -c $address"
the_end
