import type { Tone } from './command-result.ts'

/** Gives a harmless text the colour of its tone. */
export type Paint = (text: string, tone: Tone) => string

/** @param level of chalk, which is loaded only where there are colours: most runs are not on a terminal */
export async function openPaint(level: 0 | 1): Promise<Paint> {
  if (level === 0) return (text) => text
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level })
  const painters: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    quiet: chalk.dim,
    title: chalk.bold,
  }
  return (text, tone) => painters[tone](text)
}
