#!/bin/bash
# Alertmanager: who is told that an alert has ended. Seen with prometheus-alertmanager 0.25.0 (Debian 12).
#
# Guess: whoever was told of the alert is told of its end.
# Behaviour: a webhook is, a mail is not: `send_resolved` is true for some kinds of receivers and false for others, mail among
#   them, until it is said. After the one mail nothing comes, be the machine fine again or not.
# Output: `firing` and `resolved` to the webhook, one mail; with `send_resolved: true` two.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/alertmanager.sh"

start_receiver
mail=$(free_port)
cat >mail.py <<'P' # keeps the subjects in $T/subjects
import socket, sys, threading
def one(client):
    talk, body = client.makefile('rwb', 0), False
    talk.write(b'220 example\r\n')
    for line in talk:
        word = line.split(b' ')[0].strip().upper()
        if body:
            if word == b'SUBJECT:':
                with open('subjects', 'ab') as kept:
                    kept.write(line.replace(b'\r', b''))
            if line != b'.\r\n':
                continue
        body = word == b'DATA'
        talk.write({b'DATA': b'354 go on\r\n', b'QUIT': b'221 bye\r\n'}.get(word, b'250 taken\r\n'))
    client.close()
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()
P
: >subjects
background python3 mail.py "$mail"
until_true listens "$mail"
cat >plain.yml <<C
global: { smtp_smarthost: '127.0.0.1:$mail', smtp_from: alerts@example.org, smtp_require_tls: false }
route: { receiver: both, group_by: [alertname], group_wait: 1s, group_interval: 2s }
receivers:
  - name: both
    webhook_configs: [{ url: 'http://127.0.0.1:$receiver/hook' }]
    email_configs: [{ to: admins@example.org }]
C
sed 's/{ to: admins@example.org }/{ to: admins@example.org, send_resolved: true }/' plain.yml >both.yml
ended() { grep -q '"status":"resolved"' told; }
through() { # NAME: an alert begins and ends; what the mail server was sent
  : >subjects
  : >told
  start_alertmanager "$1.yml"
  alert DefsStale
  until_true test -s told
  sleep 1
  alert DefsStale --end="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  until_true ended
  sleep 2
  kill "${started[-1]}"
  rm -rf alertmanager
  sed 's/Subject: \[\([A-Z]*\).*/\1/' subjects | paste -sd' '
}
seen 'mails' FIRING "$(through plain)"
seen 'what the webhook was told' 'firing resolved' "$(grep -o '"status":"[a-z]*","alerts"' told | cut -d'"' -f4 | paste -sd' ')"
seen 'mails with send_resolved' 'FIRING RESOLVED' "$(through both)"
the_end
