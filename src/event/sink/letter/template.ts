/** The metatags of a template. */
export const metatags = [
  'SUBJECT',
  'TEXT',
  'MESSAGE',
  'ID',
  'NAME',
  'LEVEL',
  'SET',
  'PATH',
  'SOURCE',
  'CODE',
  'REASON',
  'COUNT',
  'TIME',
  'HOST',
  'CAUSE',
  'ACTION',
] as const

/** One of {@link metatags}. */
export type Metatag = (typeof metatags)[number]

type Piece = { readonly text: string } | { readonly tag: Metatag }

/**
 * What is wrong with a template; null when nothing is. Every `[` begins a metatag, `[[` stands for the bracket
 * itself: so no misspelt tag goes out as plain text.
 */
export function templateProblem(template: string): string | null {
  const pieces = readTemplate(template)
  return typeof pieces === 'string' ? pieces : null
}

/** A template with its metatags filled in, in one pass: a value that looks like a tag stays as it is. */
export function fillIn(template: string, values: Readonly<Record<Metatag, string>>): string {
  const pieces = readTemplate(template)
  if (typeof pieces === 'string') return template
  return pieces.map((piece) => ('tag' in piece ? values[piece.tag] : piece.text)).join('')
}

function readTemplate(template: string): Piece[] | string {
  const pieces: Piece[] = []
  for (const [part] of template.matchAll(/\[\[|\[([^[\]]*)\]|\[|[^[]+/g)) {
    if (part === '[[') pieces.push({ text: '[' })
    else if (!part.startsWith('[')) pieces.push({ text: part })
    else {
      const tag = metatags.find((known) => `[${known}]` === part)
      if (tag === undefined) return unknown(part)
      pieces.push({ tag })
    }
  }
  return pieces
}

function unknown(part: string): string {
  const known = metatags.map((tag) => `[${tag}]`).join(' ')
  return `has ${part.slice(0, 40)}, which is no metatag: use ${known}, and [[ for a bracket`
}
