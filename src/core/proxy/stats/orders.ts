import type { IpAddress } from '../../../base/ip.ts';
import type { Micros } from '../../../base/time.ts';
import type { ServerOrder } from '../health/types.ts';
import type { LiveProxy, LiveServer } from '../live.ts';

/** What an operator wants to have changed, by the socket or the page. */
export type StatsOrder =
  /** For the health engine. */
  | { readonly kind: 'server'; readonly server: LiveServer; readonly order: ServerOrder }
  /** For the data path. */
  | { readonly kind: 'serverMaxconn'; readonly server: LiveServer; readonly maxconn: number }
  | {
      readonly kind: 'serverAddress';
      readonly server: LiveServer;
      readonly ip: IpAddress;
      readonly port: number;
    }
  | {
      readonly kind: 'frontend';
      readonly proxy: LiveProxy;
      readonly to: 'disabled' | 'enabled' | 'shutdown';
    }
  /** 0: as many as the process may have. */
  | { readonly kind: 'frontendMaxconn'; readonly proxy: LiveProxy; readonly maxconn: number }
  | { readonly kind: 'processMaxconn'; readonly maxconn: number }
  | { readonly kind: 'shutdownSession'; readonly id: string }
  | { readonly kind: 'shutdownSessions'; readonly server: LiveServer }
  /** `clearCounters` does it. */
  | { readonly kind: 'clearCounters'; readonly what: 'maxima' | 'all' }
  /** For the socket: how long this client may be silent. */
  | { readonly kind: 'clientTimeout'; readonly timeout: Micros };
