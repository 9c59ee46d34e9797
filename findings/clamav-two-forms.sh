#!/bin/bash
# ClamAV: NAME.cvd and NAME.cld in one folder. Seen with clamav 1.4.6 (Debian 12) and ClamAV's own test databases.
#
# Guess: of the two forms of one database the newer is loaded.
# Behaviour: for `daily` alone. Of `main`, `bytecode` and every other name both are loaded, whatever their versions:
#   signatures that the newer one has taken back are in force again from the older one, and everything is held in memory
#   twice. A copy made without deleting what is gone (rsync, a volume of an old container) makes such a folder.
# Output: "daily.cld loaded" alone; "main.cld loaded" and "main.cvd loaded".
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan
vectors

# A CLD is the same database with its tar not compressed, as freshclam makes it.
(head -c 512 "$vectors/test-4.cvd" && tail -c +513 "$vectors/test-4.cvd" | gzip -dc) >newer.cld
printf 'a sample\n' >sample
loaded() { # NAME
  rm -rf db && mkdir db
  cp "$vectors/test-3.cvd" "db/$1.cvd" && cp newer.cld "db/$1.cld"
  clamscan --debug -d db sample 2>&1 | grep -o "$1\.c[vl]d loaded" | sort | paste -sd,
}
seen daily 'daily.cld loaded' "$(loaded daily)"
seen main 'main.cld loaded,main.cvd loaded' "$(loaded main)"
seen bytecode 'bytecode.cld loaded,bytecode.cvd loaded' "$(loaded bytecode)"
the_end
