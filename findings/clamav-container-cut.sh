#!/bin/bash
# ClamAV: an unsigned container (.cud) that was cut off. Seen with clamav and clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: refused, as its first member names every other with size and SHA-256, and a member that differs, or is not named,
#   makes the whole "Malformed database".
# Behaviour: what is named and does not come is missed by nobody. Cut off between two members, the container is loaded with
#   those before, although its header has the number of signatures as well: status 0, not a word on stderr. freshclam passes
#   it, too, and puts it in the place of the whole one. Cut off elsewhere it is refused. `sigtool --info` ends with 0 for
#   any of them.
# Output: 1 signature of 2, status 0; "Database test passed."; status 2 where a member differs, is not named or is half there.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null && command -v freshclam >/dev/null || absent 'clamscan and freshclam'

printf 'clean text\n' >sample
python3 - <<'P'
import gzip, hashlib, io, os, tarfile
head = 'ClamAV-VDB:29 Nov 2026 23-00 +0000:1:2:90:X:X:example:1796000000'
lists = {'own.hsb': b'%064x:100:First\n' % 1, 'own.hdb': b'%032x:100:Second\n' % 2}
def pack(name, named, members, keep=None, squeeze=bytes):
    info = head + '\n' + ''.join('%s:%d:%s\n' % (n, len(d), hashlib.sha256(d).hexdigest()) for n, d in named.items())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for n, d in {'own.info': info.encode(), **members}.items():
            member = tarfile.TarInfo(n)
            member.size = len(d)
            tar.addfile(member, io.BytesIO(d))
    os.mkdir(name)
    with open(name + '/own.cud', 'wb') as file: file.write(head.encode().ljust(512) + squeeze(out.getvalue()[:keep]))
first = {'own.hsb': lists['own.hsb']}
pack('whole', lists, lists)
pack('packed', lists, lists, squeeze=gzip.compress)
pack('between', lists, lists, keep=4 * 512)
pack('header', lists, lists, keep=4 * 512 + 100)
pack('half', lists, lists, keep=5 * 512 + 20)
pack('differs', lists, {**lists, 'own.hdb': b'%032x:100:Second\n' % 3})
pack('unnamed', first, lists)
P
loaded() { # FOLDER: status, signatures, and whether anything was said on stderr
  local out status
  out=$(clamscan -d "$1" sample 2>err)
  status=$?
  echo "$status, $(sed -n 's/^Known viruses: //p' <<<"$out"), $([ -s err ] && echo said || echo silent)"
}
for folder in whole packed; do seen "$folder" '0, 2, silent' "$(loaded $folder)"; done
seen 'cut off between two members' '0, 1, silent' "$(loaded between)"
for folder in header half; do seen "cut off elsewhere ($folder)" '2, 1, said' "$(loaded $folder)"; done
for folder in differs unnamed; do seen "a member $folder" '2, 2, said' "$(loaded $folder)"; done
seen 'sigtool --info' '0 0 0 0 0 0 0' "$(for folder in whole packed between header half differs unnamed; do
  sigtool --info $folder/own.cud >/dev/null 2>&1
  echo $?
done | paste -sd' ')"
cp -r whole db
touch -d '+1 min' between/own.cud
serve "$T/between"
freshclam_conf 'DatabaseMirror 127.0.0.1:1' "DatabaseCustomURL http://127.0.0.1:$port/own.cud"
run_freshclam --update-db=custom
seen 'freshclam' '0, Database test passed.' "$?, $(grep -o 'Database test passed.' out)"
seen 'in the place of the whole one' '0, 1, silent' "$(loaded db)"
the_end
