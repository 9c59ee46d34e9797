import { answerQuestions } from '../thread/worker.ts'
import { makePatch } from './make-patch.ts'
import type { PatchJob } from './make-patches.ts'

// The other side of make-patches.ts, which ends this thread when it is no longer wanted.
const { signal } = new AbortController()

answerQuestions(async ({ base, target, patch }: PatchJob) => {
  const { bytes } = await makePatch({ base: base.path, target: target.path, patch, signal })
  return bytes
})
