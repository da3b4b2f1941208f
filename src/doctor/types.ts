/** What a check is, what it finds, and what mends it. */
import type { Facts } from './facts.ts';

export type DoctorSeverity = 'error' | 'warning' | 'info';

export type Topic =
  | 'program'
  | 'kernel'
  | 'settings'
  | 'rights'
  | 'firewall'
  | 'managers'
  | 'cloud'
  | 'neighbours'
  | 'clock';

/** What changes the host, as data: the command that is shown is what --fix carries out. */
export type Step =
  /** `name` is the path below /proc/sys. */
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string }
  | { readonly kind: 'module'; readonly name: string }
  /** Before all rules of a chain. */
  | {
      readonly kind: 'nft-rule';
      readonly family: string;
      readonly table: string;
      readonly chain: string;
      readonly rule: string;
    }
  | {
      readonly kind: 'iptables-rule';
      /** iptables-legacy and such. */
      readonly program: string;
      readonly table: string;
      readonly chain: string;
      readonly rule: readonly string[];
    }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly text: string;
      /** What has the file taken up, where the program is there. */
      readonly takeUp: readonly string[];
    }
  /** For the operator: --fix leaves it. */
  | { readonly kind: 'by-hand'; readonly command: string };

export interface Found {
  readonly message: string;
  readonly steps: readonly Step[];
}

export interface DoctorCheck {
  readonly code: string;
  readonly topic: Topic;
  readonly severity: DoctorSeverity;
  /** What is looked at, as words: `whether …`. */
  readonly title: string;
  /** What happens where it is so, and why. */
  readonly explanation: string;
  /** What to do about it, in general. */
  readonly mend: string;
  /** Why it cannot be judged here; it is judged where this answers nothing. */
  readonly unknown?: (facts: Facts) => string | undefined;
  readonly judge: (facts: Facts) => Iterable<Found>;
}

export interface DoctorFinding {
  readonly code: string;
  readonly severity: DoctorSeverity;
  readonly message: string;
  readonly explanation: string;
  readonly steps: readonly Step[];
}

export interface Diagnosis {
  readonly findings: readonly DoctorFinding[];
  /** Codes of the checks that were made. */
  readonly checked: readonly string[];
  readonly unknown: readonly { readonly code: string; readonly why: string }[];
}
