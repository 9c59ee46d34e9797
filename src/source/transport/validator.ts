/** The header that makes a request be answered with 304 while a file still has this validator. */
export function conditionFor(validator: string): Record<string, string> {
  const condition = conditionOf(validator)
  return validator.startsWith('"') ? { 'if-none-match': condition } : { 'if-modified-since': condition }
}

/** What a server knows a validator by: the ETag, or the time without the size that we put behind it. */
export function conditionOf(validator: string): string {
  return validator.startsWith('"') ? validator : validator.slice(0, validator.lastIndexOf(';'))
}
