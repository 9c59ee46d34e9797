#!/bin/bash
# Authenticode: a self-extracting program that is signed after it was made. Seen with osslsigncode 2.9 and zip 3.0
# (Debian 12, backports).
#
# Guess: the signature goes into the program, in front of the zip.
# Behaviour: it goes behind everything else, so the end of the zip is not the end of the file any more. The fifth directory of
#   the program's header says where it begins and how long it is; unzip and Python read the zip all the same.
# Output: bytes behind the end record of the zip, exactly as many as the header says (and up to 7 of padding).
. "$(dirname "$0")/lib/setup.sh"
debian nsis-common 3.08-3+deb12u1
debian osslsigncode 2.9-1~bpo12+1
for program in osslsigncode zip unzip openssl; do command -v "$program" >/dev/null || absent "$program"; done

openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=x -keyout key.pem -out cert.pem 2>/dev/null
echo content >file && zip -q inner.zip file
cat "${root:-}/usr/share/nsis/Stubs/zlib-x86-unicode" inner.zip >plain.exe
zip -qA plain.exe
osslsigncode sign -certs cert.pem -key key.pem -in plain.exe -out signed.exe >/dev/null 2>&1
python3 >out <<'P'
data = open('signed.exe', 'rb').read()
end = data.rfind(b'PK\5\6', 0, len(data)) + 22
header = int.from_bytes(data[0x3c:0x40], 'little') + 24 + 96 + 32
at, size = (int.from_bytes(data[header + n:header + n + 4], 'little') for n in (0, 4))
print(len(data) > end, at + size == len(data), 0 <= at - end <= 7)
import zipfile
print(zipfile.ZipFile('signed.exe').namelist())
P
seen 'bytes follow the zip, and the header says which' 'True True True' "$(sed -n 1p out)"
seen 'Python reads it' "['file']" "$(sed -n 2p out)"
seen 'unzip reads it' content "$(unzip -p signed.exe file 2>/dev/null)"
the_end
