import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChannelView } from '../channels.ts'
import { healthOf } from './metrics.ts'

/** A text inside a page. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/**
 * What somebody sees who opens the address of the server: its channels, how fresh they are, and the lines to paste
 * into a client.
 * @param channels what the catalog says, where it is here; a machine that only serves has none, and folders tell
 * @param origin where it was asked for, `http://host:7070`
 */
export async function frontPage(
  root: string,
  channels: readonly ChannelView[],
  origin: string,
  now: Date,
): Promise<string> {
  const { ok, freshUntil } = await healthOf(root, now)
  const known = new Map(channels.map((channel) => [channel.name, channel]))
  const entries = await readdir(root, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() && !/^(metadata$|\.)/.test(entry.name))
  const parts = await Promise.all(
    folders.map(async ({ name }) => {
      const inside = await readdir(join(root, name))
      return channelPart(name, known.get(name) ?? null, inside.includes('clamav'), origin)
    }),
  )
  const fresh =
    freshUntil === null
      ? 'not signed: clients read it without TUF'
      : `${ok ? 'believed' : '<b>expired</b>: no longer believed since'}${ok ? ' until' : ''} ${escaped(freshUntil)}`
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Definitions</title>
<h1>Definitions</h1>
<p>What is published here is ${fresh}.</p>
${parts.length === 0 ? '<p>Nothing is published yet.</p>' : parts.join('\n')}
</html>
`
}

function channelPart(name: string, view: ChannelView | null, clamav: boolean, origin: string): string {
  const offers = view === null ? '' : `<p>${view.current}, ${view.grade}, since ${escaped(view.since)}</p>\n`
  const lines = [
    '# defs.yaml of a client; trust is in the client.yaml that was made with the keys',
    'sources:',
    `  internal: { kind: internal, hosts: ['${origin}/'], channel: ${name} }`,
    ...(clamav ? ['', '# freshclam.conf', `PrivateMirror ${origin}/${name}/clamav`] : []),
  ]
  return `<h2>${escaped(name)}</h2>\n${offers}<pre>${escaped(lines.join('\n'))}</pre>`
}
