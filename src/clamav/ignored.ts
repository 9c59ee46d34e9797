/** The list of a set by which ClamAV leaves signatures out, as exceptions of this machine ask for. */
export const ignoredFile = 'defs-exceptions.ign2'
