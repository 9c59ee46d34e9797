/** Who a mail is from. */
export interface MailSender {
  readonly name: string
  readonly address: string
}

/**
 * Reads the sender of mails: `Name <name@host>`, an address, or free text, which then stands before the usual address.
 * @param text null for the usual sender
 * @param usual the name of the product, and an address of this machine
 * @returns what is wrong, as text
 */
export function readSender(text: string | null, usual: MailSender): MailSender | string {
  if (text === null) return usual
  const [, name = '', inside] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? []
  const address = inside?.trim() ?? text.trim()
  if (inside === undefined && !address.includes('@')) return { name: address, address: usual.address }
  if (!isMailAddress(address)) {
    return `'${text}' is no sender: write name@host, Name <name@host> or a name alone`
  }
  return { name: name.trim().replace(/^"(.*)"$/, '$1') || usual.name, address }
}

/** Whether a text is one plain address. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\]",;:\\]+@[^\s@<>()[\]",;:\\]+$/.test(text)
}
