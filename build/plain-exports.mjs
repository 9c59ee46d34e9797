import { parseAst } from 'rolldown/parseAst'

const getter =
  /^Object\.defineProperty\(exports,("\w+"),\{enumerable:true,get:function\(\)\{return ([\w$]+)\}\}\);?$/

/**
 * Has a file export plain values, where rolldown defines a getter for each: hundreds of them take a start as long as a file of
 * code does. Done for what the file ends with, when all is defined; what is assigned again later keeps its getter.
 * @param code of one file of a bundle, minified
 */
export function withPlainExports(code) {
  const { body } = parseAst(code)
  const assigned = new Set()
  for (const statement of body) findAssigned(statement, assigned)
  const texts = body.map(({ start, end }) => code.slice(start, end))
  const first = texts.findLastIndex((text) => !getter.test(text)) + 1
  if (first === body.length) return code
  const plain = texts.slice(first).map((text) => {
    const [, name, value] = getter.exec(text)
    return assigned.has(value) ? text : `exports[${name}]=${value};`
  })
  return [code.slice(0, body[first].start), ...plain, code.slice(body.at(-1).end)].join('')
}

/** The names that something is assigned to, wherever and whichever of that name. */
function findAssigned(node, names) {
  const { type } = node
  if (type === 'AssignmentExpression') findNames(node.left, names)
  if (type === 'UpdateExpression') findNames(node.argument, names)
  if (type === 'ForInStatement' || type === 'ForOfStatement') findNames(node.left, names)
  for (const child of childrenOf(node)) findAssigned(child, names)
}

function findNames(node, names) {
  if (node.type === 'Identifier') names.add(node.name)
  for (const child of childrenOf(node)) findNames(child, names)
}

function childrenOf(node) {
  return Object.values(node)
    .flat()
    .filter((value) => typeof value?.type === 'string')
}
