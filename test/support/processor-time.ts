/** How long the processor works on something. On a busy machine the clock says little. Milliseconds. */
export async function processorTime(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage()
  await work()
  return process.cpuUsage(begun).user / 1000
}
