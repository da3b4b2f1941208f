import type { Report } from '../report.ts';
import type { Position } from '../text/traced.ts';
import type { HostClaim } from './claims.ts';

/** What every part of the interpretation needs. */
export interface Context {
  readonly report: Report;
  /** Where things of the model were written, by keys such as `instance/VI_1/interface`. */
  readonly positions: Map<string, Position>;
  /** What else the host must have. */
  readonly claims: HostClaim[];
}

export function notePosition(context: Context, key: string, at: Position | undefined): void {
  if (at !== undefined && !context.positions.has(key)) context.positions.set(key, at);
}
