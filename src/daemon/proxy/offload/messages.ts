/** What the proxy and the process that offloads for it say to each other, as JSON. */
import type { DesiredService } from '../../../core/balance/plane.ts';
import type { ServiceCount } from '../../../core/proxy/offload/absorb.ts';

export type OffloadOrder =
  /** All that there should be; what is not named goes. */
  | { readonly kind: 'services'; readonly services: readonly DesiredService[] }
  | { readonly kind: 'ask'; readonly question: number }
  /** Nobody new; it ends with the last connection. */
  | { readonly kind: 'stop' };

export type OffloadReport =
  | { readonly kind: 'ready' }
  /** The kernel does not carry it, and why: user space does. */
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'counts';
      readonly question?: number;
      readonly counts: readonly ServiceCount[];
    };
