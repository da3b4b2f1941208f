import type { NotifyScripts } from './vrrp.ts';

/** Instances that change state together. */
export interface SyncGroupModel {
  readonly name: string;
  /** Names of instances, each in one group at most. */
  readonly members: readonly string[];
  /** Whether what a member tracks changes its priority, or is no more than well or at fault. */
  readonly weights: 'counted' | 'ignored';
  readonly notify: NotifyScripts;
}
