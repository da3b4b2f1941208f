import type { NotifyScripts } from './vrrp.ts';

/** Instances that change state together. */
export interface SyncGroupModel {
  readonly name: string;
  /** Names of instances, each in one group at most. */
  readonly members: readonly string[];
  readonly notify: NotifyScripts;
}
