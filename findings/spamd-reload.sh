#!/bin/bash
# spamd: what HUP does, and what spamc says without spamd. Seen with spamd and spamc 4.0.1 (Debian 12).
#
# Guess: after HUP spamd reads its rules anew and keeps those of before where they cannot be read; without spamd spamc
#   ends with an error, so that the mail is kept back.
# Behaviour: HUP closes the socket and starts the program anew, so that nobody listens until all rules are read, which
#   takes seconds. Where the folder of the site is not there, as behind a link that leads nowhere, spamd has no plugin
#   that scans and ends. spamc tries three times, then puts out the mail as it came, status 0 (`-x` makes it an error).
# Output: OWN; after HUP nobody listens for a moment, then OWN; after HUP with the link gone no spamd, and from spamc the
#   same bytes and 0; 69 with -x.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
. "$here/lib/spamassassin.sh"

printf '%s\n' 'From: a@a.example' 'Subject: text' '' hello >mail
mkdir set
cp /etc/spamassassin/*.pre set
printf '%s\n' 'body OWN /hello/' 'score OWN 3' >set/rules.cf
ln -s set current
port=$(free_port)
spamd -L -x -u nobody -m 1 -i 127.0.0.1 -p "$port" --siteconfigpath "$T/current" -s "$T/spamd.log" >spamd.out 2>&1 &
spamd=$!
started+=("$spamd")
until_true listens "$port"
ask() { spamc -d 127.0.0.1 -p "$port" "$@" <mail; }
own() { ask -y | tr , '\n' | grep -x OWN; }
deaf() { ! listens "$port"; }
seen 'at first' OWN "$(own)"
kill -HUP "$spamd"
until_true deaf
until_true listens "$port"
seen 'after HUP and a moment without a socket' OWN "$(own)"
ln -s nowhere new && mv -T new current
kill -HUP "$spamd"
wait "$spamd"
seen 'after HUP with the link gone, is there a spamd' no "$(deaf && echo no)"
ask >answer 2>/dev/null
seen 'spamc then' '0 same bytes' "$? $(cmp -s mail answer && echo 'same bytes')"
ask -x >answer 2>/dev/null
seen 'spamc -x then' 69 $?
the_end
