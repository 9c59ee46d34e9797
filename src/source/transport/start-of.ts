/** The first bytes of a body, which ends the transfer once they are here. Fewer when there are no more. */
export async function startOf(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop destroys the body.
    if (bytes >= limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit)
}
