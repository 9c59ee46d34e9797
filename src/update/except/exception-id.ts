import type { Lineage } from '../../config/lineage.ts'
import { DefsError } from '../../error.ts'
import type { Exception } from '../../hawking/line/exceptions.ts'

/** An exception by what it is for. */
export type ExceptionId = Pick<Exception, 'id' | 'kind'>

/**
 * Reads what an exception is for, in any way in which an engine or an admin writes it: ClamAV reports `Name.UNOFFICIAL`
 * and `YARA.Name.UNOFFICIAL` for what its lists call `Name`; Suricata counts from group 1; a group of rules is the file
 * they stand in, as for suricata-update.
 * @throws USAGE_ARGUMENT for what no set of this lineage can name
 */
export function readExceptionId(typed: string, lineage: Lineage): ExceptionId {
  const text = typed.trim()
  if (!/^[\x20-\x7e]{1,255}$/.test(text))
    throw bad(typed, 'is no name: it is empty, too long, or holds other characters than those of ASCII')
  if (lineage !== 'clamav' && text.includes(' ')) throw bad(typed, 'is no name: it holds blanks')
  switch (lineage) {
    case 'clamav':
      return { kind: 'signature', id: signatureOf(text) }
    case 'suricata':
      return suricataId(text)
    case 'yara':
      return { kind: 'rule', id: ruleOf(text) }
    default:
      throw bad(typed, 'cannot be excepted: such sets are taken whole, as their vendor signed them')
  }
}

function signatureOf(text: string): string {
  const bare = text.replace(/\.UNOFFICIAL$/, '').replace(/^YARA\.(?=.)/, '')
  if (bare === '' || bare.startsWith('#') || bare.includes(':'))
    throw bad(
      text,
      "cannot be excepted: in a list of ignored signatures '#' begins a comment, and what follows a colon is a digest",
    )
  return bare
}

function suricataId(text: string): ExceptionId {
  const [, gid = '1', sid] = /^(?:(\d{1,10}):)?(\d{1,10})$/.exec(text.replace(/^sid:/i, '')) ?? []
  if (sid !== undefined) {
    const number = String(Number(sid))
    return { kind: 'sid', id: Number(gid) === 1 ? number : `${Number(gid)}:${number}` }
  }
  const group = text.replace(/^group:/i, '').replace(/\.rules$/i, '')
  if (!/^[\w.*?+-]+$/.test(group)) throw bad(text, 'is neither a sid nor a group (a file of rules)')
  return { kind: 'group', id: `group:${group}` }
}

function ruleOf(text: string): string {
  const bare = text.replace(/\.UNOFFICIAL$/, '').replace(/^YARA\.(?=.)/, '')
  if (/^[A-Za-z_]\w*$/.test(bare)) return bare
  throw bad(text, 'is no name of a YARA rule')
}

function bad(typed: string, why: string): DefsError {
  return new DefsError('USAGE_ARGUMENT', `'${typed}' ${why}`)
}
