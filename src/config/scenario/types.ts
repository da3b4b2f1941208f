/** What a scenario says: which programs stand on the nodes, what happens, and what must hold. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';

export type ScenarioProgram = 'holdfast' | 'keepalived';

export const FAILURE_WORDS = [
  ...(['crash', 'stop', 'kill', 'hang', 'cable', 'mute', 'deaf', 'slow'] as const),
  ...(['script', 'partition'] as const),
];
export type FailureWord = (typeof FAILURE_WORDS)[number];

/** `crash a`, `cable eth0 a`, `script check a`, `partition a+b`. */
export interface FailureText {
  readonly kind: FailureWord;
  readonly nodes: readonly string[];
  readonly subject?: string;
}

/** What happens at one moment of a story. */
export interface ScenarioEvent {
  readonly at: Micros;
  readonly act: 'strike' | 'mend';
  readonly failures: readonly FailureText[];
}

export interface ScenarioNode {
  readonly program?: ScenarioProgram;
  readonly address?: IpAddress;
}

/** What must hold; nothing is asked where a field is absent. */
export interface Requirements {
  /** Whatever fails, as long as a node is left that could serve, nobody serves for no longer. */
  readonly maxGap?: Micros;
  /** No two nodes hold an address for longer than a hand-over takes. */
  readonly noSplitBrain?: boolean;
  /** Who serves when all is well. */
  readonly holder?: string;
  /** Whether it serves again when all is mended. */
  readonly returns?: boolean;
}

export interface Scenario {
  readonly program?: ScenarioProgram;
  readonly nodes: Readonly<Record<string, ScenarioNode>>;
  /** Absent: single ones. */
  readonly failures?: 'none' | 'single' | 'double' | readonly (readonly FailureText[])[];
  readonly events: readonly ScenarioEvent[];
  /** How many seconds one of a slow clock lasts. */
  readonly slowness?: number;
  readonly requirements: Requirements;
}
