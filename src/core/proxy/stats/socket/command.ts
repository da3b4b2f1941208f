import type { StatsSocket } from '../../../../config/model/proxy.ts';
import type { StatsOrder } from '../orders.ts';
import type { StatsMoment } from '../process-facts.ts';
import type { SessionList } from '../session-list.ts';

export type Level = StatsSocket['level'];

/** One client of the socket. */
export interface SocketSession {
  /** May only fall. */
  readonly level: Level;
  /** `prompt`: after each answer one is shown, and the connection stays. */
  readonly mode: 'once' | 'interactive';
}

export interface CommandInput extends StatsMoment {
  readonly session: SocketSession;
  readonly sessions: SessionList;
}

export interface CommandAnswer {
  /** With its last end of line, but without the empty line after it. */
  readonly text: string;
  readonly orders: readonly StatsOrder[];
  readonly session?: SocketSession;
  readonly closes?: 'now';
}

export interface Command {
  /** What it begins with. */
  readonly words: readonly string[];
  /** As `help` shows what comes after. */
  readonly usage: string;
  readonly about: string;
  readonly level: Level;
  run(args: readonly string[], input: CommandInput): CommandAnswer;
}

const levels: readonly Level[] = ['user', 'operator', 'admin'];

export function isAtLeast(level: Level, needed: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(needed);
}

export function say(text: string): CommandAnswer {
  return { text, orders: [] };
}

/** Done; nothing to say. */
export function order(...orders: StatsOrder[]): CommandAnswer {
  return { text: '', orders };
}
