import { unsafeCharacters } from '../../text/plain-text.ts'

/** Markup that is safe to send: only {@link html} makes it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template; null, undefined and false stand for nothing. */
export type Child = Html | string | number | null | undefined | false | readonly Child[]

/**
 * Markup from a template. Whatever is put in is escaped unless it is markup itself, so text from afar stays text,
 * between tags and in quoted attributes, and characters that disguise it are visible.
 */
export function html(parts: TemplateStringsArray, ...children: readonly Child[]): Html {
  let text = parts[0] ?? ''
  for (const [index, child] of children.entries()) text += textOf(child) + (parts[index + 1] ?? '')
  return new Html(text)
}

function textOf(child: Child): string {
  if (child instanceof Html) return child.text
  if (Array.isArray(child)) return child.map(textOf).join('')
  return child === null || child === undefined || child === false ? '' : escapeText(String(child))
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => escapes[character] ?? '')
}

/** Text for people with such characters made visible. */
export function plain(text: string): string {
  return text.replace(unsafeCharacters, (character) =>
    character === '\t' || character === '\n'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
