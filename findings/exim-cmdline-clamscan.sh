#!/bin/bash
# exim: `av_scanner = cmdline:` with clamscan. Seen with exim4-daemon-heavy 4.96, clamav 1.4.6 (Debian 12).
#
# Guess: the two patterns decide: what clamscan finds makes `malware = *` true, and the mail is refused with 550.
# Behaviour: every status but 0 is a scanner that failed, and clamscan ends with 1 when it finds something. So what is found
#   is never refused: it is deferred with 451, for as long as the sender tries, and with `defer_ok`, which is there for a
#   scanner that is away, it is accepted. Through a shell that hides the status (`; true`) the patterns decide.
# Output: the sample 451, with defer_ok 250, through a shell 550; a clean mail 250 each time.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian exim4-daemon-heavy 4.96-15+deb12u11
as_installed

for kind in passwd group; do
  cp "/etc/$kind" .
  grep -q ^Debian-exim: "$kind" || echo "Debian-exim:x:65534:$([ "$kind" = group ] || echo '65534::/:/bin/sh')" >>"$kind"
  mount --bind "$kind" "/etc/$kind"
done
mkdir db spool logs
chown nobody spool logs
printf 'hello definition\n' >sample
printf 'hello\n' >clean
echo "$(md5sum <sample | cut -d' ' -f1):17:Example.Sample" >db/example.hdb
clamscan="$(command -v clamscan) --no-summary --database=$T/db %s"
printf '#!/bin/sh\n%s\ntrue\n' "${clamscan/\%s/\"\$1\"}" >quiet
chmod 755 quiet

# answer COMMAND CONDITION FILE: what exim says to a mail with that file.
answer() {
  printf '%s\n' "spool_directory = $T/spool" "log_file_path = $T/logs/%s" 'primary_hostname = b.example' \
    "av_scanner = cmdline:$1:FOUND:([^ ]+) FOUND" 'acl_smtp_rcpt = accept' 'acl_smtp_data = data' 'begin acl' 'data:' \
    "deny malware = $2" 'accept' 'begin routers' 'drop:' 'driver = redirect' 'data = :blackhole:' >exim.conf
  printf '%s\r\n' 'EHLO a.example' 'MAIL FROM:<a@a.example>' 'RCPT TO:<b@b.example>' DATA 'From: a@a.example' 'Subject: text' \
    'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.dat' 'Content-Transfer-Encoding: base64' '' \
    "$(base64 "$3")" . QUIT | exim -C "$T/exim.conf" -bs -oMa 127.0.0.1 2>/dev/null | tail -n 2 | head -n 1 | cut -c1-3
}
for file in sample clean; do
  found() { [ "$file" = clean ] && echo 250 || echo "$1"; }
  seen "$file" "$(found 451)" "$(answer "$clamscan" '*' "$file")"
  seen "$file, defer_ok" 250 "$(answer "$clamscan" '*/defer_ok' "$file")"
  seen "$file, through a shell" "$(found 550)" "$(answer "$T/quiet %s" '*' "$file")"
done
the_end
