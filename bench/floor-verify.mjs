import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

// The floor of `defs verify`: the files of a set are hashed by two threads, and nothing is proved or compared.
// node bench/floor-verify.mjs FOLDER

// It begins where a page does: some processors copy files there in a quarter of the time.
const bytes = 128 * 1024
const room = Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }))

const digest = (path) => {
  const sum = createHash('sha256')
  const file = openSync(path, 'r')
  for (let read = readSync(file, room); read > 0; read = readSync(file, room))
    sum.update(room.subarray(0, read))
  closeSync(file)
  return sum.digest('hex')
}

if (isMainThread) {
  const folder = process.argv[2]
  const paths = readdirSync(folder).map((name) => join(folder, name))
  const queue = paths.sort((a, b) => statSync(b).size - statSync(a).size)
  const other = new Worker(new URL(import.meta.url))
  const next = () => (queue.length > 0 ? other.postMessage(queue.shift()) : other.unref())
  other.on('message', next)
  next()
  for (let path = queue.shift(); path; path = queue.shift()) {
    digest(path)
    // The other thread's answers get their turn.
    await new Promise(setImmediate)
  }
} else {
  parentPort.on('message', (path) => parentPort.postMessage(digest(path)))
}
