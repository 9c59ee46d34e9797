import { readdir } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { layouts, locate } from '../config/layout.ts'
import { compareVersions } from '../event/version.ts'
import type { DoctorFinding } from './surroundings.ts'

/** From here on nothing updates CSAPI any more, and the product still needs its files (docs/domain.md section 1.5). */
const frozenSince = '6.5.7'

/** The files of CSAPI that are not there, where the layout has such a place. */
export async function csapiFlaws({
  store,
  product,
}: Pick<Config, 'store' | 'product'>): Promise<DoctorFinding[]> {
  const { csapi } = layouts[store.layout]
  if (csapi === null || compareVersions(product.version, frozenSince) < 0) return []
  const path = locate(store.root, csapi)
  const names = await readdir(path).catch((): string[] => [])
  if (names.length > 0) return []
  const text = `holds no file: ${product.name} ${product.version} no longer updates it and still relies on what lies there`
  const cure = 'install the product anew, or copy the folder from a machine of the same version'
  return [{ code: 'csapi-missing', path, message: `${path} ${text}; ${cure}`, repaired: false }]
}
