import { Readable, Writable } from 'node:stream'
import { ftpError } from './ftp-error.ts'
import type { Link } from './ftp-session.ts'
import { type Watch, watch } from './ftp-watch.ts'

export interface FtpTransfer {
  readonly path: string
  readonly start: number
  readonly url: string
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly stallTimeout: number
}

/**
 * Starts RETR and resolves once bytes come (or the file is empty). The body ends only when the server has said
 * on the control connection that the transfer is complete: a data connection that just closes proves nothing.
 * Destroying the body closes the control connection too, which is the one sure way to stop a server.
 * @throws what the library throws when the server refuses the file
 */
export async function openBody(link: Link, transfer: FtpTransfer): Promise<Readable> {
  const { client } = link
  const { url, signal, stallTimeout } = transfer
  let proceed: (() => void) | undefined
  let running = true
  let eye: Watch | undefined
  const body = new Readable({
    highWaterMark: 1 << 20,
    read() {
      const next = proceed
      proceed = undefined
      next?.()
    },
    destroy(error, done) {
      eye?.stop()
      if (running) client.close()
      done(error)
    },
  })
  body.on('error', () => {})
  const first = deferred()
  const sink = new Writable({
    write(chunk: Buffer, _encoding, next) {
      first.resolve()
      if (body.push(chunk)) next()
      else proceed = next
    },
  })
  sink.on('error', () => {})
  const done = client.downloadTo(sink, transfer.path, transfer.start)
  done.then(
    () => {
      running = false
      body.push(null)
    },
    (error) => {
      running = false
      body.destroy(eye?.failure() ?? ftpError(error, url, 'work', link.ended()))
    },
  )
  await Promise.race([first.promise, done])
  const paused = () => proceed !== undefined
  if (running) eye = watch(client, { url, signal, within: null, silence: stallTimeout, paused })
  link.hold(body)
  return body
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
