import { answerQuestions } from '../thread/answer.ts'
import type { Question } from './hash-thread.ts'
import { carryOut } from './task.ts'

// The other side of hash-thread.ts, which ends this thread when it is no longer wanted.
const unending = new AbortController().signal

answerQuestions(({ task, algorithms }: Question) => carryOut(task, algorithms, unending))
