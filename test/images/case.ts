/** Sets of variables as users of the old images give them, and where holdfast means to differ. */
import type { DIFFERENCES } from './differences.ts';

export type OriginalName = 'osixia-classic' | 'osixia-2026' | 'arcts';

export interface ImageCase {
  /** In kebab-case: the golden file's name. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** Mounted files. */
  readonly files?: Readonly<Record<string, string>>;
  /** Why what comes out is not the original's. */
  readonly differs?: keyof typeof DIFFERENCES;
}

/** The interfaces of the host on which the originals run, with their first address. */
export const HOST_ADDRESSES: Readonly<Record<string, string>> = {
  eth0: '10.2.1.10',
  eth1: '10.3.1.10',
};
