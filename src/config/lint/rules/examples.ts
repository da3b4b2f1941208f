/** Short configurations that the examples of rules are made of. */

export interface InstanceParts {
  readonly priority?: number;
  readonly state?: 'MASTER' | 'BACKUP';
  readonly vrid?: number;
  /** Lines inside the instance. */
  readonly more?: readonly string[];
  readonly addresses?: readonly string[];
  /** Lines before it. */
  readonly before?: readonly string[];
}

/** A keepalived.conf with one instance. */
export function conf(parts: InstanceParts = {}): string {
  const { priority = 100, state = 'BACKUP', vrid = 77 } = parts;
  const { more = [], addresses = ['10.0.0.9/32'], before = [] } = parts;
  const lines = [
    ...before,
    'vrrp_instance api {',
    `    state ${state}`,
    '    interface eth0',
    `    virtual_router_id ${vrid}`,
    `    priority ${priority}`,
    '    advert_int 1',
    ...more.map((line) => `    ${line}`),
    `    virtual_ipaddress {`,
    ...addresses.map((address) => `        ${address}`),
    '    }',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

export function script(weight: number, more: readonly string[] = ['fall 2', 'rise 2']): string[] {
  return [
    'vrrp_script alive {',
    '    script "/usr/bin/check"',
    '    interval 2',
    ...(weight === 0 ? [] : [`    weight ${weight}`]),
    ...more.map((line) => `    ${line}`),
    '}',
  ];
}

export const TRACK = ['track_script {', '    alive', '}'];

/** Two nodes. */
export function pair(a: InstanceParts, b: InstanceParts): Readonly<Record<string, string>> {
  return { 'node-a.conf': conf(a), 'node-b.conf': conf(b) };
}

/** The options of a container of the classic image. */
export function osixia(options: readonly string[], image = 'osixia/keepalived:2.0.20'): string {
  const lines = ['docker run -d --net=host --cap-add=NET_ADMIN', ...options, image];
  return `${lines.join(' \\\n  ')}\n`;
}

/** A haproxy.cfg in front of API servers. */
export function proxy(more: readonly string[], check = 'option httpchk GET /readyz'): string {
  const lines = [
    ...['defaults', '  mode tcp', '  timeout connect 5s', '  timeout client 1h'],
    ...['  timeout server 1h', '  timeout tunnel 4h', ...more],
    ...['frontend api', '  bind 127.0.0.1:9443', '  default_backend masters', 'backend masters'],
    ...(check === '' ? [] : [`  ${check}`]),
    '  server m1 10.0.0.1:6443 check check-ssl verify none',
  ];
  return `${lines.join('\n')}\n`;
}
