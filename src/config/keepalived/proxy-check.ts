/** Holds what instances track of the proxy against what its own configuration has. */

import type { Diagnostic } from '../../base/diagnostics.ts';
import { nearestWord } from '../../base/edit-distance.ts';
import type { Model } from '../model/model.ts';
import type { TrackedProxy } from '../model/vrrp.ts';
import type { ModelPositions } from './host-check.ts';
import { trackedProxyKey } from './interpret/track-proxy.ts';
import { Report } from './report.ts';
import type { Position } from './text/traced.ts';

/** All proxies of one name. */
export interface KnownProxy {
  readonly name: string;
  readonly kinds: readonly ('frontend' | 'backend' | 'listen')[];
  readonly servers: number;
}

export interface ProxyCheck {
  /** Without what tracks proxies that there are not. */
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
}

/** `proxies` undefined: no haproxy.cfg belongs to this run. */
export function checkTrackedProxies(
  model: Model,
  positions: ModelPositions,
  proxies: readonly KnownProxy[] | undefined,
): ProxyCheck {
  const report = new Report();
  const instances = model.instances.map((instance) => {
    const { trackedProxies, ...rest } = instance;
    // The same object: a reload sees at a glance that nothing of it has changed.
    if (trackedProxies === undefined) return instance;
    const right = trackedProxies.filter((tracked) => {
      const key = trackedProxyKey(instance.name, tracked.name);
      const at = positions.get(key) ?? { file: '', line: 1, column: 1 };
      return isRight(tracked, proxies, at, report);
    });
    if (right.length === trackedProxies.length) return instance;
    return { ...rest, ...(right.length > 0 && { trackedProxies: right }) };
  });
  const isSame = instances.every((instance, index) => instance === model.instances[index]);
  return { model: isSame ? model : { ...model, instances }, diagnostics: report.sorted() };
}

function isRight(
  { proxy, min }: TrackedProxy,
  proxies: readonly KnownProxy[] | undefined,
  at: Position,
  report: Report,
): boolean {
  if (proxies === undefined) {
    const text = `there is no proxy in this run: ${proxy} is not tracked`;
    report.add('no-proxy', at, text, 'holdfast run -f keepalived.conf -f haproxy.cfg');
    return false;
  }
  const known = proxies.find(({ name }) => name === proxy);
  if (known === undefined) {
    const names = proxies.map(({ name }) => name);
    const text = `haproxy.cfg has no frontend or backend ${proxy}: it is not tracked`;
    report.add('unknown-tracked', at, text, nameHint(proxy, names));
    return false;
  }
  if (min <= 1 || min <= known.servers) return true;
  const kind = known.kinds.join(' and ');
  const servers = known.servers === 1 ? '1 server' : `${known.servers || 'no'} servers`;
  report.add(
    'impossible-min',
    at,
    `'min ${min}': ${kind} ${proxy} has ${servers}, so it is not tracked`,
    known.servers === 0 ? `track_proxy ${proxy}` : `at most min ${known.servers}`,
  );
  return false;
}

function nameHint(name: string, known: readonly string[]): string | undefined {
  const near = nearestWord(name, known);
  if (near !== undefined) return `did you mean '${near}'?`;
  return known.length === 0 ? undefined : `it has ${known.slice(0, 5).join(', ')}`;
}
