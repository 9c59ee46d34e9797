// One word that is the same everywhere it is written.
const userName = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

/** Whether a text may be the name of a user. */
export function isUserName(text: string): boolean {
  return userName.test(text)
}
