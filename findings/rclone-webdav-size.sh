#!/bin/bash
# rclone: a tree behind WebDAV, brought up to date. Seen with rclone 1.60.1, apache2 2.4.71 (Debian 12).
#
# Guess: a file whose time differs is copied, as from a folder, a web server or FTP; the times stand in the listing of WebDAV,
#   and the copy gets them.
# Behaviour: of a file of the same size nothing else is looked at, in either direction, for good, status 0: rclone cannot set
#   times there, so it does not compare them, and there are no digests. What names the newest is such a file: a signed index
#   whose version, date and digests changed has the size of the one before, so that the mirror has all new files and the old
#   index. --checksum falls back to the size as well, with a notice; --ignore-times copies.
# Output: other.zip is copied, timestamp.json stays at version 1, also with --checksum, and in the other direction; version 2
#   with --ignore-times, and from the same folder by a web server.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian rclone 1.60.1+dfsg-2+b5
debian nginx 1.22.1-9+deb12u11
debian apache2-bin 2.4.71-1~deb12u1
export RCLONE_CONFIG=/dev/null

mkdir -m 777 tree there
mkdir mirror page
modules=${root:-}/usr/lib/apache2/modules
dav=$(free_port)
printf '%s\n' "ServerRoot $T" 'ServerName localhost' "Listen 127.0.0.1:$dav" "PidFile $T/apache.pid" "ErrorLog $T/apache.log" \
  'User nobody' 'Group nogroup' "LoadModule mpm_event_module $modules/mod_mpm_event.so" \
  "LoadModule authz_core_module $modules/mod_authz_core.so" "LoadModule dav_module $modules/mod_dav.so" \
  "LoadModule dav_fs_module $modules/mod_dav_fs.so" "DavLockDB $T/there/.locks" "DocumentRoot $T/tree" "<Directory $T/tree>" \
  'Dav on' 'Require all granted' '</Directory>' >apache.conf
background apache2 -X -f "$T/apache.conf"
until_true listens "$dav"
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/tree; autoindex on; }"
remote=":webdav,url='http://127.0.0.1:$dav/',vendor=other:"

publish() { # NUMBER FOLDER: an index of fixed size, and something that is new
  echo "{\"version\":$1}" >"$2/timestamp.json"
  touch -d "2026-11-0$1" "$2/timestamp.json"
  echo "$1" >"$2/$1.zip"
  chmod 666 "$2"/*
}
copied() { # FROM TO OPTION...: status
  rclone sync "$@" 2>rclone.log
  echo $?
}
state() { echo "$(cat "$1/timestamp.json") $(cd "$1" && echo *.zip)"; }
publish 1 tree
seen 'first copy' '0 {"version":1} 1.zip' "$(copied "$remote" mirror) $(state mirror)"
seen 'its time is that of the server' 2026-11-01 "$(date -r mirror/timestamp.json +%F)"
copied ":http,url='http://127.0.0.1:$port/':" page >status
publish 2 tree
seen 'after something new' '0 {"version":1} 1.zip 2.zip' "$(copied "$remote" mirror) $(state mirror)"
seen 'with --checksum' '0 {"version":1} 1.zip 2.zip' "$(copied "$remote" mirror --checksum) $(state mirror)"
seen 'from a web server' '0 {"version":2} 1.zip 2.zip' "$(copied ":http,url='http://127.0.0.1:$port/':" page) $(state page)"
seen 'with --ignore-times' '0 {"version":2} 1.zip 2.zip' "$(copied "$remote" mirror --ignore-times) $(state mirror)"
mkdir own
publish 3 own
seen 'in the other direction' '0 {"version":2} 3.zip' "$(copied own "$remote") $(state tree)"
the_end
