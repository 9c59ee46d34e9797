/** Text as it stands in a page of the manual: nothing in it is a request or an escape. */
export function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/[^\n -~]/gu, (sign) => `\\[u${code(sign)}]`)
    .replace(/^\./gm, '\\&.')
}

/** The same with the `code` of Markdown in bold. */
export function prose(text: string): string {
  const parts = text.replaceAll(/\s+/g, ' ').split('`')
  return parts.map((part, index) => (index % 2 === 1 ? bold(part) : plain(part))).join('')
}

/** Text in bold, as what is typed. */
export function bold(text: string): string {
  return text === '' ? '' : `\\fB${plain(text)}\\fR`
}

/** A heading, in capitals as pages of the manual have them. */
export function section(title: string): string {
  return `.SH ${quoted(title.toUpperCase())}`
}

/** A heading below one. */
export function subsection(title: string): string {
  return `.SS ${quoted(title)}`
}

/** Paragraphs. */
export function paragraphs(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => ['.PP', prose(text)])
}

/** A term, as roff, and paragraphs about it. */
export function term(label: string, ...texts: readonly string[]): string[] {
  const [first = '', ...further] = texts.filter((text) => text !== '')
  return ['.TP', label, prose(first) || '\\&', ...further.flatMap((text) => ['.br', prose(text)])]
}

/** Lines as they are typed. */
export function verbatim(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => plain(line) || '\\&'), '.fi', '.RE']
}

/** The lines that begin a page. They bear no date: the same grammar makes the same page. */
export function header(name: string, part: number, version: string): string[] {
  return [`.TH ${quoted(name)} ${part} "" ${quoted(`defs ${version}`)} "defs"`, '.nh', '.ad l']
}

function quoted(text: string): string {
  return `"${plain(text).replaceAll('"', '\\(dq')}"`
}

function code(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
