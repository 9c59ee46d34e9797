import { connect } from 'node:net'

/**
 * Reads files over HTTP/1.1 for ten thousand hosts in one process: a few connections that stay, one request after the
 * other on each. Node's own client costs this process as much as all else that a simulated host does.
 */
export class Reader {
  #port
  #free = []
  #waiting = []
  #open = 0
  #most

  constructor(port, most = 100) {
    this.#port = port
    this.#most = most
  }

  /** The bytes of a file; null for anything but 200. */
  read(path) {
    return new Promise((resolve, reject) => {
      const job = { path, resolve, reject }
      const line = this.#free.pop() ?? (this.#open < this.#most ? this.#connect() : null)
      if (line === null) this.#waiting.push(job)
      else this.#ask(line, job)
    })
  }

  close() {
    for (const { socket } of this.#free) socket.destroy()
  }

  #connect() {
    this.#open += 1
    const line = { socket: connect(this.#port, '127.0.0.1'), job: null, got: Buffer.alloc(0) }
    line.socket.setNoDelay(true)
    line.socket.on('data', (bytes) => {
      line.got = line.got.length === 0 ? bytes : Buffer.concat([line.got, bytes])
      this.#take(line)
    })
    const gone = (error) => {
      if (line.gone) return
      line.gone = true
      this.#open -= 1
      this.#free = this.#free.filter((one) => one !== line)
      const { job } = line
      // nginx closes a connection after a thousand requests.
      if (job && !error) this.#again(job)
      else job?.reject(error)
    }
    line.socket.on('error', gone)
    line.socket.on('close', () => gone())
    return line
  }

  #ask(line, job) {
    line.job = job
    line.socket.write(`GET /${job.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  }

  #take(line) {
    const end = line.got.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = line.got.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    const from = end + 4
    if (line.got.length < from + length) return
    const body = Buffer.from(line.got.subarray(from, from + length))
    line.got = line.got.subarray(from + length)
    const { job } = line
    line.job = null
    const next = this.#waiting.shift()
    if (/\r\nconnection: *close/i.test(head)) {
      line.socket.destroy()
      if (next) this.#again(next)
    } else if (next) this.#ask(line, next)
    else this.#free.push(line)
    job.resolve(/^HTTP\/1\.1 200 /.test(head) ? body : null)
  }

  #again(job) {
    void this.read(job.path).then(job.resolve, job.reject)
  }
}
