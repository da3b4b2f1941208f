/** The answer to `explain`: why an instance is what it is, and what this host cannot know. */
import type { GuardStatus, InstanceStatus } from './status.ts';

export interface ExplainResult {
  readonly instance: string;
  readonly status: InstanceStatus;
  readonly priority: {
    readonly effective: number;
    /** Their sum, before it is held within 1 to 254. */
    readonly sum: number;
    readonly parts: readonly PriorityPart[];
  };
  readonly trackers: readonly TrackerState[];
  readonly peers: {
    readonly known: readonly PeerReport[];
    /** Sentences. */
    readonly unknown: readonly string[];
  };
  readonly guard: GuardStatus & {
    /** When it last told the kernel that it lives; null where it holds nothing. */
    readonly renewedMsAgo: number | null;
  };
  readonly handover: {
    readonly planned: 'on' | 'off';
    readonly fastTakeover: 'on' | 'off';
    readonly onAddressLoss: 'restore' | 'reelect' | 'reelect-at-once';
    readonly preempt: 'preempt' | 'nopreempt';
  };
  /** The last events that concern it, oldest first. */
  readonly lastEvents: readonly string[];
}

export interface PriorityPart {
  /** `gave-way`: an owner that another owner has driven off. */
  readonly what: 'configured' | 'operator' | 'tracker' | 'gave-way';
  /** Of a tracker. */
  readonly name: string | null;
  readonly points: number;
  /** In words. */
  readonly why: string;
}

export interface TrackerState {
  readonly kind: 'script' | 'interface' | 'check' | 'proxy';
  readonly name: string;
  /** 0: while it is down, the instance is in fault. */
  readonly weight: number;
  readonly sense: 'normal' | 'reverse';
  readonly verdict: 'unknown' | 'up' | 'down';
  /** What it adds to the priority now. */
  readonly points: number;
  /** What it said last. */
  readonly detail: string | null;
}

export interface PeerReport {
  readonly address: string;
  /** How it is known. `presence`: it was heard or is configured, and says nothing of itself. */
  readonly by: 'advert' | 'side-message' | 'presence';
  readonly state: 'init' | 'backup' | 'master' | 'fault' | 'drained' | null;
  readonly priority: number | null;
  /** Whether it would take over from a master of lower priority; null where it does not say. */
  readonly preempts: 'yes' | 'no' | null;
  readonly heardMsAgo: number | null;
}
