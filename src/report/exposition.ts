/** One metric with its samples. */
export interface Metric {
  readonly name: string
  readonly help: string
  /** `gauge` when not given. */
  readonly type?: 'gauge' | 'counter' | 'histogram'
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>>
    readonly value: number
    /** What a sample of a histogram is: `_bucket`, `_sum` or `_count`. */
    readonly part?: '_bucket' | '_sum' | '_count'
  }[]
}

/** A metric without labels; one without a value is not told. */
export function one(name: string, help: string, values: readonly number[]): Metric {
  return { name, help, samples: values.map((value) => ({ value })) }
}

/** A moment of a record in seconds; none when it was not written down or cannot be read. */
export function seconds(moment: string | null): number[] {
  const value = moment === null ? Number.NaN : Date.parse(moment) / 1000
  return Number.isNaN(value) ? [] : [value]
}

/** Metrics in the text format of Prometheus, version 0.0.4; those without samples are left out. */
export function expose(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join('')
}

function textOf({ name, help, type = 'gauge', samples }: Metric): string {
  const lines = samples.map(
    ({ labels, value, part = '' }) => `${name}${part}${labels ? labelsOf(labels) : ''} ${value}\n`,
  )
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

/** As the text format wants it: backslash, quote and line feed. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
