import { fstatSync, statSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import type { Output } from './world.ts'

/**
 * Where the process prints to. A terminal is Node's own stream; a file or a pipe is written to straight, since to
 * load what stands behind that stream takes as long as a short command runs.
 * @param stream opens Node's stream, which is done only when it is needed
 */
export function openOutput(fd: 1 | 2, stream: () => NodeJS.WriteStream): Output {
  if (process.platform === 'win32' || mayBeTerminal(fd)) return stream()
  let failed: (error: Error) => void = () => undefined
  let rest: NodeJS.WriteStream | null = null
  return {
    on(_, listener) {
      failed = listener
    },
    write(text) {
      if (rest) return rest.write(text)
      const bytes = Buffer.from(text)
      let done = 0
      try {
        while (done < bytes.length) done += writeSync(fd, bytes, done)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        if (!('code' in error) || error.code !== 'EAGAIN') return failed(error)
        // Somebody has made the pipe one that does not wait for its reader: only an event loop can.
        rest = stream()
        rest.on('error', failed).write(bytes.subarray(done))
      }
    },
  }
}

function mayBeTerminal(fd: number): boolean {
  const status = fstatSync(fd)
  return status.isCharacterDevice() && status.rdev !== statSync(devNull).rdev
}
