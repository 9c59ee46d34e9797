import type { Entry, Served } from './tree.ts'

/** How the server behaves; every field may be changed while it runs. */
export interface FtpBehaviour {
  files: Served
  /** Key and certificate in PEM: AUTH TLS is offered, or asked from the first byte when `implicit`. */
  tls?: { readonly key: string; readonly cert: string }
  implicit?: boolean
  /** The only login that is let in; without it anybody is. */
  login?: { readonly username: string; readonly password: string }
  noMlsd?: boolean
  noSize?: boolean
  noMdtm?: boolean
  noRest?: boolean
  noEpsv?: boolean
  /** The data connection is cut after so many bytes, with a 426. */
  cutAfter?: number
  /** The same, but without any reply on the control connection. */
  cutSilently?: boolean
  /** The data connection falls silent after so many bytes. */
  stallAfter?: number
  /** The host that PASV names, instead of 127.0.0.1. */
  pasvHost?: string
  /** Fixed replies by verb (`RETR`), or `GREETING`; null closes the connection. */
  replies?: Record<string, string | null | undefined>
}

/** A time as MDTM and MLSD write it. */
export function stamp(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')
}

/** A line of MLSD. */
export function mlsdLine(entry: Entry): string {
  const facts = entry.folder ? 'type=dir;' : `type=file;size=${entry.bytes};`
  return `${facts}modify=${stamp(entry.modified)}; ${entry.name}`
}

/** A line of LIST as Unix servers write it. */
export function unixLine(entry: Entry): string {
  const mode = entry.folder ? 'drwxr-xr-x' : '-rw-r--r--'
  return `${mode}    1 ftp      ftp      ${String(entry.bytes).padStart(12)} Nov 21  2026 ${entry.name}`
}
