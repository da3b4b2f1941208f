/** What a check looks for in bytes. */
import { isPatternFault, type Pattern, type PatternCompiler } from '../../ports/patterns.ts';
import type { Answer } from './steps.ts';

/** `maybe`: what follows decides. */
export type Found = 'yes' | 'no' | 'maybe';
export type Finder = (answer: Answer) => Found;

export interface PatternParts {
  readonly patterns: PatternCompiler;
  /** Frees something when the check is over. */
  readonly hold: (free: () => void) => void;
}

export function findBytes(wanted: Buffer): Finder {
  return ({ bytes, end }) => (bytes.includes(wanted) ? 'yes' : end === 'ended' ? 'no' : 'maybe');
}

/** As the library of the configuration has it; one that is no expression is found nowhere. */
export function findPattern(text: string, { patterns, hold }: PatternParts): Finder {
  const pattern = patterns.compile(text, []);
  if (isPatternFault(pattern)) return () => 'no';
  hold(() => pattern.free());
  return (answer) => match(pattern, answer);
}

/** The expression is about bytes written as hexadecimal digits. */
export function findHexPattern(text: string, parts: PatternParts): Finder {
  const find = findPattern(text, parts);
  return ({ bytes, end }) =>
    find({ bytes: Buffer.from(bytes.toString('hex').toUpperCase(), 'latin1'), end });
}

function match(pattern: Pattern, { bytes, end }: Answer): Found {
  // What is there is matched as it is: a longer match would be none the better.
  const { kind } = pattern.match(bytes, { from: 0, end: 'final' });
  if (kind === 'match') return 'yes';
  return end === 'ended' ? 'no' : 'maybe';
}
