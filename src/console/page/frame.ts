import type { Role } from '../session/role.ts'
import { type Child, type Html, html } from './html.ts'

/** The pages, as `data-page` of their body names them. */
export type PageName =
  | 'login'
  | 'status'
  | 'sets'
  | 'set'
  | 'history'
  | 'report'
  | 'alerts'
  | 'fleet'
  | 'rollouts'
  | 'rollout'
  | 'hosts'
  | 'host'
  | 'publish'
  | 'missing'
  | 'refused'

/** Who looks at a page. */
export interface PageReader {
  readonly user: string
  readonly role: Role
  /** Of every form on the page. */
  readonly token: string
  /** Whether a reverse proxy logged them in, and logs them out. */
  readonly proxied: boolean
}

/** How something that was asked for ended. */
export interface PageNotice {
  readonly ok: boolean
  readonly text: string
}

/** What stands around every page. */
export interface Frame {
  readonly page: PageName
  readonly heading: string
  /** Null without a login. */
  readonly reader: PageReader | null
  /** Name of the host or fleet. */
  readonly title: string
  readonly version: string
  /** The kinds of pages there are. */
  readonly parts: { readonly host: boolean; readonly fleet: boolean }
  readonly files: PageFiles
  readonly notices: readonly PageNotice[]
  /** Below the heading in one line. */
  readonly lead?: Child
}

/** Addresses of what a page loads. */
export interface PageFiles {
  readonly style: string
  readonly script: string
  readonly chart: string
  readonly chartStyle: string
}

const hostPages: readonly (readonly [PageName, string, string])[] = [
  ['status', '/', 'Status'],
  ['sets', '/sets', 'Sets'],
  ['history', '/history', 'History'],
  ['report', '/report', 'Report'],
  ['alerts', '/alerts', 'Alerts'],
]

const fleetPages: readonly (readonly [PageName, string, string])[] = [
  ['fleet', '/fleet', 'Fleet'],
  ['rollouts', '/fleet/rollouts', 'Rollouts'],
  ['hosts', '/fleet/hosts', 'Hosts'],
  ['publish', '/publish', 'Publishing'],
]

const above: Partial<Record<PageName, PageName>> = { set: 'sets', rollout: 'rollouts', host: 'hosts' }

/** A whole page. */
export function frame(
  { page, heading, reader, title, version, parts, files, notices, lead }: Frame,
  content: Child,
): string {
  const chart = page === 'status'
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${heading} · ${title} · defs</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${reader && html`<meta name="defs-token" content="${reader.token}">`}
<link rel="icon" type="image/svg+xml" href="/favicon.ico">
${chart && html`<link rel="stylesheet" href="${files.chartStyle}">`}
<link rel="stylesheet" href="${files.style}">
${chart && html`<script src="${files.chart}" defer></script>`}
<script src="${files.script}" defer></script>
</head>
<body data-page="${page}" data-user="${reader?.user}" data-role="${reader?.role}">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="wide">
<a class="brand" href="${parts.host ? '/' : '/fleet'}">${shield}<span>defs</span> <small>${title}</small></a>
${reader && navigation(page, parts)}
${reader && leaving(reader)}
</div>
</header>
<main id="main" tabindex="-1" class="wide">
<div class="heading"><h1>${heading}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
<div class="notices">${notices.map(noticeOf)}</div>
${content}
</main>
<footer class="wide"><span>defs ${version}</span><span>Times are in your zone where the script runs, else in UTC.</span></footer>
</body>
</html>
`.text
}

/** Who is logged in, and the way out; whom a proxy let in would only be let in again. */
function leaving({ user, role, token, proxied }: PageReader): Html {
  const who = html`<span class="who"><b>${user}</b> <small>${role}</small></span>`
  if (proxied) return html`<div class="leave">${who}</div>`
  return html`<form class="leave" method="post" action="/logout">${who}<input type="hidden" name="token" value="${token}"><button class="plain" type="submit">Log out</button></form>`
}

function navigation(page: PageName, { host, fleet }: Frame['parts']): Html {
  const here = above[page] ?? page
  const pages = [...(host ? hostPages : []), ...(fleet ? fleetPages : [])]
  const links = pages.map(
    ([name, href, text]) =>
      html`<li><a href="${href}" ${name === here && html`aria-current="page"`}>${text}</a></li>`,
  )
  return html`<nav aria-label="Pages"><ul>${links}</ul></nav>`
}

/** Outcomes and errors, read out by themselves. */
function noticeOf({ ok, text }: PageNotice): Html {
  const sign = html`<span class="sign" aria-hidden="true">${ok ? '✓' : '✕'}</span>`
  return ok
    ? html`<p class="notice good" role="status">${sign}${text}</p>`
    : html`<p class="notice bad" role="alert">${sign}${text}</p>`
}

const shield = html`<svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="M12 2 4 5v6.2c0 4.9 3.3 8.6 8 10.8 4.7-2.2 8-5.9 8-10.8V5z" fill="currentColor"/><path d="m8 11.8 2.8 2.8L16 9.3" fill="none" stroke="var(--surface)" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>`

/** The picture of a tab. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 1 3 4.4v7C3 17 6.800 21.200 12 23.600c5.200-2.400 9-6.600 9-12.200v-7z" fill="#1f5fbf"/><path d="m7.500 12 3.200 3.200 6-6.200" fill="none" stroke="#fff" stroke-width="2.600" stroke-linecap="round" stroke-linejoin="round"/></svg>'
