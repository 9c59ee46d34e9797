import { createCipheriv } from 'node:crypto'

const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'noise'), Buffer.alloc(16))

/** The next `bytes` bytes of a stream that does not compress and is the same in every run of a test file. */
export function noise(bytes: number): Buffer {
  return stream.update(Buffer.alloc(bytes))
}
