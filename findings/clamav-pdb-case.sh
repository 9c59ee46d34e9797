#!/bin/bash
# ClamAV: capitals in lists of hosts (.pdb, .wdb). Seen with clamav 1.4.6 (Debian 12).
#
# Guess: names of hosts are the same in capitals and small letters, so either form works in a list.
# Behaviour: the hosts of a mail are made lower-case, those of a list are not. A line with one capital is loaded and counted,
#   and never true, in a .pdb (hosts to protect) as in a .wdb (links to except), whatever the mail has.
# Output: with small letters in the list a mail in either form is found; with a capital neither, and as many signatures are
#   counted; the exception works in small letters only.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

mail() { # SHOWN: a link to another host than the one shown
  printf '%s\n' 'From: a@a.example' 'To: b@b.example' 'Subject: text' 'MIME-Version: 1.0' 'Content-Type: text/html' '' \
    "<html><body><a href=\"http://host.example.net/\">http://$1/</a></body></html>"
}
mail www.bank.example.com >small
mail WWW.Bank.Example.com >capitals
# found PDB [WDB]: those of the two mails that are found, and how many signatures are counted.
found() {
  rm -rf db && mkdir db
  echo "$1" >db/example.pdb
  [ $# = 1 ] || echo "$2" >db/example.wdb
  clamscan --database=db small capitals >out 2>/dev/null
  echo "$(sed -n 's/: .*FOUND$//p' out | paste -sd' '), counted $(sed -n 's/^Known viruses: //p' out)"
}
list=H:bank.example.com
seen 'small letters' 'small capitals, counted 1' "$(found $list)"
seen 'a capital' ', counted 1' "$(found H:Bank.example.com)"
seen 'excepted in small letters' ', counted 1' "$(found $list M:host.example.net:www.bank.example.com)"
seen 'excepted with a capital' 'small capitals, counted 1' "$(found $list M:host.example.net:www.Bank.example.com)"
seen 'excepted as the mail has it' 'small capitals, counted 1' "$(found $list M:host.example.net:WWW.Bank.Example.com)"
the_end
