/** All that is made in another way than by the old images' scripts, and why. */
export const DIFFERENCES = {
  'sed-characters':
    'sed reads & and \\ of a value as its own and ends at |: the file is broken or the start fails. ' +
    'Here values are written as they are.',
  'line-break':
    'sed fails over a value of several lines; here they are read as one, and it is told.',
  quotes:
    'Quotes in a value (a list in compose keeps them) reach the file, where two words between quotes are ' +
    'one that is no address. Here they are left out, and it is told.',
  'words-are-addresses':
    'Several addresses with blanks between are one line, of which keepalived takes the first. Here each is taken, ' +
    'as the image of 2026 has it.',
  'words-are-one-address':
    'The image of 2026 cuts at each blank, so that an address cannot have a device. Here a value is cut only where ' +
    'every word is an address.',
  'classic-list':
    'The image of 2026 writes #PYTHON2BASH: into the file as it is. Here both releases read the lists of both.',
  'nested-list':
    "A list within a list leaves words of the run tool's own in the file; here it is left out, and it is told.",
  'list-for-one':
    'A list for a single value leaves words of the run tool in the file; here its first is taken.',
  'tuple-or-table':
    'Parentheses are written into the file as Python shows them; here they are read as a list.',
  'mount-without-copy':
    'sed cannot replace a mounted file, so that the container stops without --copy-service. Here the result is ' +
    'written beside it.',
  'missing-notify':
    'A notify script that is not there stops the container; here it is told, and the addresses are served.',
  'several-addresses-for-check':
    'Each address of the first variable is handed to the check, with line breaks in the file; here the first is.',
  braces: 'Braces in a value end a block; here they are left out, and it is told.',
} as const satisfies Record<string, string>;
