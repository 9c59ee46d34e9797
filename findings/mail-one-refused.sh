#!/bin/bash
# Mail: one of three recipients is refused. Seen with msmtp 1.8.23, s-nail 14.9.24, nullmailer 2.2, curl 7.88.1 and mailutils 3.15
# (Debian 12).
#
# Guess: the others get the mail, as from postfix or exim, and the status tells of the one.
# Behaviour: neither. msmtp, the SMTP of s-nail, that of nullmailer and curl stop at the first RCPT that is refused: nobody gets the
#   mail, those who were accepted before included. One who has left takes the alerts of all others along. `mail` of
#   mailutils sends it to the others, says nothing of the one, and ends with 0. curl has `--mail-rcpt-allowfails`.
# Output: nothing arrives from msmtp (65), s-nail (4), nullmailer (35: permanent) and curl (55); one mail from mailutils (0), and from curl with
#   `--mail-rcpt-allowfails` (0).
. "$(dirname "$0")/lib/setup.sh"
debian msmtp 1.8.23-1
debian s-nail 14.9.24-2
debian nullmailer 1:2.2-4
debian mailutils 1:3.15-4

port=$(free_port)
cat >server.py <<'P' # keeps in the file `got` the recipients of each mail that came
import socket, sys, threading
def one(client):
    talk, body, to = client.makefile('rwb', 0), False, []
    talk.write(b'220 example\r\n')
    for line in talk:
        word = line[:4].upper()
        if body:
            body = line != b'.\r\n'
            if not body:
                open('got', 'a').write(' '.join(to) + '\n')
                talk.write(b'250 taken\r\n')
        elif word == b'RCPT' and b'gone' in line:
            talk.write(b'550 5.1.1 no such user\r\n')
        else:
            if word == b'RCPT':
                to.append(line.decode().split('<')[1].split('@')[0])
            body = word == b'DATA'
            talk.write({b'DATA': b'354 go on\r\n', b'QUIT': b'221 bye\r\n'}.get(word, b'250 taken\r\n'))
    client.close()
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()
P
background python3 server.py "$port" 2>/dev/null
until_true listens "$port"
export HOME=$T
cat >letter <<'L'
From: alerts@example.org
To: one@example.org, gone@example.org, two@example.org
Subject: definitions are old

They are.
L
all=(one@example.org gone@example.org two@example.org)
sends() { # COMMAND...: its status, and who got the mail
  : >got
  "$@" <"${input:-letter}" >>out 2>&1
  echo "status $?, got by: $(cat got)"
}
msmtp=(msmtp -C /dev/null --host=127.0.0.1 --port="$port" --tls=off --auth=off -f alerts@example.org)
seen 'msmtp to the other two' 'status 0, got by: one two' "$(sends "${msmtp[@]}" one@example.org two@example.org)"
seen msmtp 'status 65, got by: ' "$(sends "${msmtp[@]}" -t)"
seen s-nail 'status 4, got by: ' "$(sends s-nail -:/ -S v15-compat -S "mta=smtp://127.0.0.1:$port" -S smtp-auth=none \
  -S hostname=example.org -S from=a@example.org -S "DEAD=$T/dead" -s old "${all[@]}")"
printf '%s\n' a@example.org "${all[@]}" '' >queued && cat letter >>queued
printf '%s\n' host=127.0.0.1 "port=$port" '' >options
queue() { HELOHOST=example.org "${root:-}/usr/lib/nullmailer/smtp" 3<queued; } # as nullmailer-send runs it
seen nullmailer 'status 35, got by: ' "$(input=options sends queue)"
sed -i /gone@/d queued
seen 'nullmailer to the other two' 'status 0, got by: one two' "$(input=options sends queue)"
curl_sends() { # OPTION...
  sends curl -sS "smtp://127.0.0.1:$port" --mail-from a@example.org --mail-rcpt one@example.org \
    --mail-rcpt gone@example.org --mail-rcpt two@example.org "$@" -m 20 -T -
}
seen curl 'status 55, got by: ' "$(curl_sends)"
seen 'curl with --mail-rcpt-allowfails' 'status 0, got by: one two' "$(curl_sends --mail-rcpt-allowfails)"
: >out
seen mailutils 'status 0, got by: one two' "$(sends mail.mailutils -n -E "set sendmail=\"smtp://127.0.0.1:$port\"" -r a@example.org -s old "${all[@]}")"
seen 'what mailutils says' '' "$(cat out)"
the_end
