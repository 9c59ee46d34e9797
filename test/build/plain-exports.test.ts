import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'

const build: { withPlainExports: (code: string) => string } = await import(
  new URL('../../build/plain-exports.mjs', import.meta.url).href
)

const getter = (name: string, value: string) =>
  `Object.defineProperty(exports,"${name}",{enumerable:true,get:function(){return ${value}}});`

function run(code: string) {
  const exports: Record<string, unknown> = {}
  runInNewContext(code, { exports })
  const kinds = Object.entries(Object.getOwnPropertyDescriptors(exports))
  return { exports, getters: kinds.filter(([, { get }]) => get !== undefined).map(([name]) => name) }
}

describe('plain exports', () => {
  it('hold what the getters did', () => {
    const code = `const one=1;function two(){return 2}class $three{}${getter('a', 'one')}${getter('b', 'two')}${getter('c', '$three')}`
    const [before, after] = [run(code), run(build.withPlainExports(code))]
    expect([before.getters, after.getters]).toEqual([['a', 'b', 'c'], []])
    expect(Object.keys(after.exports)).toEqual(['a', 'b', 'c'])
    expect(after.exports).toMatchObject({ a: 1, b: expect.any(Function), c: expect.any(Function) })
  })

  it.each([
    ['is assigned', 'x=2'],
    ['is counted', 'x++'],
    ['is taken out of something', '({x}={x:2})'],
    ['is a step of a loop', 'for(x of [2]);'],
    ['is made when it is asked for', 'x||=2'],
  ])('are none for what %s later', (_, later) => {
    const code = `let x=0;const y=1;exports.go=()=>{${later}};${getter('x', 'x')}${getter('y', 'y')}`
    const { exports, getters } = run(build.withPlainExports(code))
    expect(getters).toEqual(['x'])
    ;(exports['go'] as () => void)()
    expect([exports['x'], exports['y']]).not.toEqual([0, 1])
  })

  it('are none where the value comes later, and none for a file without any', () => {
    const early = `${getter('x', 'x')}var x=1;`
    expect(run(build.withPlainExports(early)).exports['x']).toBe(1)
    expect(build.withPlainExports('const x=1;')).toBe('const x=1;')
  })
})
