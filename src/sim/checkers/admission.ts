/** What the group sends is let in; what only looks like it is refused, for its own reason, unheard. */
import { ipFamily } from '../../base/ip.ts';
import type { RefusalReason, VrrpStatistics } from '../../core/vrrp/types.ts';
import type { AdvertForgery, Checker, Forgery, RouterView, Step } from '../types.ts';
import { movedBy, require } from './rules.ts';

const NAME = 'admission';

const COUNTERS: Readonly<Record<RefusalReason, keyof VrrpStatistics | undefined>> = {
  length: 'lengthErrors',
  ttl: 'ttlErrors',
  version: 'versionErrors',
  'auth-type-invalid': 'authTypeInvalid',
  'auth-type-mismatch': 'authTypeMismatch',
  'auth-failure': 'authFailures',
  interval: 'intervalErrors',
  type: 'typeErrors',
  checksum: 'checksumErrors',
  transport: 'transportErrors',
  owner: undefined,
  'not-a-peer': 'notAPeer',
};

export class AdmissionChecker implements Checker {
  onStep(step: Step): void {
    const { stimulus, host } = step;
    const forged = isOfAdverts(step.forged) ? step.forged : undefined;
    if (forged !== undefined) checkUnheard(step);
    if (stimulus.kind !== 'advertReceived') return;
    for (const [name, after] of step.after) {
      const before = step.before.get(name);
      const model = host.node?.router(name)?.model;
      if (before === undefined || model === undefined) continue;
      const { advert } = stimulus;
      const isOurs =
        advert.vrid === model.vrid &&
        ipFamily(advert.source) === model.family &&
        stimulus.interface === model.interface;
      const isDeaf = step.now < host.listenFrom || /init|fault/.test(before.state);
      const deaf = model.ownerIgnoreAdverts && model.priority === 255;
      const accepted = after.statistics.advertsReceived - before.statistics.advertsReceived;
      const where = `${host.name} ${name}`;
      if (!isOurs || isDeaf || (deaf && forged === undefined)) {
        require(accepted === 0, NAME, () => `${where} heard what it should not`);
      } else if (forged === undefined) {
        require(accepted === 1, NAME, () => `${where} refused its peer ${advert.source}`);
      } else if (!(deaf && forged === 'not-a-peer') && isCountable(forged)) {
        checkCounted(where, forged, { before, after });
      }
    }
  }
}

function isOfAdverts(forged: Forgery | undefined): forged is AdvertForgery {
  return forged !== undefined && forged !== 'replay' && forged !== 'reflection';
}

function isCountable(forged: AdvertForgery): forged is RefusalReason {
  return forged !== 'unknown-vrid' && forged !== 'undecodable';
}

function checkCounted(
  where: string,
  reason: RefusalReason,
  { before, after }: { before: RouterView; after: RouterView },
): void {
  const counter = COUNTERS[reason];
  if (counter === undefined) return;
  const grown = after.statistics[counter] - before.statistics[counter];
  require(grown === 1, NAME, () => `${where} counted ${grown} ${counter} for one forged advert`);
}

/** All that a forged packet may cause is one line in the history. */
function checkUnheard(step: Step): void {
  // Whoever has overslept falls back whatever it is told.
  if ([...step.after.keys()].some((name) => movedBy(step, name, 'overslept'))) return;
  for (const effect of step.effects) {
    const isQuestion = effect.kind === 'inquire' && effect.about === 'neighbour';
    const isNote =
      effect.kind === 'record' &&
      (effect.event.kind === 'advertRefused' || effect.event.kind === 'unknownVrid');
    require(isNote || isQuestion, NAME, () => {
      return `${step.host.name} ${effect.kind} because of a forged advert (${step.forged})`;
    });
  }
  for (const [name, after] of step.after) {
    const before = step.before.get(name);
    require(before?.state === after.state && before.master === after.master, NAME, () => {
      return `${step.host.name} ${name} believed a forged advert (${step.forged})`;
    });
  }
}
