/** What one program leaves to the next: everything that took time to learn. */
import type { Micros } from '../../base/time.ts';
import type { Node, NodeEffect } from '../../core/node.ts';
import type { NodeState } from '../../core/node-state.ts';
import type { PeerProofState } from '../../core/vrrp/peer-proof.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AddressSide, AddressSideState, LostAddress } from '../address-side.ts';
import type { EventHistory, EventHistoryState } from '../events/history.ts';
import type { VrrpMetrics, VrrpMetricsState } from '../metrics/vrrp-metrics.ts';
import type { Notifier } from '../notifier.ts';
import type { PeerSide } from '../peer-side.ts';

/** Grows when something changes its meaning, or must not be missing. */
export const STATE_VERSION = 1;

/** Plain data. What is optional is good to have, and nothing depends on it. */
export interface HandedState {
  readonly version: number;
  /** From when on nobody has acted. */
  readonly frozenAt: Micros;
  readonly node: NodeState;
  readonly addresses: AddressSideState;
  readonly peers?: PeerProofState;
  readonly metrics?: VrrpMetricsState;
  readonly events?: EventHistoryState | undefined;
  /** Paths of the FIFOs that this daemon has made. */
  readonly pipes?: readonly string[];
}

/** Those of a process that know something. */
export interface HandingParts {
  readonly clock: Clock;
  readonly node: Node;
  readonly addresses: AddressSide;
  readonly peers: PeerSide;
  readonly metrics: VrrpMetrics;
  readonly history?: EventHistory | undefined;
  readonly notifier: Notifier;
}

export function exportHanded(parts: HandingParts): HandedState {
  const frozenAt = parts.clock.now();
  return {
    version: STATE_VERSION,
    frozenAt,
    node: parts.node.exportState(),
    addresses: parts.addresses.exportState(),
    peers: parts.peers.exportState(),
    metrics: parts.metrics.exportState(),
    events: parts.history?.exportState(),
    pipes: parts.notifier.pipes.exportMade(),
  };
}

/** Returns what is to be carried out, and what has gone while nobody acted. */
export function importHanded(
  parts: HandingParts,
  state: HandedState,
): { readonly effects: readonly NodeEffect[]; readonly lost: readonly LostAddress[] } {
  const { clock, node } = parts;
  const now = clock.now();
  const effects: NodeEffect[] = [];
  if (state.events !== undefined) parts.history?.importState(state.events);
  if (state.metrics !== undefined) parts.metrics.importState(state.metrics);
  if (state.peers !== undefined) parts.peers.importState(state.peers);
  node.importState(now, state.node, effects);
  parts.notifier.pipes.importMade(state.pipes ?? []);
  parts.notifier.begin(node);
  return { effects, lost: parts.addresses.importState(state.addresses) };
}
