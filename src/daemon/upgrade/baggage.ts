/**
 * What a program of an upgrade finds at its start: in its environment, and open descriptors. The mark
 * is taken off at once, so that no script inherits it.
 */
import type { HandedSocket } from '../control-side.ts';
import type { Settlement } from '../settle.ts';

const MARK = 'HOLDFAST_UPGRADE';
/** For bin/holdfast, which otherwise knows only the name of its own file. */
const NAME = 'HOLDFAST_NAME';

export interface Baggage {
  /** `bridge`: serves until the process is replaced; `heir`: is what replaced it. */
  readonly role: 'bridge' | 'heir';
  /** Our end of the socket pair; an heir may have lost it. */
  readonly link?: number;
  /** Which daemon this is; from a version that knew no names it stands on the command line. */
  readonly settlement?: Settlement;
  /** The pid files, locked, in the order of the options. */
  readonly locks: readonly number[];
  /** Of the heir: what the process itself knew last, as a memory file. */
  readonly memory?: number;
  /** Of the heir: the control socket, which listens all the time. */
  readonly control?: HandedSocket;
  /** Of the heir: whether somebody asked for a reload while there was nobody to do it. */
  readonly reload?: 'wanted';
}

export function packBaggage(baggage: Baggage, calledBy: string): NodeJS.ProcessEnv {
  return { ...process.env, [MARK]: JSON.stringify(baggage), [NAME]: calledBy };
}

/** Whether this start is part of an upgrade; until the baggage is unpacked. */
export function isUpgrade(): boolean {
  return process.env[MARK] !== undefined;
}

/** Undefined at an ordinary start. */
export function unpackBaggage(): Baggage | undefined {
  const text = process.env[MARK];
  delete process.env[MARK];
  delete process.env[NAME];
  if (text === undefined) return undefined;
  // Written by another version of ourselves; by anybody else it is a mistake that may end us.
  return JSON.parse(text) as Baggage;
}
