#!/bin/bash
# ClamAV: position and packed size in a list of file names in archives (.cdb). Seen with clamav 1.4.6, p7zip-full 26.02 (Debian 12).
#
# Guess: FilePos 1 is the first file of any container, and FileSizeInContainer its size there, as for zip; `*` for the type then means
#   the same rule for all.
# Behaviour: zip and tar count from 1, 7z counts from 0, and each attachment of a mail is number 0. In a 7z no file
#   has a packed size but 0. So a line with one of these that finds something in a zip finds nothing, or another file, in the
#   other containers, though the type says `*`; without them it finds all. The list is loaded, and nothing is said.
# Output: what is found by a line for position 0, 1, 2, by one for packed sizes from 1 on, and by one with names alone.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian p7zip-full 16.02+really26.02+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

mkdir db
printf 'text of the first file\n' >a.txt
printf 'text of the second file\n' >b.txt
python3 - <<'P'
import email.message, tarfile, zipfile
mail = email.message.EmailMessage()
mail['From'], mail['Subject'] = 'a@a.example', 'text'
mail.set_content('text')
with zipfile.ZipFile('two.zip', 'w') as packed, tarfile.open('two.tar', 'w') as joined:
    for name in ('a.txt', 'b.txt'):
        packed.write(name)
        joined.add(name)
        mail.add_attachment(open(name, 'rb').read(), maintype='application', subtype='octet-stream', filename=name)
open('two.eml', 'wb').write(mail.as_bytes())
P
7z a two.7z a.txt b.txt >/dev/null 2>&1 || absent 7z
# found PACKED POSITION: for each container the files that lines with these for a.txt and b.txt find in it.
found() {
  for kind in zip tar 7z eml; do
    printf '%s' "$kind"
    for name in a b; do
      # name, type, size of the container, name of the file, packed size, real size, encrypted, position, two reserved ones
      echo "Example.Name:*:*:^$name\\.txt\$:$1:*:*:$2:*:*" >db/example.cdb
      ! clamscan --database=db --no-summary "two.$kind" 2>/dev/null | grep -q 'FOUND$' || printf ' %s' "$name"
    done
    echo
  done | paste -sd,
}
seen 'names alone' 'zip a b,tar a b,7z a b,eml a b' "$(found '*' '*')"
seen 'position 0' 'zip,tar,7z a,eml a b' "$(found '*' 0)"
seen 'position 1' 'zip a,tar a,7z b,eml' "$(found '*' 1)"
seen 'position 2' 'zip b,tar b,7z,eml' "$(found '*' 2)"
seen 'packed sizes from 1 on' 'zip a b,tar a b,7z,eml a b' "$(found 1-9999 '*')"
seen 'packed size 0' 'zip,tar,7z a b,eml' "$(found 0 '*')"
the_end
