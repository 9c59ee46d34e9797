/** What a name in a file of definitions does. */
export type NameKind = 'detection' | 'allowed' | 'ignored'

/** How the lines of a file name their signatures. */
export interface LineForm {
  readonly kind: NameKind
  /** The byte between two fields. */
  readonly separator: number
  /** Which field holds the name, from 0. */
  readonly field: number
}

/** How the names in a file are found: line by line, or as the rules of an engine. */
export type SignatureFile = LineForm | { readonly rules: 'suricata' | 'yara' }

const colon = ':'.charCodeAt(0)
const semicolon = ';'.charCodeAt(0)
const equals = '='.charCodeAt(0)

const form = (field: number, separator = colon, kind: NameKind = 'detection'): LineForm => ({
  kind,
  separator,
  field,
})

const byHash = form(2)
const byName = form(0)
const byLogic = form(0, semicolon)

// ClamAV's manual, "Creating signatures for ClamAV". The endings with `u` hold possibly unwanted programs. Endings that
// are not here name nothing (.wdb, .pdb, .gdb, .ftm, .cfg, .crb, .pwdb, .info): their files are compared as files.
const endings: ReadonlyMap<string, SignatureFile> = new Map<string, SignatureFile>([
  ...['hdb', 'hsb', 'hdu', 'hsu', 'mdb', 'msb', 'mdu', 'msu', 'imp'].map((one) => [one, byHash] as const),
  ...['ndb', 'ndu', 'sdb', 'cdb', 'zmd', 'rmd'].map((one) => [one, byName] as const),
  ...['ldb', 'ldu'].map((one) => [one, byLogic] as const),
  ['db', form(0, equals)],
  ...['fp', 'sfp'].map((one) => [one, form(2, colon, 'allowed')] as const),
  ['ign2', form(0, colon, 'ignored')],
  ['ign', form(2, colon, 'ignored')],
  ...['yar', 'yara'].map((one) => [one, { rules: 'yara' }] as const),
  ['rules', { rules: 'suricata' }],
])

/** What is known of the names in a file by its ending; null when it is only known as a file. */
export function signatureFile(name: string): SignatureFile | null {
  const ending = /\.([^./]+)$/.exec(name)?.[1]
  return (ending && endings.get(ending.toLowerCase())) || null
}

/** Whether a file is a container of ClamAV, whose members are read in its place. */
export function isDatabase(name: string): boolean {
  return /\.(?:cvd|cld|cud)$/i.test(name)
}
