/**
 * Groups that differ only in names and addresses come to the same, so they are simulated once. Of
 * addresses the order counts: equal priorities are decided by it.
 */
import { compareIp, type IpAddress, parseIp } from '../../base/ip.ts';
import { Secret } from '../../base/secret.ts';
import type { Group, GroupForecast } from './types.ts';

/** Equal for groups that come to the same. */
export function likenessOf({ nodes }: Group): string {
  const names = new Map<string, string>();
  const found = new Map<string, IpAddress>();
  const stand = (kind: string, name: string): string => {
    const key = `${kind} ${name}`;
    const known = names.get(key) ?? `${kind}${names.size}`;
    names.set(key, known);
    return known;
  };
  const text = JSON.stringify(
    nodes.map(({ model, program, address }) => ({
      program,
      address,
      deadMan: model.global.deadMan,
      startupDelay: model.global.startupDelay,
      scripts: model.scripts.map(({ command, ...script }) => script),
      syncGroups: model.syncGroups?.map(({ members, weights }) => ({
        ...{ weights, members: members.map((name) => stand('instance ', name)) },
      })),
      instances: model.instances.map(({ name, vrid, notify, ...instance }) => ({
        ...instance,
        name: stand('instance ', name),
        vrid: stand('vrid ', String(vrid)),
        interface: stand('link ', instance.interface),
      })),
    })),
    (_key, value: unknown) => {
      if (value instanceof Secret) return `secret ${value.reveal()}`;
      const ip = typeof value === 'string' ? parseIp(value) : undefined;
      if (ip === undefined) return value;
      found.set(ip, ip);
      return `<${ip}>`;
    },
  );
  const order = [...found.values()].sort(compareIp);
  const ranks = new Map(order.map((address, rank) => [`<${address}>`, `<${rank}>`]));
  return text.replaceAll(/<[^<>"]+>/g, (mark) => ranks.get(mark) ?? mark);
}

/** The forecast of a group for one that is like it. */
export function renamed(forecast: GroupForecast, from: Group, to: Group): GroupForecast {
  const nodes = new Map(from.nodes.map(({ name }, index) => [name, to.nodes[index]?.name ?? name]));
  const services = new Map(
    from.services.map(({ name }, index) => [name, to.services[index]?.name ?? name]),
  );
  const links = linksOf(from, to);
  const name = (old: string): string => nodes.get(old) ?? old;
  const all = (list: readonly string[]): readonly string[] => list.map(name);
  const service = (old: string): string => services.get(old) ?? old;
  return {
    nodes: to.nodes.map((node) => node.name),
    services: to.services,
    start: forecast.start.map((one) => ({
      service: service(one.service),
      holders: all(one.holders),
    })),
    rows: forecast.rows.map((row) => ({
      failures: row.failures.map((failure) => ({
        ...failure,
        nodes: all(failure.nodes),
        ...(failure.subject !== undefined && {
          subject: links.get(`${failure.nodes[0]} ${failure.subject}`) ?? failure.subject,
        }),
      })),
      outcomes: row.outcomes.map((outcome) => ({
        ...outcome,
        service: service(outcome.service),
        before: all(outcome.before),
        after: all(outcome.after),
        mended: all(outcome.mended),
        timeline: outcome.timeline.map(({ at, holders }) => ({ at, holders: all(holders) })),
      })),
    })),
  };
}

/** `NODE LINK` → what the same link is called on the other's node. */
function linksOf(from: Group, to: Group): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const [at, { name, model }] of from.nodes.entries()) {
    for (const [index, instance] of model.instances.entries()) {
      const other = to.nodes[at]?.model.instances[index];
      if (other !== undefined) links.set(`${name} ${instance.interface}`, other.interface);
    }
  }
  return links;
}
