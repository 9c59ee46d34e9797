/** Folders of a published tree that are no channels. */
const reserved = new Set(['metadata'])

/** Whether a text can name a channel of the internal server: it is a folder in an address. */
export function isChannelName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text) && !reserved.has(text)
}
