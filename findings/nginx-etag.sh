#!/bin/bash
# nginx: what its ETag says. Seen with nginx 1.22.1 (Debian 12).
#
# Guess: a strong ETag (no W/) changes whenever a byte of the file does; so a resumed download with If-Range is safe.
# Behaviour: it is made of time (whole seconds) and size alone. Two files of the same size with the same time - a tree
#   with reproducible times, a restored backup, two versions of an index within a second - have one ETag: If-None-Match
#   is answered 304 for the other content, and Range with If-Range 206, so that a resumed file is glued together of
#   both.
# Output: 304, and 206 with the second half of the other file.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11

mkdir www
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
get() { curl -s -D head -o body -w '%{http_code}' "$@" "http://127.0.0.1:$port/index.txt"; }
place() { printf '%s' "$1" >www/new && touch -d '2026-01-01 00:00:00Z' www/new && mv www/new www/index.txt; }
place 'version 1'
seen 'first' 200 "$(get)"
etag=$(sed -n 's/^ETag: //p' head | tr -d '\r')
seen 'its ETag is' strong "$(case $etag in W/*) echo weak ;; \"*) echo strong ;; esac)"
place 'VERSION 2'
seen 'other content, asked with that ETag' 304 "$(get -H "If-None-Match: $etag")"
seen 'the rest of it, asked with If-Range' 206 "$(get -H 'Range: bytes=4-' -H "If-Range: $etag")"
seen 'what a resumed download is then' 'versION 2' "vers$(cat body)"
the_end
