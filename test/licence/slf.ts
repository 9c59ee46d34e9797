/** One licence as XML; `parts` overrides or, with null, leaves out what the usual one says. */
export function licenceXml(parts: Readonly<Record<string, string | null>> = {}): string {
  const usual = {
    name: 'Virus Definitions Content',
    version: '1.0',
    start_date: '2025-01-01',
    end_date: '2026-12-31',
    count: '250',
    warn_policy: '1,120',
    grace_policy: '1,60',
  }
  const lines = Object.entries({ ...usual, ...parts }).map(([name, text]) =>
    text === null ? '' : `<${name}>${text}</${name}>`,
  )
  return `<license>\n${lines.join('\n')}\n</license>`
}
