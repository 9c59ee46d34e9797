import { type Child, type Html, html } from './html.ts'

/** A table in a scroller of its own, so that a page never moves sideways. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly Html[],
  empty: Child,
  hideCaption = false,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<div class="scroller" role="region" aria-label="${caption}" tabindex="0"><table>
<caption ${hideCaption && html`class="unseen"`}>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}
</tbody></table></div>`
}

/** Links to the pages of a long table. */
export function pager(path: string, query: URLSearchParams, page: number, pages: number): Html | null {
  if (pages <= 1) return null
  const link = (to: number, text: string) => {
    const further = new URLSearchParams(query)
    further.set('page', String(to))
    return html`<a class="button plain" href="${path}?${further.toString()}">${text}</a>`
  }
  return html`<nav class="pager" aria-label="Pages of the table">${page > 1 && link(page - 1, 'Newer')}<span>Page ${page} of ${pages}</span>${page < pages && link(page + 1, 'Older')}</nav>`
}
