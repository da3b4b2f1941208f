import { figuresOf } from '../../core/balance/nft/counters.ts';
import type { Masquerading } from '../../core/balance/nft/frame.ts';
import { NftLedger } from '../../core/balance/nft/ledger.ts';
import { clientsOf, SHARED } from '../../core/balance/nft/names.ts';
import { isWorthReading } from '../../core/balance/nft/observed.ts';
import { timeoutObjects } from '../../core/balance/nft/timeouts.ts';
import { openNftPlane } from '../../linux/nft-plane.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import type { LogSink } from '../../ports/log.ts';
import type { SysError } from '../../ports/sys-error.ts';

/** The data plane of nftables, in the network namespace that the caller is in. */
export function openNftDataPlane(options: {
  /** Whose table it is: the path of the daemon's pid file. */
  readonly owner: string;
  readonly log: LogSink;
  readonly masquerading?: Masquerading;
  readonly lookMs?: number;
}): DataPlane | SysError {
  const { owner, log, masquerading = 'where-needed', lookMs } = options;
  const { endpoints4, endpoints6, hosts4, hosts6, trafficIn, trafficOut } = SHARED;
  return openNftPlane({
    owner,
    log,
    brain: {
      ledger: new NftLedger(masquerading),
      sets: {
        servers: [endpoints4, endpoints6, hosts4, hosts6],
        trafficIn,
        trafficOut,
        clients: [],
      },
      isWorthReading,
      clientsOf,
      timeoutObjects,
      figuresOf,
    },
    ...(lookMs !== undefined && { lookMs }),
  });
}
