#!/bin/bash
# Postfix: a milter that was started anew, and sessions that were open then. Seen with postfix 3.7.11, clamav-milter and
# clamav-daemon 1.4.6 (Debian 12).
#
# Guess: `milter_default_action` answers for the mails that come while the milter is away; the first one after that is scanned.
# Behaviour: the SMTP session in which the milter was missed stays without it until its client hangs up: each further mail of
#   it is answered by `milter_default_action`, however long the milter is back - taken unscanned with `accept`, 451 with
#   `tempfail`. So it is where not one mail came while it was away: a restart takes the milter from every session that is
#   open, as those of relays that keep their connections. Only new sessions are scanned.
# Output: one mail that is found, over and over: 550 before; after the restart 250 (accept) or 451 (tempfail) in the open
#   session, 550 in a new one, and 250 or 451 in the old one again.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
debian clamav-milter 1.4.6+dfsg-0+deb12u1
debian postfix 3.7.11-0+deb12u1
as_installed

cat >session.py <<'P' # PORT: a session for each letter; a line with one is a mail in that session, whose code is told
import smtplib, sys
sessions = {}
for line in sys.stdin:
    letter = line.strip()
    if letter not in sessions:
        sessions[letter] = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=60)
    session = sessions[letter]
    code = session.ehlo_or_helo_if_needed() or session.mail('a@a.example')[0]
    if code == 250 and session.rcpt('b@b.example')[0] == 250:
        code = session.data('From: a@a.example\r\nSubject: text\r\n\r\nhello definition\r\n')[0]
    session.rset()
    print(code, flush=True)
P
for kind in passwd group; do
  cp "/etc/$kind" .
  grep -q ^postfix: "$kind" || echo "postfix:x:64601:$([ "$kind" = group ] || echo '64601::/:/bin/false')" >>"$kind"
done
grep -q ^postdrop: group || echo postdrop:x:64602: >>group
for kind in passwd group; do mount --bind "$kind" "/etc/$kind"; done
mkdir db postfix queue data
chown postfix data
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
port=$(free_port)
printf '%s\n' "127.0.0.1:$port inet n - n - - smtpd" 'cleanup unix n - n - 0 cleanup' 'qmgr unix n - n 300 1 qmgr' \
  'rewrite unix - - n - - trivial-rewrite' 'bounce unix - - n - 0 bounce' 'discard unix - - n - - discard' \
  'anvil unix - - n - 1 anvil' 'postlog unix-dgram n - n - 1 postlogd' >postfix/master.cf
printf '%s\n' 'MilterSocketMode 666' "MilterSocket unix:$T/milter" "ClamdSocket unix:$T/socket" 'Foreground yes' \
  "User $(id -un)" 'OnInfected Reject' >milter.conf
start_milter() {
  rm -f milter
  background clamav-milter -c milter.conf >>milter.log 2>&1
  milter=${started[-1]}
  until_true test -S milter
}
end() { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null; }
send() { # LETTER: the code of one mail
  echo "$1" >&4
  read -r -t 60 said <&5
  echo "$said"
}
start_clamd 'SelfCheck 0'
mkfifo to from
for action in accept tempfail; do
  unscanned=$([ "$action" = accept ] && echo 250 || echo 451)
  printf '%s\n' 'compatibility_level = 3.6' "queue_directory = $T/queue" "data_directory = $T/data" \
    'myhostname = b.example' 'mydestination = b.example' 'mynetworks = 127.0.0.0/8' 'inet_protocols = ipv4' \
    'alias_maps =' 'local_recipient_maps =' 'local_transport = discard' 'default_transport = discard' \
    "maillog_file = $T/maillog" "maillog_file_prefixes = $T" "smtpd_milters = unix:$T/milter" \
    "milter_default_action = $action" >postfix/main.cf
  postfix -c "$T/postfix" check 2>/dev/null
  start_milter
  background /usr/lib/postfix/sbin/master -c "$T/postfix" -d 2>>master.log
  master=${started[-1]}
  until_true listens "$port"
  background bash -c "exec python3 session.py $port <to >from"
  sessions=${started[-1]}
  exec 4>to 5<from
  seen "$action: before" 550 "$(send a)"
  end "$milter"
  start_milter
  seen "$action: started anew, same session" "$unscanned $unscanned" "$(send a) $(send a)"
  seen "$action: new session" 550 "$(send b)"
  seen "$action: the first session" "$unscanned" "$(send a)"
  end "$milter"
  seen "$action: away" "$unscanned" "$(send b)"
  start_milter
  seen "$action: back, session in which one was sent" "$unscanned" "$(send b)"
  seen "$action: back, new session" 550 "$(send c)"
  exec 4>&- 5<&-
  for id in "$sessions" "$master" "$milter"; do end "$id"; done
done
the_end
