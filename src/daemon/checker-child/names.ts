/** What keepalived calls virtual and real servers in its log and in FIFOs. */
import type { ServerId, ServiceId } from '../../core/balance/plane.ts';

const MARK = /^mark (\d+) ipv[46]$/;
const ENDPOINT = /^\[?([^\]]*?)\]?:(\d+)$/;

/** `[192.0.2.100]:tcp:80`, `FWM 7`. */
export function virtualServerText(service: ServiceId): string {
  const mark = MARK.exec(service)?.[1];
  if (mark !== undefined) return `FWM ${mark}`;
  const [protocol = '', endpoint = ''] = service.split(' ');
  return endpointText(endpoint, protocol);
}

/** `[192.0.2.7]:tcp:8080`; servers behind a mark are named with the protocol of none. */
export function realServerText(server: ServerId, service: ServiceId): string {
  const protocol = service.split(' ', 1)[0] ?? '';
  return endpointText(server, protocol === 'mark' ? 'tcp' : protocol);
}

function endpointText(endpoint: string, protocol: string): string {
  const [, address = endpoint, port = '0'] = ENDPOINT.exec(endpoint) ?? [];
  return `[${address}]:${protocol}:${port}`;
}
