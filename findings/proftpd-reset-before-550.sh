#!/bin/bash
# ProFTPD and basic-ftp: a file that is not there. Seen with proftpd-core 1.3.8 (Debian 12), basic-ftp 6.2.3.
#
# Guess: the client gets the 550, an FTPError with code 550, as from vsftpd and Pure-FTPd.
# Behaviour: ProFTPD resets the data connection it had already accepted and says 550 on the other connection a moment
#   later. basic-ftp takes the reset first, closes everything, and the caller sees ECONNRESET: "not there" looks like a
#   line that broke. Whoever retries retries for ever; whoever takes only 550 for absent never finds an optional file
#   absent. SIZE on a new login gives the 550.
# Output: "ECONNRESET" where 550 was expected.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian proftpd-core 1.3.8+dfsg-4+deb12u5
packages basic-ftp@6.2.3

mkdir data && echo text >data/here.txt
start_proftpd "$T/data"
cat >client.js <<'J'
import { Writable } from 'node:stream'
import { Client } from 'basic-ftp'

async function tried(work) {
  const client = new Client(10_000)
  try {
    await client.access({ host: '127.0.0.1', port: Number(process.argv[2]) })
    await work(client)
    return 'done'
  } catch (error) {
    return String(error.code)
  } finally {
    client.close()
  }
}
const nowhere = () => new Writable({ write: (_, __, done) => done() })
const name = process.argv[3]
console.log(await tried(process.argv[4] === 'size' ? (c) => c.size(name) : (c) => c.downloadTo(nowhere(), name)))
J
seen 'a file that is there' 'done' "$(node client.js "$port" here.txt)"
seen 'one that is not' 'ECONNRESET' "$(node client.js "$port" none.txt)"
seen 'its SIZE' '550' "$(node client.js "$port" none.txt size)"
the_end
