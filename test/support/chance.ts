import fc from 'fast-check'

/** Properties are asked with the same inputs in every run; `PROPERTY_SEED=N` tries others. */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) })
