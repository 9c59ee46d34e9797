import { answerQuestions } from '../thread/worker.ts'
import { carryOut, type Question } from './file-task.ts'

// The other side of file-task.ts, which ends this thread when it is no longer wanted.
const unending = new AbortController().signal

answerQuestions(({ task, algorithms }: Question) => carryOut(task, algorithms, unending))
