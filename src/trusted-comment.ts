/**
 * The moment a minisign signature was made, in seconds since 1970: `timestamp:` of its trusted comment. Null when
 * there is none, or more than one to choose from.
 */
export function timestampOf(comment: string): number | null {
  const [first, second] = [...comment.matchAll(/(?<=^|\s)timestamp:(\d{1,12})(?=\s|$)/g)]
  return first && !second ? Number(first[1]) : null
}
