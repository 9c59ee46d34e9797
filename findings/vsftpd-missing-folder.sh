#!/bin/bash
# vsftpd: a listing of a folder that is not there. Seen with vsftpd 3.0.3 (Debian 12), basic-ftp 6.2.3.
#
# Guess: 550, as ProFTPD and Pure-FTPd answer.
# Behaviour: success (226) and an empty list; `client.list('none')` of basic-ftp resolves with []. A mistyped folder
#   cannot be told from one in which nothing is published; only CWD answers 550.
# Output: LIST: 226 and 0 lines; CWD: 550.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian vsftpd 3.0.3-13+b2
packages basic-ftp@6.2.3

mkdir -p data/empty
start_vsftpd "$T/data"
cat >client.js <<'J'
import { Client } from 'basic-ftp'

const client = new Client(10_000)
await client.access({ host: '127.0.0.1', port: Number(process.argv[2]) })
const said = async (work) => {
  try {
    return JSON.stringify(await work())
  } catch (error) {
    return String(error.code)
  }
}
console.log(await said(() => client.list('empty')), await said(() => client.list('none')), await said(() => client.cd('none')))
client.close()
J
seen 'an empty folder, none, CWD none' '[] [] 550' "$(node client.js "$port")"
the_end
