import type { Json } from '../../facts.ts'
import { word } from '../fact.ts'
import { byGravity, stateOf } from '../host-state.ts'
import { type Html, html } from '../html.ts'

/** More hosts than this share cells. */
const mostCells = 2000
const side = 16
const perRow = 70

/**
 * One cell a host, the gravest states first; in a large fleet one cell for several hosts, which shows the gravest
 * of them and leads to their list. Each cell is a link with its meaning in words and a letter in it.
 */
export function heatMap(ring: string, hosts: readonly Json[], share: number): Html {
  const sorted = hosts.toSorted(byGravity)
  const cells: Html[] = []
  for (let index = 0; index < sorted.length; index += share) {
    cells.push(cellOf(ring, sorted.slice(index, index + share), cells.length))
  }
  const rows = Math.max(1, Math.ceil(cells.length / perRow))
  const width = Math.min(perRow, Math.max(1, cells.length)) * side
  return html`<svg data-heat="${ring}" viewBox="0 0 ${width} ${rows * side}" width="${width}" height="${rows * side}" role="group" aria-label="Hosts of ring ${ring === '' ? 'none' : ring}">${cells}</svg>`
}

/** How many hosts share a cell. */
export function shareOf(hosts: number): number {
  return Math.max(1, Math.ceil(hosts / mostCells))
}

function cellOf(ring: string, hosts: readonly Json[], index: number): Html {
  const [gravest] = hosts
  const state = gravest ? word(gravest, 'state') : ''
  const { letter, tone } = stateOf(state)
  const name = gravest ? word(gravest, 'host') : ''
  const [x, y] = [(index % perRow) * side, Math.floor(index / perRow) * side]
  const drawn = html`<rect class="${tone}" x="${x + 1}" y="${y + 1}" width="${side - 2}" height="${side - 2}" rx="3"/><text class="${tone}" x="${x + side / 2}" y="${y + side / 2 + 3.6}" text-anchor="middle" aria-hidden="true">${letter}</text>`
  if (hosts.length === 1) {
    return html`<a data-host="${name}" href="/fleet/hosts/${encodeURIComponent(name)}" aria-label="${name}: ${state}"><title>${name}: ${state}</title>${drawn}</a>`
  }
  const query = new URLSearchParams({ ring, state }).toString()
  const said = `${hosts.length} hosts from ${name}, the gravest ${state}`
  return html`<a data-hosts="${hosts.length}" href="/fleet/hosts?${query}" aria-label="${said}"><title>${said}</title>${drawn}</a>`
}
