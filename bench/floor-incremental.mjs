import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

// The unavoidable work of an incremental update and nothing else: fetch and hash the package; read and hash every file of
// the base, write and hash the result, flush. On two threads, each base read once; the patches themselves are left out, so
// that every file is written as it was. node floor-incremental.mjs URL BASE FOLDER

if (isMainThread) {
  const [url, base, folder] = process.argv.slice(2)
  const names = readdirSync(base)
    .map((name) => ({ name, bytes: statSync(join(base, name)).size }))
    .sort((a, b) => b.bytes - a.bytes)
  const [mine, others] = [[], []]
  for (const { name, bytes } of names) {
    const less = sumOf(mine) <= sumOf(others) ? mine : others
    less.push({ name, bytes })
  }
  const other = new Worker(new URL(import.meta.url), { workerData: { base, folder, names: others } })
  const ended = new Promise((resolve, reject) => other.on('exit', resolve).on('error', reject))
  const sum = createHash('sha256')
  const answer = await new Promise((resolve, reject) => get(url, resolve).on('error', reject))
  for await (const chunk of answer) sum.update(chunk)
  sum.digest()
  work({ base, folder, names: mine })
  await ended
} else work(workerData)

function sumOf(files) {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function work({ base, folder, names }) {
  const piece = Buffer.allocUnsafe(1 << 20)
  for (const { name } of names) {
    const [before, after] = [createHash('sha256'), createHash('sha256')]
    const from = openSync(join(base, name), 'r')
    const to = openSync(join(folder, name), 'wx')
    for (let length = readSync(from, piece); length > 0; length = readSync(from, piece)) {
      before.update(piece.subarray(0, length))
      writeSync(to, piece, 0, length)
      after.update(piece.subarray(0, length))
    }
    before.digest()
    after.digest()
    fsyncSync(to)
    for (const file of [from, to]) closeSync(file)
  }
}
