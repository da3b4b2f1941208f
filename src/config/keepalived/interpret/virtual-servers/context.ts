import type { Micros } from '../../../../base/time.ts';
import type { Identity } from '../commands.ts';
import type { Context } from '../context.ts';

/** What a virtual server may refer to, and what global_defs say for all of them. */
export interface ServerContext extends Context {
  readonly identity: Identity;
  readonly mailByDefault: boolean | undefined;
  readonly logAllFailures: boolean;
  /** How often is checked where nothing is said. */
  readonly interval: Micros;
  /** track_file and bfd_instance blocks that stand above it. */
  readonly files: ReadonlyMap<string, FileTracking>;
  readonly sessions: ReadonlySet<string>;
  /** Every block that has a name, wherever it stands. */
  readonly definedLater: ReadonlySet<string>;
}

export interface FileTracking {
  readonly path: string;
  readonly weight: number;
  readonly sense: 'normal' | 'reverse';
}
