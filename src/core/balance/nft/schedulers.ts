/** How the kernel's schedulers are made from what nftables has. */
import { type Share, slotsByMaglev, slotsBySource, slotsInTurn, slotsOfShares } from './slots.ts';

export interface NftScheduler {
  /** What draws the number of a slot. */
  readonly draw: 'turn' | 'chance' | 'client' | 'destination';
  readonly weights: 'equal' | 'configured';
  /**
   * What counts of connections correct: `even`: whoever has fewest for its weight gets most;
   * `overflow`: whoever has as many as its weight says gets none.
   */
  readonly correction?: 'even' | 'overflow';
  /** Where few should change, `before` are those that it had. */
  slots(shares: readonly Share[], before?: readonly string[]): readonly string[];
}

/** So many slots have weights that counts correct: a share is met within a percent. */
const CORRECTED_SLOTS = 128;

const corrected: NftScheduler = {
  draw: 'chance',
  weights: 'configured',
  correction: 'even',
  slots: (shares, before) => slotsOfShares(shares, CORRECTED_SLOTS, before),
};
const alike: NftScheduler = { ...corrected, weights: 'equal' };

const SCHEDULERS: Readonly<Record<string, NftScheduler>> = {
  rr: { draw: 'turn', weights: 'equal', slots: slotsInTurn },
  wrr: { draw: 'turn', weights: 'configured', slots: slotsInTurn },
  random: { draw: 'chance', weights: 'configured', slots: slotsInTurn },
  sh: { draw: 'client', weights: 'configured', slots: slotsBySource },
  mh: { draw: 'client', weights: 'configured', slots: slotsByMaglev },
  dh: { draw: 'destination', weights: 'equal', slots: slotsBySource },
  fo: { draw: 'turn', weights: 'configured', slots: (shares) => heaviest(shares) },
  ovf: {
    draw: 'turn',
    weights: 'configured',
    correction: 'overflow',
    slots: (shares) => heaviest(shares),
  },
  lc: alike,
  wlc: corrected,
  sed: corrected,
  nq: corrected,
  twos: corrected,
  lblc: corrected,
  lblcr: corrected,
};

/** Undefined for schedulers that nobody has told us of. */
export function schedulerOf(name: string): NftScheduler | undefined {
  return Object.hasOwn(SCHEDULERS, name) ? SCHEDULERS[name] : undefined;
}

/** The first of those with the most weight gets everything. */
function heaviest(shares: readonly Share[]): readonly string[] {
  let best: Share | undefined;
  for (const share of shares) if (best === undefined || share.weight > best.weight) best = share;
  return best === undefined ? [] : [best.label];
}
