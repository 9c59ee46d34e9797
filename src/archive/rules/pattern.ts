/**
 * Whether a path is among the files that a pattern stands for: `*` and `?` within one name, `**` for any folders. A
 * pattern without `/` counts in every folder.
 */
export function matches(pattern: string, path: string): boolean {
  const whole = pattern.includes('/') ? pattern : `**/${pattern}`
  const source = whole.replace(/\*\*\/|\*\*|[\s\S]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replace(/[\\^$.|+()[\]{}]/, '\\$&')
  })
  return new RegExp(`^${source}$`, 's').test(path)
}
