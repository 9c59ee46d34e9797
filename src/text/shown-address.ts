/**
 * An address as it may be printed, without what is often a key: what stands behind `?`, and a part of its path that is as
 * long as one (providers of lists give each subscriber a folder of that kind).
 */
export function shownUrl(url: URL): string {
  const shown = new URL(url)
  shown.pathname = shown.pathname
    .split('/')
    .map((part) => (keyLike.test(part) ? '...' : part))
    .join('/')
  if (url.search === '') return shown.href
  shown.search = ''
  shown.hash = ''
  return `${shown.href}?...${url.hash}`
}

// Names of folders with a number in them are shorter, or are words with something between.
const keyLike = /^(?=.*\d)(?:[a-z\d]{16,}|(?=.*[a-z])[\w-]{32,})$/i

/** A text with the addresses in it as they may be printed, without their logins as well. */
export function shownText(text: string): string {
  // Nearly all text names none, and to look is quicker.
  if (!text.includes('://')) return text
  return text.replace(/\b(?:https?|ftps?|wss?|nats|tls|tcp):\/\/[^\s"'<>]+/gi, (address) => {
    if (!URL.canParse(address)) return address
    const url = new URL(address)
    if (url.username === '' && url.password === '' && url.search === '' && shownUrl(url) === url.href)
      return address
    url.username = ''
    url.password = ''
    return shownUrl(url)
  })
}
