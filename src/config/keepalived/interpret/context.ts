import type { Report } from '../report.ts';
import type { Position } from '../text/traced.ts';
import type { HostClaim } from './claims.ts';
import type { Positions } from './positions.ts';

/** What every part of the interpretation needs. */
export interface Context {
  readonly report: Report;
  readonly positions: Positions;
  /** What else the host must have. */
  readonly claims: HostClaim[];
}

export function notePosition(context: Context, key: string, at: Position | undefined): void {
  if (at !== undefined && !context.positions.has(key)) context.positions.set(key, at);
}
