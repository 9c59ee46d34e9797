import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const output = fileURLToPath(new URL('../../dist/cli/environment.js', import.meta.url))
const text = 'a line with an umlaut: \u00fc\n'.repeat(100_000)

/** A program that prints the text, 2.6 MB, and says on stderr what went wrong and which parts of Node it loaded. */
const program = `
const { openOutput } = await import(${JSON.stringify(output)})
const stdout = openOutput(1, () => process.stdout)
stdout.on('error', (error) => console.error(error.code))
stdout.write('a line with an umlaut: \\u00fc\\n'.repeat(100_000))
if (process.argv[1] === 'loaded') console.error(process.moduleLoadList.includes('NativeModule net'))
`
const node = ['--input-type=module', '-e', program]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-output-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('what the process prints to', () => {
  it('is a file that gets every byte', () => {
    const file = join(folder, 'out')
    const to = openSync(file, 'w')
    const { stderr } = spawnSync(process.execPath, node, { stdio: ['ignore', to, 'pipe'], encoding: 'utf8' })
    closeSync(to)
    expect([stderr, readFileSync(file, 'utf8') === text]).toEqual(['', true])
  })

  it('is a pipe that gets every byte, though its reader is slow', async () => {
    const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] })
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => {
      pieces.push(piece)
      child.stdout.pause()
      setTimeout(() => child.stdout.resume(), 1)
    })
    await new Promise((resolve) => child.on('close', resolve))
    expect(Buffer.concat(pieces).toString('utf8') === text).toBe(true)
  })

  it.skipIf(process.platform === 'win32')(
    'is a pipe that somebody has made one that does not wait',
    async () => {
      // Python sets the mode on the pipe itself, which both processes share.
      const script = 'import fcntl,os,sys; fcntl.fcntl(1,4,os.O_NONBLOCK); os.execv(sys.argv[1],sys.argv[1:])'
      const argv = ['-c', script, process.execPath, ...node]
      const child = spawn('python3', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
      const pieces: Buffer[] = []
      await new Promise((resolve) => setTimeout(resolve, 300))
      child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
      await new Promise((resolve) => child.on('close', resolve))
      expect(Buffer.concat(pieces).toString('utf8') === text).toBe(true)
    },
  )

  it.skipIf(process.platform === 'win32')(
    'tells of a disk that is full, and of a reader that has gone',
    () => {
      const run = (to: string) => {
        const command = `exec "$0" "$@" ${to}`
        return spawnSync('bash', ['-c', command, process.execPath, ...node], {
          encoding: 'utf8',
        }).stderr.trim()
      }
      expect(run('> >(exec true)')).toBe('EPIPE')
      expect(run('>/dev/full')).toContain('ENOSPC')
    },
  )

  it.skipIf(process.platform === 'win32')('needs no network library', () => {
    const { stderr } = spawnSync(process.execPath, [...node, 'loaded'], {
      encoding: 'utf8',
      maxBuffer: 1 << 23,
    })
    expect(stderr.trim()).toBe('false')
  })
})
