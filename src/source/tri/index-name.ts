import { DefsError } from '../../error.ts'
import { isPlainName } from '../package/plain-name.ts'

/** What one update index is about. */
export interface IndexSubject {
  readonly product: string
  readonly version: string
  readonly language: string
}

/** The index of everything, for servers without small indexes. */
export const bigIndex = 'livetri.zip'

/**
 * The name of a small index: `<product>_<version>_<language>_livetri.zip`, lower case, a space as `$20`
 * (domain.md 2.1). `$` itself is written `$24`, our decision, so that no two names meet.
 * @throws CONFIG_INVALID for a part that cannot stand in a file name
 */
export function indexName(subject: IndexSubject): string {
  const { product, version, language } = subject
  return `${encodePart(product)}_${encodePart(version)}_${encodePart(language)}_${bigIndex}`
}

function encodePart(part: string): string {
  if (isPlainName(part)) return part.toLowerCase().replaceAll('$', '$24').replaceAll(' ', '$20')
  throw new DefsError(
    'CONFIG_INVALID',
    `'${part}' cannot be part of an index name: product, version and language are plain names`,
  )
}
