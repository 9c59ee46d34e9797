import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DefsError } from '../../error.ts'

/** Names of clients by the SHA-256 of their token. */
export type Tokens = ReadonlyMap<string, string>

/**
 * Reads a file of hashed tokens: `<sha256> <name>` a line, `#` before comments. The tokens themselves are nowhere.
 * @throws CONFIG_INVALID for a file that cannot be read, a line of another form, or no token at all
 */
export async function readTokens(path: string): Promise<Tokens> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DefsError('CONFIG_INVALID', `cannot read the tokens ${path}: check serve.tokens`, {
      path,
      cause,
    })
  })
  const tokens = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const match = /^([0-9a-f]{64})\s+(\S.*)$/i.exec(line.trim())
    if (!match) {
      throw new DefsError(
        'CONFIG_INVALID',
        `${path}, line ${index + 1}: write '<sha256 of the token> <name>'`,
        { path },
      )
    }
    tokens.set((match[1] ?? '').toLowerCase(), match[2] ?? '')
  }
  if (tokens.size > 0) return tokens
  throw new DefsError('CONFIG_INVALID', `${path} holds no token: nobody could read anything`, { path })
}

/** Who a request is from: a bearer token, or the password of a Basic login; null for nobody. */
export function clientOf(authorization: string | undefined, tokens: Tokens): string | null {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ')
  const token = scheme.toLowerCase() === 'bearer' ? value : passwordOf(scheme, value)
  // Looked up by its hash, so that timing tells nothing of the tokens there are.
  return token === '' ? null : (tokens.get(createHash('sha256').update(token).digest('hex')) ?? null)
}

function passwordOf(scheme: string, value: string): string {
  if (scheme.toLowerCase() !== 'basic') return ''
  const login = Buffer.from(value, 'base64').toString()
  const colon = login.indexOf(':')
  return colon < 0 ? '' : login.slice(colon + 1)
}
