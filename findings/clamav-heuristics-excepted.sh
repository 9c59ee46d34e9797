#!/bin/bash
# ClamAV: an exception by name (.ign2) for what heuristics find. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: the name that the scan prints is the name that .ign2 takes, as with every other detection.
# Behaviour: .ign2 keeps signatures from being loaded, and what is called `Heuristics.` is none: a mail whose link shows one host and
#   leads to another (a .pdb list), an archive with a password, a file beyond a limit are found on, and nothing says
#   that no signature has that name. An exception by hash (.fp) helps for the first two and not for the limit, which only
#   its option switches off. A link is excepted by a line of a .wdb that names the real host first and the one shown second.
# Output: with each name in an .ign2 the same is found; with the hashes the limit alone; with the .wdb the mail is clean. A
#   signature is excepted by either.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

mkdir db
printf '%s\n' 'From: a@a.example' 'To: b@b.example' 'Subject: text' 'MIME-Version: 1.0' 'Content-Type: text/html' '' \
  '<html><body><a href="http://host.example.net/">http://www.bank.example.com/</a></body></html>' >mail
python3 - <<'P' # a zip whose only member says that it has a password, and one whose member is 3 MB long
import os, zipfile
with zipfile.ZipFile('locked.zip', 'w') as archive:
    archive.writestr('member', 'text of the member' * 9)
data = bytearray(open('locked.zip', 'rb').read())
for mark, at in ((b'PK\3\4', 6), (b'PK\1\2', 8)):
    data[data.index(mark) + at] |= 1
open('locked.zip', 'wb').write(data)
with zipfile.ZipFile('large.zip', 'w') as archive:
    archive.writestr('member', os.urandom(3_000_000))
P
printf 'text of the sample\n' >sample
echo "$(md5sum <sample | cut -d' ' -f1):19:Example.Sample" >db/example.hdb
echo 'H:bank.example.com' >db/example.pdb
found() { # FILE...: the names
  clamscan --database=db --no-summary --alert-encrypted --alert-exceeds-max --max-filesize=1M "$@" 2>/dev/null |
    sed -n 's/^[a-z.]*: \(.*\) FOUND$/\1/p'
}
files=(mail locked.zip large.zip sample)
printf '%s\n' Heuristics.Phishing.Email.SpoofedDomain Heuristics.Encrypted.Zip Heuristics.Limits.Exceeded.MaxFileSize >names
seen 'before' "$(cat names && echo Example.Sample.UNOFFICIAL)" "$(found "${files[@]}")"
{ cat names && echo Example.Sample; } >db/own.ign2
seen 'all names excepted' "$(cat names)" "$(found "${files[@]}")"
rm db/own.ign2
for file in "${files[@]}"; do echo "$(md5sum <"$file" | cut -d' ' -f1):$(stat -c %s "$file"):good"; done >db/own.fp
seen 'all hashes excepted' Heuristics.Limits.Exceeded.MaxFileSize "$(found "${files[@]}")"
rm db/own.fp
echo 'M:host.example.net:www.bank.example.com' >db/own.wdb
seen 'the link excepted' '' "$(found mail)"
echo 'M:www.bank.example.com:host.example.net' >db/own.wdb
seen 'the link, the other way round' Heuristics.Phishing.Email.SpoofedDomain "$(found mail)"
the_end
