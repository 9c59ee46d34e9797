/** The kinds of source, as `sources.<name>.kind` names them. */
export type SourceKind = 'liveupdate' | 'rapid-release' | 'shared-sep' | 'intelligent-updater' | 'internal'
