#!/bin/bash
# yauzl: a zip behind a program or a script, as self-extractors are made. Seen with yauzl 3.4.0, Info-ZIP zip 3.0 and
# unzip 6.00.
#
# Guess: as unzip, Python, 7z and bsdtar do, it notices that the archive begins later and allows for it.
# Behaviour: `cat stub pack.zip > pack.exe` is refused ("invalid central directory file header signature") unless
#   somebody ran `zip -A` over it; unzip only warns. The reader has to be given the archive without the stub. One byte
#   behind the archive (a newline from a text mode transfer) is refused as well ("Invalid comment length"), where unzip
#   is silent.
# Output: "invalid central directory file header signature", "Invalid comment length".
. "$(dirname "$0")/lib/setup.sh"
debian zip 3.0-13+deb12u1
debian unzip 6.0-28+deb12u1
packages yauzl@3.4.0

echo text >file.txt
zip -q pack.zip file.txt
printf '#!/bin/sh\nexit 0\n' | cat - pack.zip >stub.zip
cp stub.zip adjusted.zip && zip -q -A adjusted.zip >/dev/null
(cat pack.zip && echo) >newline.zip
cat >read.js <<'J'
import yauzl from 'yauzl'

yauzl.open(process.argv[2], { lazyEntries: true }, (error, zip) => {
  if (error) return console.log(error.message.split('.')[0])
  zip.on('error', (late) => console.log(late.message.split(':')[0]))
  zip.on('entry', (entry) => console.log(entry.fileName))
  zip.readEntry()
})
J
python() { python3 -c 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist())' "$1"; }
unzipped() { unzip -p "$1" file.txt 2>/dev/null; }
seen 'behind a stub: unzip' text "$(unzipped stub.zip)"
seen 'behind a stub: Python' file.txt "$(python stub.zip)"
seen 'behind a stub: yauzl' 'invalid central directory file header signature' "$(node read.js stub.zip)"
seen 'after zip -A: yauzl' file.txt "$(node read.js adjusted.zip)"
seen 'a newline behind it: unzip' text "$(unzipped newline.zip)"
seen 'a newline behind it: yauzl' 'Invalid comment length' "$(node read.js newline.zip)"
the_end
