/** A cluster as written, before it is judged: texts and their places, whatever file they come from. */
import type { Position } from './report.ts';

export interface Field {
  readonly text: string;
  readonly at: Position;
}

/** What one word of a file may say about the whole cluster. */
export const CLUSTER_FIELDS = [
  'cluster',
  'purpose',
  'deployment',
  'frontPort',
  'backPort',
  'interface',
  'vrid',
  'advertInterval',
  'metricsPort',
  'keepalivedImage',
  'haproxyImage',
] as const;
export type ClusterField = (typeof CLUSTER_FIELDS)[number];

export const HOST_FIELDS = ['name', 'address', 'interface', 'priority', 'state'] as const;
export type HostField = (typeof HOST_FIELDS)[number];

export interface HostDraft {
  readonly at: Position;
  readonly fields: Readonly<Partial<Record<HostField, Field>>>;
  readonly isHolder: boolean;
  readonly isServer: boolean;
}

export interface ClusterDraft {
  /** Where to point when something is missing. */
  readonly at: Position;
  readonly fields: Readonly<Partial<Record<ClusterField, Field>>>;
  readonly vips: readonly Field[];
  readonly hosts: readonly HostDraft[];
  /** How this file says a thing: for hints. */
  readonly say: (field: ClusterField | HostField | 'vip' | 'holder' | 'server') => string;
}
