import type { IpAddress } from '../base/ip.ts';
import type { InterfaceOptions } from './plan.ts';
import type { Program } from './programs.ts';

/** What was changed in a set-up before it is run, and why. */
export interface Mend {
  /** Where the finding is described: seed, number. */
  readonly id: string;
  readonly what: string;
  readonly why: string;
}

export interface ScenarioHost {
  readonly name: string;
  readonly program: Program;
  /** The text of keepalived.conf for a host with this directory, or the operator's own file. */
  readonly config: (directory: string) => string | { readonly file: string };
  /** What the host's backend says it is. */
  readonly version: string;
  readonly interfaces: readonly InterfaceOptions[];
  /** Path in the host's directory → text of an executable file. */
  readonly scripts: Readonly<Record<string, string>>;
  /** A folder that is laid over the host's /etc. */
  readonly etc?: string;
}

/** A proxy on every host, before a server on every host. */
export interface ProxyPlan {
  /** A haproxy.cfg on each host. */
  readonly file: string;
  readonly frontPort: number;
  readonly tls: 'yes' | 'no';
}

/** A set-up whose hosts lose their power one after another, and come back. */
export interface Scenario {
  readonly title: string;
  readonly vip: IpAddress;
  readonly hosts: readonly ScenarioHost[];
  readonly clientInterfaces: readonly InterfaceOptions[];
  /** Where the backends listen, and clients come where there is no proxy. */
  readonly httpPort: number;
  readonly proxy?: ProxyPlan;
  readonly mends: readonly Mend[];
  /** The host that must have the VIP in the end, when all are back; absent where any may. */
  readonly home?: string;
  /** The longest that a host may take to serve. */
  readonly limitMs: number;
  /** How long to wait whether a host that is back takes the VIP, where it need not. */
  readonly returnLimitMs: number;
}

export interface StepResult {
  readonly step: string;
  readonly oldHolder: string | undefined;
  readonly newHolder: string | undefined;
  /** The longest time in which no probe was answered. */
  readonly gapMs: number | undefined;
  /** The most hosts that said at the same time that they have the VIP, and how long two or more did. */
  readonly holdersMax: number;
  readonly overlapMs: number;
  /** What the backend said through the VIP afterwards; absent on the simulator, which has none. */
  readonly served: string | undefined;
}

export type ScenarioEvent =
  | { readonly kind: 'mended'; readonly mend: Mend }
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'host-up';
      readonly host: string;
      readonly address: string;
      readonly program: Program;
      readonly namespace: string;
    }
  | { readonly kind: 'step-begun'; readonly step: string }
  | {
      readonly kind: 'holder-changed';
      /** Who answers the client's probes. */
      readonly serving: string | undefined;
      /** Who says that he has the address. */
      readonly holding: readonly string[];
      readonly afterMs: number;
    }
  | { readonly kind: 'step-done'; readonly result: StepResult };

export interface ScenarioOutcome {
  readonly kind: 'real' | 'simulated';
  readonly vip: IpAddress;
  readonly results: readonly StepResult[];
  readonly failovers: number;
  /** What kept the run from being a success. */
  readonly problems: readonly string[];
}

/** The steps at which the VIP went from a host that failed to another. */
export function countFailovers(results: readonly StepResult[]): number {
  return results.filter(
    ({ step, oldHolder, newHolder }) =>
      step.startsWith('power off') && newHolder !== undefined && newHolder !== oldHolder,
  ).length;
}
