/** How a session ended, in the two letters of the log: who or what ended it, and in which phase. */
import type { Fruitless } from './connecting.ts';
import type { SideCounters } from './counters.ts';

export type EndCause =
  /** In order. */
  | '-'
  /** The client, or its time limit. */
  | 'C'
  | 'c'
  /** The server, or its time limit. */
  | 'S'
  | 's'
  /** A rule of the proxy; a lack of resources; answered here. */
  | 'P'
  | 'R'
  | 'L'
  /** Its server went down; a backup gave way; an operator. */
  | 'D'
  | 'U'
  | 'K'
  /** Our own mistake. */
  | 'I';

export type EndPhase = '-' | 'R' | 'Q' | 'C' | 'H' | 'D' | 'L' | 'T';

export interface SessionEnd {
  readonly cause: EndCause;
  readonly phase: EndPhase;
}

/** Nobody was there to send it to. */
export const NO_SERVER: SessionEnd = { cause: 'S', phase: 'C' };
/** The client went before it had asked. */
export const ABORTED: SessionEnd = { cause: 'C', phase: 'R' };
export const IN_ORDER: SessionEnd = { cause: '-', phase: '-' };

/** Why there was no server. */
export const fruitlessEnd: Readonly<Record<Fruitless, SessionEnd>> = {
  'no-server': { cause: 'S', phase: 'C' },
  'queue-full': { cause: 'S', phase: 'Q' },
  'queue-timeout': { cause: 's', phase: 'Q' },
  refused: { cause: 'S', phase: 'C' },
  timeout: { cause: 's', phase: 'C' },
  resource: { cause: 'R', phase: 'C' },
};

/** Whose end it was that came while bytes were carried, where it was not in order. */
export function countAbort(
  { cause, phase }: SessionEnd,
  sides: Iterable<SideCounters | undefined>,
): void {
  if (phase !== 'D' || !'CcSs'.includes(cause)) return;
  const what = cause.toLowerCase() === 'c' ? 'clientAborts' : 'serverAborts';
  for (const counters of sides) if (counters !== undefined) counters[what] += 1;
}
