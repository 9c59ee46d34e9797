#!/bin/bash
# basic-ftp: a listing with one line of another form. Seen with basic-ftp 6.2.3.
#
# Guess: a line that cannot be read is passed over, wherever it stands; or fails the listing, wherever it stands.
# Behaviour: the LAST line decides which of the parsers takes the whole listing. An odd line elsewhere vanishes in
#   silence; the same line at the end fails the listing as a whole ("only supports MLSD, Unix- or DOS-style"). Odd is,
#   for example, what `ls -l` writes for a file with an SELinux label (`-rw-r--r--.`, where `+` for an ACL is known), or
#   a size with a comma from IIS. Whether a folder can be read depends on the name that sorts last.
# Output: two files, one file, an error. Beside it: MLSD with `Type=File` (letters of any case are allowed, RFC 3659
#   7.5) is an entry of unknown type.
. "$(dirname "$0")/lib/setup.sh"
packages basic-ftp@6.2.3

cat >parse.cjs <<'J'
const { parseList } = require('basic-ftp/dist/parseList.js')

const text = process.argv.slice(2).join('\r\n')
try {
  console.log(parseList(text).map((file) => `${file.name}:${file.type}`).join(' '))
} catch (error) {
  console.log(error.message.slice(0, 29))
}
J
plain='-rw-r--r--   1 owner group 3000 Mar  1  2026 a.zip'
label='-rw-r--r--.  1 owner group 3000 Mar  1  2026 b.zip'
list='-rw-r--r--+  1 owner group 3000 Mar  1  2026 c.zip'
seen 'with an ACL' 'a.zip:1 c.zip:1' "$(node parse.cjs "$plain" "$list")"
seen 'a label in the first line' 'a.zip:1' "$(node parse.cjs "$label" "$plain")"
seen 'a label in the last line' 'This library only supports ML' "$(node parse.cjs "$plain" "$label")"
seen 'DOS, a comma in the first size' 'a.zip:1' "$(node parse.cjs '01-02-26  10:00AM  3,000 b.zip' '01-02-26  10:00AM  3000 a.zip')"
seen 'DOS, a comma in the last size' 'This library only supports ML' "$(node parse.cjs '01-02-26  10:00AM  3000 a.zip' '01-02-26  10:00AM  3,000 b.zip')"
seen 'MLSD, Type=File' 'a.zip:0' "$(node parse.cjs 'Type=File;Size=3;Modify=20260101000000; a.zip')"
the_end
