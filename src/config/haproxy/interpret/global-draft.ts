import type { Micros } from '../../../base/time.ts';
import type { StatsSocket, TlsVersion } from '../../model/proxy.ts';
import type { LogDraft } from './log-target.ts';

/** The global section while it is read. */
export interface GlobalDraft {
  maxconn?: number;
  workers?: number;
  daemon: boolean;
  masterWorker: boolean;
  pidFile?: string;
  chroot?: string;
  user?: string;
  group?: string;
  node?: string;
  description?: string;
  readonly statsSockets: StatsSocket[];
  statsTimeout: Micros;
  hardStopAfter?: Micros;
  spreadChecks: number;
  bufferSize: number;
  rewriteReserve: number;
  readonly logs: LogDraft[];
  logTag: string;
  logHostName?: string;
  caBase?: string;
  crtBase?: string;
  bindCiphers?: string;
  bindCiphersuites?: string;
  bindMinVersion?: TlsVersion;
  bindMaxVersion?: TlsVersion;
  serverVerify: 'none' | 'required';
  zeroWarning: boolean;
  localPeer?: string;
}

export function createGlobalDraft(): GlobalDraft {
  return {
    daemon: false,
    masterWorker: false,
    statsSockets: [],
    statsTimeout: 10_000_000 as Micros,
    spreadChecks: 0,
    bufferSize: 16_384,
    rewriteReserve: 1024,
    logs: [],
    logTag: 'haproxy',
    serverVerify: 'required',
    zeroWarning: false,
  };
}
