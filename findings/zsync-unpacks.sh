#!/bin/bash
# zsync and files that end in .gz. Seen with zsync 0.6.2, nginx 1.22.1, gzip 1.12 (Debian 12), Node.js 20.
#
# Guess: zsync makes the file that the server has, whose SHA-1 it compares; what is within a .gz does not matter.
# Behaviour: zsyncmake looks into a .gz, and zsync makes what is within; only where zsyncmake knew which options of gzip
#   make these very bytes, zsync packs it anew. So a pack of `gzip FILE` or `tar -z` arrives as it was, and one of Node.js,
#   Python or `gzip <FILE` arrives unpacked, as pack.tar, status 0; with `-o pack.tar.gz` it is a plain tar of that name.
#   A signature over the pack fits neither. `zsyncmake -Z` looks into nothing.
# Output: the same bytes for gzip FILE, other ones under the name without .gz for Node.js; the same for both with -Z.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian zsync 0.6.2-5
debian nginx 1.22.1-9+deb12u11
command -v node >/dev/null || absent 'Node.js'

mkdir www
seq 1 200000 >old.tar
{ seq 1 100000; echo changed; seq 100002 200000; } >pack.tar
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
fetched() { # OPTION... of zsync: what is here afterwards, and whether it is what the server has
  rm -f pack.tar pack.tar.gz
  zsync -q -i old.tar "$@" "http://127.0.0.1:$port/pack.zsync" >out 2>&1
  echo "status $?: $(ls | grep -x 'pack.tar\|pack.tar.gz' | paste -sd,), $(cmp -s pack.tar.gz www/pack.tar.gz && echo 'same bytes' || echo 'other bytes')"
}
describe() { (cd www && zsyncmake "$@" -o pack.zsync -u pack.tar.gz pack.tar.gz >/dev/null 2>&1); }
cp pack.tar content
gzip -9 pack.tar && mv pack.tar.gz www/
describe
seen 'of gzip' 'status 0: pack.tar.gz, same bytes' "$(fetched)"
describe -Z
seen 'of gzip, zsyncmake -Z' 'status 0: pack.tar.gz, same bytes' "$(fetched)"
node -e "const fs = require('fs'); fs.writeFileSync('www/pack.tar.gz', require('zlib').gzipSync(fs.readFileSync('content')))"
describe
seen 'of Node.js' 'status 0: pack.tar, other bytes' "$(fetched)"
seen 'of Node.js, zsync -o' 'status 0: pack.tar.gz, other bytes' "$(fetched -o pack.tar.gz)"
seen 'which is' 'a plain file' "$(cmp -s pack.tar.gz content && echo 'a plain file')"
describe -Z
seen 'of Node.js, zsyncmake -Z' 'status 0: pack.tar.gz, same bytes' "$(fetched)"
the_end
