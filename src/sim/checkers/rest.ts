/** What must hold once a healthy segment has settled: one master, the right one, with the addresses. */
import type { IpAddress } from '../../base/ip.ts';
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import type { RouterView } from '../types.ts';
import { require } from './rules.ts';

const NAME = 'at rest';

interface Member {
  readonly host: SimHost;
  readonly model: VrrpInstanceModel;
  readonly view: RouterView;
}

export function checkAtRest(hosts: readonly SimHost[]): void {
  const reachable = hosts.filter((host) => host.process === 'running' && isWired(host));
  for (const members of groupsOf(reachable).values()) checkGroup(members);
  for (const host of hosts) checkAddresses(host);
  const seen = new Map<string, SimHost>();
  for (const host of reachable) {
    for (const address of host.kernel.present) {
      const other = seen.get(address);
      require(other === undefined, NAME, () => `${address} is on ${other?.name} and ${host.name}`);
      seen.set(address, host);
    }
  }
}

/** The least that a failover must achieve in time: somebody serves wherever somebody can. */
export function checkServed(hosts: readonly SimHost[]): void {
  const reachable = hosts.filter((host) => host.process === 'running' && isWired(host));
  for (const [name, members] of groupsOf(reachable)) {
    const able = members.filter(({ view }) => isAble(view));
    const masters = members.filter(({ view }) => view.state === 'master');
    require(able.length === 0 || masters.length > 0, NAME, () => `nobody serves ${name} in time`);
  }
}

function checkGroup(members: readonly Member[]): void {
  const able = members.filter(({ view }) => isAble(view));
  const masters = members.filter(({ view }) => view.state === 'master');
  const [master] = masters;
  const name = members[0]?.model.name;
  require(masters.length === Math.min(1, able.length), NAME, () => {
    const list = masters.map(({ host }) => host.name).join(' ');
    return `${name} has ${masters.length} masters (${list}) among ${able.length} able hosts`;
  });
  if (master === undefined) return;
  for (const { host, model, view } of able) {
    const wins = view.effectivePriority > master.view.effectivePriority;
    const isPatient = model.preempt === 'nopreempt' || view.restraint === 'handed-over';
    require(!wins || isPatient, NAME, () => {
      const priorities = `${view.effectivePriority} against ${master.view.effectivePriority}`;
      return `${name}: ${host.name} lets ${master.host.name} rule, ${priorities}`;
    });
    if (view.state === 'master') continue;
    const knows = model.priority === 255 && model.ownerIgnoreAdverts;
    require(knows || view.master === master.view.source || wins === false, NAME, () => {
      return `${name}: ${host.name} follows ${view.master}, not ${master.view.source}`;
    });
  }
}

function checkAddresses(host: SimHost): void {
  if (host.power === 'off') return;
  const wanted = new Map<string, 'must' | 'may'>();
  for (const [name, view] of host.views) {
    const model = host.node?.router(name)?.model;
    if (view.state !== 'master' || model === undefined) continue;
    for (const { address, noTrack } of virtualAddressesOf(model)) {
      wanted.set(address, noTrack === true ? 'may' : 'must');
    }
  }
  for (const address of host.kernel.present) {
    require(wanted.has(address), NAME, () => `${host.name} keeps ${address}`);
  }
  for (const [address, need] of wanted) {
    const isThere = [...host.kernel.present].some((present) => present === address);
    require(isThere || need === 'may', NAME, () => `${host.name} does not hold ${address}`);
    const answers = !isThere || host.answers(address as IpAddress);
    require(answers, NAME, () => `${host.name} holds ${address} and does not answer`);
  }
}

function groupsOf(hosts: readonly SimHost[]): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const host of hosts) {
    for (const [name, view] of host.views) {
      const model = host.node?.router(name)?.model;
      if (model === undefined) continue;
      const members = groups.get(name);
      if (members === undefined) groups.set(name, [{ host, model, view }]);
      else members.push({ host, model, view });
    }
  }
  return groups;
}

function isWired(host: SimHost): boolean {
  return host.model.instances.every((instance) => host.linkState(instance.interface) === 'up');
}

function isAble(view: RouterView): boolean {
  if (view.restraint === 'drained') return false;
  return view.state === 'backup' || view.state === 'master';
}
