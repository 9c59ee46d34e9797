#!/bin/bash
# nodemailer: recipients without an @. Seen with nodemailer 10.6.1, Node.js 20.
#
# Guess: `root` goes to the mail server as it is, as with sendmail, or fails the mail.
# Behaviour: it is dropped from envelope and header without a word: of `root, admins@example.org` only the second gets the mail,
#   and `accepted` and `rejected` name nobody else. Of two addresses with a blank between them the second becomes the name that
#   is shown for the first. Only a mail without anybody left is an error.
# Output: admins alone, nobody rejected; a alone, shown as b; "No recipients defined".
. "$(dirname "$0")/lib/setup.sh"
packages nodemailer@10.6.1

cat >server.js <<'J'
import { createServer } from 'node:net'

// Takes every mail, as an SMTP server without extensions does.
createServer((socket) => {
  let waiting = ''
  let data = false
  socket.on('error', () => {})
  socket.write('220 example\r\n')
  socket.on('data', (piece) => {
    waiting += piece
    if (!waiting.endsWith(data ? '\r\n.\r\n' : '\r\n')) return
    data = !data && waiting.startsWith('DATA')
    waiting = ''
    socket.write(data ? '354 go on\r\n' : '250 ok\r\n')
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
J
cat >send.js <<'J'
import nodemailer from 'nodemailer'

const mail = { from: 'defs@example.org', to: JSON.parse(process.argv[3]), subject: 'example', text: 'text' }
try {
  const sent = await nodemailer.createTransport({ host: '127.0.0.1', port: Number(process.argv[2]), ignoreTLS: true }).sendMail(mail)
  const plain = await nodemailer.createTransport({ streamTransport: true, buffer: true }).sendMail(mail)
  console.log(`accepted ${sent.accepted} rejected ${sent.rejected.length} ${/^To: .*$/m.exec(String(plain.message))[0].trim()}`)
} catch (error) {
  console.log(error.message)
}
process.exit()
J
port=$(free_port)
background node server.js "$port"
until_true listens "$port"
only='accepted admins@example.org rejected 0 To: admins@example.org'
seen 'a list of two' "$only" "$(node send.js "$port" '["root", "admins@example.org"]')"
seen 'a line of two' "$only" "$(node send.js "$port" '"root, admins@example.org"')"
seen 'a blank between them' 'accepted a@example.org rejected 0 To: "b@example.org" <a@example.org>' "$(node send.js "$port" '"a@example.org b@example.org"')"
seen 'root alone' 'No recipients defined' "$(node send.js "$port" '"root"')"
the_end
