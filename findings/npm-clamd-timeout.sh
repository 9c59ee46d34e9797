#!/bin/bash
# clamscan and clamdjs (npm): a clamd that says nothing for a while, as it does during a reload that is not concurrent. Seen
# with clamscan 2.4.0, clamdjs 1.0.2 and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the `timeout` that both take bounds the wait, and with `localFallback: true` clamscan scans by the program then.
# Behaviour: isInfected and scanStream of clamscan wait without a bound and fall back to nothing: nobody listens to the
#   timeout of their socket. clamdjs gives a scan up in time, and calls that a timeout of connecting; its ping waits without
#   a bound.
# Output: "waits" after five times the timeout; "Timeout connecting to server" from a scan by clamdjs.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
packages clamscan@2.4.0 clamdjs@1.0.2
mkdir db && printf 'hello definition\n' >sample
echo "$(md5sum <sample | cut -c1-32):17:Example.Name" >db/list.hdb
port=$(free_port)
start_clamd "TCPSocket $port" 'TCPAddr 127.0.0.1'
cat >ask.js <<'J'
import { createReadStream, existsSync, writeFileSync } from 'node:fs'
import NodeClam from 'clamscan'
import clamdjs from 'clamdjs'
const [port, sample, socket, program] = process.argv.slice(2)
const timeout = 1000
const clam = await new NodeClam().init({
  clamscan: { path: program },
  clamdscan: { socket, timeout, localFallback: true, path: false },
})
const questions = {
  isInfected: () => clam.isInfected(sample).then((answer) => answer.isInfected),
  scanStream: () => clam.scanStream(createReadStream(sample)).then((answer) => answer.isInfected),
  'clamdjs scan': () => clamdjs.createScanner('127.0.0.1', port).scanFile(sample, timeout).then((answer) => answer.includes('FOUND')),
  'clamdjs ping': () => clamdjs.ping('127.0.0.1', port, timeout),
}
async function ask(part) {
  const asked = Object.entries(questions).map(([name, question]) => {
    const answer = question().catch((error) => error.message)
    const bound = new Promise((resolve) => setTimeout(resolve, 5 * timeout, 'waits'))
    return Promise.race([answer, bound]).then((said) => [name, said])
  })
  writeFileSync(part, (await Promise.all(asked)).map(([name, said]) => `${name}: ${said}\n`).join(''))
}
await ask('before')
while (!existsSync('stopped')) await new Promise((resolve) => setTimeout(resolve, 50))
await ask('silent')
process.exit(0)
J
background node ask.js "$port" "$T/sample" "$T/socket" "$(command -v clamscan)" >asked.log 2>&1
until_true test -s before
clamd=$(pgrep -x clamd -P "${started[0]}")
kill -STOP "$clamd"
touch stopped
until_true test -s silent
kill -CONT "$clamd"
said() { sed -n "s/^$2: //p" "$1"; }
for question in isInfected scanStream 'clamdjs scan' 'clamdjs ping'; do
  seen "$question while clamd answers" true "$(said before "$question")"
done
for question in isInfected scanStream 'clamdjs ping'; do
  seen "$question while it does not" waits "$(said silent "$question")"
done
seen 'clamdjs scan while it does not' 'Timeout connecting to server' "$(said silent 'clamdjs scan')"
the_end
