#!/bin/bash
# rspamd's antivirus module: what of a mail clamd is asked about. Seen with rspamd 3.4, clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the whole mail, or each of its parts, so that what clamd finds in the file of the mail rspamd finds as well.
# Behaviour: only attachments, and not those of a type `image/*`. A signature for mails (target 4), for a header, for the
#   text or for the HTML of a mail finds nothing, as most of the lists against phishing have them; no symbol and no line in
#   the log tells of it. `scan_image_mime = true` adds the images, `scan_text_mime = true` changes nothing for a body of text
#   or HTML. With `scan_mime_parts = false` the mail is handed over as it is, and everything is found.
# Output: clamd finds something in all six mails. rspamd refuses those with an attachment by default, the image as well with
#   both switches, and all six when the mail is handed over whole.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/rspamd.sh"

mkdir db mails
printf 'hello definition' >sample
base64 -d >image.png <<'P' # one grey pixel
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg==
P
for name in sample image.png; do echo "$(md5sum <$name | cut -d' ' -f1):$(stat -c %s $name):${name%.png}"; done >db/files.hdb
printf '%s\n' "text:0:*:$(printf 'wanted words' | od -An -tx1 | tr -d ' ')" \
  "header:4:*:$(printf 'Subject: wanted subject' | od -An -tx1 | tr -d ' \n')" >db/texts.ndb
# mail NAME SUBJECT TYPE LINE...
mail() {
  printf '%s\n' 'From: a@a.example' "Subject: $2" 'MIME-Version: 1.0' "Content-Type: $3" "${@:4}" >"mails/$1"
}
file=('Content-Disposition: attachment; filename=a.dat' 'Content-Transfer-Encoding: base64' '')
mail attachment subject application/octet-stream "${file[@]}" "$(base64 sample)"
mail attached-text subject text/plain "${file[@]:0:1}" '' 'here are the wanted words'
mail header 'wanted subject' text/plain '' hello
mail html subject text/html '' '<p>here are the wanted words</p>'
mail image subject image/png "${file[@]}" "$(base64 image.png)"
mail text subject text/plain '' 'here are the wanted words'
start_clamd 'SelfCheck 0'
# refused OPTION: the names of the mails that rspamd rejects.
refused() {
  local name
  start_rspamd "antivirus { clam { type = \"clamav\"; servers = \"$T/socket\"; symbol = \"CLAM\"; action = \"reject\"; $1 } }"
  for name in mails/*; do [ "$(verdict "$name")" = reject ] && echo "${name#mails/}"; done | paste -sd' '
  kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
}
found() {
  local name
  for name in mails/*; do [[ "$(scan "$name")" = *' FOUND' ]] && echo "${name#mails/}"; done | paste -sd' '
}
all='attached-text attachment header html image text'
seen 'clamd finds' "$all" "$(found)"
seen 'rspamd, as it is' 'attached-text attachment' "$(refused '')"
seen 'with both switches' 'attached-text attachment image' "$(refused 'scan_image_mime = true; scan_text_mime = true;')"
seen 'the mail as it is' "$all" "$(refused 'scan_mime_parts = false;')"
the_end
