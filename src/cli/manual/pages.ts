import type { CommandOutline } from '../completion/outline.ts'
import { configurationPage } from './configuration-page.ts'
import { programPage } from './program-page.ts'

/** What a page is made from. */
export interface Manuscript {
  readonly program: CommandOutline
  /** Of `defs` itself. */
  readonly version: string
}

/** The pages of the manual, by the name of their file. */
export type Page = 'defs.1' | 'defs.yaml.5'

/** Makes each page, as roff for `man`. */
export const pages = {
  'defs.1': programPage,
  'defs.yaml.5': ({ version }) => configurationPage(version),
} satisfies Record<Page, (manuscript: Manuscript) => string>
