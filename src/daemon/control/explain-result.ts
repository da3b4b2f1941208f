/** The answer to `explain`: why an instance is what it is, and what this host cannot know. */
import type { ExplainResult, PeerReport, PriorityPart, TrackerState } from '../../api/explain.ts';
import type { Micros } from '../../base/time.ts';
import { findInstance, type Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import { type StatusSources, statusResult } from './status-result.ts';

const EVENTS_TOLD = 5;
const PRIORITY_OWNER = 255;

export function explainResult(sources: StatusSources, instance: string): ExplainResult | undefined {
  const { node } = sources.vrrp;
  const [status] = statusResult(sources, instance).instances;
  const router = node.router(instance);
  const model = router?.model ?? findInstance(node.model, instance);
  const snapshot = router?.snapshot();
  if (status === undefined || snapshot === undefined || model === undefined) return undefined;
  const now = sources.clock.now();
  const parts = priorityParts(model, snapshot);
  const { guardRenewed } = snapshot;
  return {
    instance,
    status,
    priority: {
      effective: snapshot.effectivePriority,
      sum: parts.reduce((sum, { points }) => sum + points, 0),
      parts,
    },
    trackers: trackerStates(model, snapshot),
    peers: {
      known: knownPeers(snapshot, now),
      unknown: unknownOf({ model, snapshot, global: node.model.global }),
    },
    guard: {
      ...status.guard,
      renewedMsAgo: guardRenewed === undefined ? null : (now - guardRenewed) / 1000,
    },
    handover: {
      planned: model.plannedHandover,
      fastTakeover: model.fastTakeover,
      onAddressLoss: model.onAddressLoss,
      preempt: model.preempt,
    },
    lastEvents: sources.history
      .latest(instance, EVENTS_TOLD)
      .map(({ time, text }) => `${time} ${text}`),
  };
}

/** They add up to the effective priority, but for its limits 1 and 254. */
function priorityParts(model: VrrpInstanceModel, snapshot: VrrpSnapshot): readonly PriorityPart[] {
  const { operatorPriority, gaveWay, effectivePriority, trackers } = snapshot;
  if (gaveWay) {
    const why = 'another host claims to be the owner too and does not give way';
    return [{ what: 'gave-way', name: null, points: effectivePriority, why }];
  }
  const isOwner = model.priority === PRIORITY_OWNER;
  const base: PriorityPart =
    operatorPriority !== undefined && !isOwner
      ? {
          what: 'operator',
          name: null,
          points: operatorPriority,
          why: `set by an operator in place of the configured ${model.priority}`,
        }
      : {
          what: 'configured',
          name: null,
          points: model.priority,
          why: isOwner ? 'the owner; nothing changes its priority' : 'configured',
        };
  if (isOwner) return [base];
  const weighted = trackers.filter(({ weight }) => weight !== 0);
  return [
    base,
    ...weighted.map(
      ({ kind, name, weight, verdict, detail, contribution }): PriorityPart => ({
        what: 'tracker',
        name,
        points: contribution,
        why: `${kind} is ${verdict}${detail === '' ? '' : ` (${detail})`}, weight ${weight}`,
      }),
    ),
  ];
}

function trackerStates(
  { trackedInterfaces, trackedScripts, trackedChecks, trackedProxies = [] }: VrrpInstanceModel,
  { trackers }: VrrpSnapshot,
): readonly TrackerState[] {
  const lists = {
    ...{ interface: trackedInterfaces, script: trackedScripts },
    ...{ check: trackedChecks, proxy: trackedProxies },
  };
  return trackers.map(({ kind, name, weight, verdict, detail, contribution }) => {
    const tracking = lists[kind].find((one) => one.name === name);
    return {
      kind,
      name,
      weight,
      sense: tracking?.sense ?? 'normal',
      verdict,
      points: contribution,
      detail: detail === '' ? null : detail,
    };
  });
}

function knownPeers(snapshot: VrrpSnapshot, now: Micros): readonly PeerReport[] {
  const { state, master, masterPriority, peers, strangers } = snapshot;
  const reports = peers.map(
    ({ address, state: peerState, priority, preempts, lastHeard }): PeerReport => ({
      address,
      by: 'side-message',
      state: peerState,
      priority,
      preempts,
      heardMsAgo: (now - lastHeard) / 1000,
    }),
  );
  const told = new Set(peers.map(({ address }) => address));
  const silent = { preempts: null, heardMsAgo: null };
  if (state !== 'master' && master !== undefined && !told.has(master)) {
    told.add(master);
    reports.push({
      address: master,
      by: 'advert',
      state: 'master',
      priority: masterPriority,
      ...silent,
    });
  }
  for (const address of strangers) {
    if (told.has(address)) continue;
    reports.push({ address, by: 'presence', state: null, priority: null, ...silent });
  }
  return reports;
}

/** What VRRP does not tell: only a master speaks. */
function unknownOf({
  model,
  snapshot,
  global,
}: {
  readonly model: VrrpInstanceModel;
  readonly snapshot: VrrpSnapshot;
  readonly global: Model['global'];
}): readonly string[] {
  const { state, master, peers, strangers } = snapshot;
  const told = new Set(peers.map(({ address }) => address));
  const silent = strangers.filter((address) => !told.has(address) && address !== master);
  const sentences = silent.map(
    (address) =>
      `priority and state of ${address}: in VRRP only a master speaks, and it says nothing else`,
  );
  if (model.transport.kind === 'multicast' && silent.length === 0) {
    sentences.push('whether further backups listen: in VRRP only a master speaks');
  }
  if (state !== 'master' && master === undefined) {
    sentences.push('who is master: no advertisement was heard');
  }
  if (model.fastTakeover === 'on' && global.peerKey === undefined) {
    sentences.push('what other holdfasts say: no peer_key is configured');
  }
  if (model.excludedAddresses.length > 0) {
    sentences.push('whether peers hold the same excluded addresses: adverts do not list them');
  }
  return sentences;
}
