#!/bin/bash
# apt-cacher-ng between a client and a server of rule packs. Seen with apt-cacher-ng 3.7.4 (Debian 12).
#
# Guess: what is no package of Debian is passed through or refused; what it keeps of it is asked about again by the rules of HTTP.
# Behaviour: a file is judged by its name. `.tar.gz`, `.tar.xz` and `.deb`, and their signatures as `.tar.gz.sig`, never change
#   for it: the first one that came is served for good, with status 200, whatever the server has under that name by now.
#   Also If-Modified-Since, If-None-Match, Range and `Cache-Control: max-age=0` are answered out of the cache, and the server is
#   not asked. Only a request that says `no-cache` fetches anew, for all that come later as well. Other names (.cvd,
#   .zip, .md5, .json) are 403, as is each port but 80 unless AllowUserPorts says otherwise.
# Output: one, then still one in five ways, with no request at the server; with no-cache two, and after it two.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian apt-cacher-ng 3.7.4-1+b2

free_port() { # below 32768, as it wants both its own and that of a server
  local port
  for port in $(shuf -i 20000-32000 -n 20); do listens "$port" || break; done
  echo "$port"
}
mkdir www cache log
publish() {
  for name in pack.tar.gz pack.tar.gz.sig pack.tar.gz.md5 pack.zip daily.cvd; do echo "$1" >"www/$name"; done
}
publish one
touch -d '2 days ago' www/*
serve "$T/www" "$T/asked"
server=http://127.0.0.1:$port
start_proxy() {
  proxy=$(free_port)
  background apt-cacher-ng -c "${root:-}/etc/apt-cacher-ng" ForeGround=1 "Port=$proxy" BindAddress=127.0.0.1 "CacheDir=$T/cache" \
    "LogDir=$T/log" "SupportDir=${root:-}/usr/lib/apt-cacher-ng" "$@" >proxy.log 2>&1
  until_true listens "$proxy"
}
get() { # FILE [OPTION...]: what came, or the status when it is no success
  local status
  status=$(curl -s --noproxy '' -x "http://127.0.0.1:$proxy" -o body -w '%{http_code}' "${@:2}" "$server/$1")
  case $status in 200 | 206) head -n 1 body ;; *) echo "$status" ;; esac
}

start_proxy
seen 'another port than 80' 403 "$(get pack.tar.gz)"
kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
start_proxy AllowUserPorts=0
seen 'first' 'one one 403 403 403' \
  "$(for name in pack.tar.gz pack.tar.gz.sig pack.tar.gz.md5 pack.zip daily.cvd; do get $name; done | paste -sd' ')"
publish two
: >asked
seen 'after a new release' 'one one' "$(get pack.tar.gz) $(get pack.tar.gz.sig)"
seen 'If-Modified-Since of yesterday' 304 "$(get pack.tar.gz -H "If-Modified-Since: $(date -uR -d yesterday | sed 's/+0000/GMT/')")"
seen 'If-None-Match' one "$(get pack.tar.gz -H 'If-None-Match: "1-1"')"
seen 'Range' ne "$(get pack.tar.gz -r 1-)"
seen 'max-age=0' one "$(get pack.tar.gz -H 'Cache-Control: max-age=0')"
seen 'requests that came to the server' 0 "$(grep -c GET asked)"
seen 'no-cache' two "$(get pack.tar.gz -H 'Cache-Control: no-cache')"
seen 'after that' 'two one' "$(get pack.tar.gz) $(get pack.tar.gz.sig)"
the_end
