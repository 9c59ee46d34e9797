#!/bin/bash
# zckdl of zchunk: a download whose name is already there. Seen with zchunk 1.2.3, nginx 1.22.1 (Debian 12).
#
# Guess: what is there under the name is the base of the difference, and stays as it is until the new file has been verified;
#   zchunk has a digest for each piece.
# Behaviour: whatever the server answers is written over the beginning of what is there, the page of a 404 as well: the good file
#   is none any more, the status 10. The new file is built up in it, in place. And it is no base: only what -s names is, so
#   that without -s all is fetched, into the very file that has most of it.
# Output: after a 404 the old file is damaged, its size the same; fewer than 1,000,000 bytes of
#   3,100,000 with -s, all without.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian zchunk 1.2.3+ds1-2
debian nginx 1.22.1-9+deb12u11

mkdir www
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
publish() { zck list -o www/list.zck >/dev/null 2>&1; }
fetch() { # OPTION...: status
  zckdl "$@" "http://127.0.0.1:$port/list.zck" >zckdl.log 2>&1
  echo $?
}
good() { # looked at under another name, since unzck removes what it cannot unpack
  cp list.zck look.zck
  unzck -c look.zck 2>/dev/null | cmp -s - list && echo good || echo damaged
}
bytes() { sed -n 's/^Downloaded \([0-9]*\) bytes/\1/p' zckdl.log | awk '{ print ($1 < 1000000 ? "few" : $1 > 3000000 ? "all" : $1) }'; }
head -c 3000000 /dev/urandom >list
publish
seen 'first download' '0 good' "$(fetch) $(good)"
cp list.zck old.zck
size=$(stat -c %s list.zck)
mv www/list.zck away.zck
seen 'the server has no such file for a moment' 10 "$(fetch)"
seen 'what is there then' "damaged, size $size" "$(good), size $(stat -c %s list.zck)"
seen 'its beginning' '<html>' "$(head -c 6 list.zck)"
cp old.zck list.zck
head -c 100000 /dev/urandom >>list
publish
inode=$(stat -c %i list.zck)
seen 'a new version, by its name alone' '0 good all' "$(fetch) $(good) $(bytes)"
seen 'the inode' "$inode" "$(stat -c %i list.zck)"
seen 'a new version, with -s' '0 good few' "$(fetch -s old.zck) $(good) $(bytes)"
the_end
