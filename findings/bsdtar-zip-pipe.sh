#!/bin/bash
# bsdtar (the tar of macOS and FreeBSD): a zip written to standard output. Seen with libarchive-tools 3.6.2 (Debian 12).
#
# Guess: `bsdtar --format zip -cf - .` gives the zip that `-cf FILE` gives, or one with sizes behind the members.
# Behaviour: what goes to standard output, a pipe or a file that it is redirected to, is filled up with zeros to a multiple of
#   10,240 bytes, as for a tape. A zip ends with its end record: strict readers (yauzl) refuse what follows; unzip and Python
#   read it.
# Output: a length of 10240 that ends with zeros, status 0 of `unzip -tq`, refused by yauzl; a shorter one by -cf FILE, read by it.
. "$(dirname "$0")/lib/setup.sh"
debian libarchive-tools 3.6.2-1+deb12u5
packages yauzl@3.4.0
command -v unzip >/dev/null || absent unzip
mkdir set && echo 'hello definition sample' >set/sample.ndb
bsdtar --format zip -C set -cf file.zip .
bsdtar --format zip -C set -cf - . | cat >pipe.zip
seen 'the last byte through a pipe' 00 "$(tail -c 1 pipe.zip | od -An -tx1 | tr -d ' ')"
seen 'its length' 10240 "$(stat -c %s pipe.zip)"
seen 'whether a file is as long' no "$([ "$(stat -c %s file.zip)" -lt 10240 ] && echo no || echo yes)"
seen 'unzip' 0 "$(unzip -tq pipe.zip >/dev/null 2>&1; echo $?)"
cat >read.mjs <<'J'
import yauzl from 'yauzl'
yauzl.open(process.argv[2], { lazyEntries: true }, (error, zip) => {
  console.log(error ? 'refused' : `${zip.entryCount} entries`)
  zip?.close()
})
J
seen 'yauzl, the file' '2 entries' "$(node read.mjs file.zip)"
seen 'yauzl, the pipe' refused "$(node read.mjs pipe.zip)"
the_end
