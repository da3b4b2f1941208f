import type { IpAddress } from '../../../base/ip.ts';
import type { Micros } from '../../../base/time.ts';
import type { Server, ServerAddress, ServerPort } from '../../model/proxy.ts';
import type { Sample } from '../../model/proxy-rules.ts';
import type { Position } from '../report.ts';

/** What options of a server say; what is absent is not said. Inherited from default-server. */
export interface ServerSettings {
  id?: number;
  weight?: number;
  backup?: boolean;
  disabled?: boolean;
  maxconn?: number;
  minconn?: number;
  maxqueue?: number;
  slowstart?: Micros;
  check?: boolean;
  inter?: Micros;
  fastinter?: Micros;
  downinter?: Micros;
  rise?: number;
  fall?: number;
  checkIp?: IpAddress;
  checkPort?: number;
  checkTls?: boolean;
  checkSni?: string;
  checkAlpn?: readonly string[];
  checkSendProxy?: boolean;
  agent?: boolean;
  agentPort?: number;
  agentIp?: IpAddress;
  agentInter?: Micros;
  agentSend?: string;
  tls?: boolean;
  verify?: 'none' | 'required';
  /** PEM text. */
  ca?: string;
  certificate?: string;
  sni?: Sample;
  verifyHost?: string;
  alpn?: readonly string[];
  sendProxy?: 'none' | 'v1' | 'v2';
  source?: { readonly ip: IpAddress; readonly port?: number };
  onMarkedDown?: Server['onMarkedDown'];
  onMarkedUp?: Server['onMarkedUp'];
  observe?: Server['observe'];
  observeAt?: Position;
  errorLimit?: number;
  onError?: Server['onError'];
  cookie?: string;
  cookieAt?: Position;
  track?: string;
  initState?: Server['initState'];
  initAddress?: readonly string[];
  prefer?: 'ipv4' | 'ipv6';
  resolvers?: { readonly name: string; readonly at: Position };
}

export interface ServerDraft {
  readonly name: string;
  readonly at: Position;
  readonly address: ServerAddress;
  readonly port: ServerPort;
  readonly settings: ServerSettings;
}
