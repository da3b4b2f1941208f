/** What annotations of a Service say about how it is balanced and checked. */
import { parseInteger } from '../../base/json-fields.ts';
import type { Diagnosis, Protocol, ServiceObject } from './objects.ts';

export type Check =
  | { readonly kind: 'tcp' | 'udp' | 'ping' | 'none' }
  | { readonly kind: 'http' | 'https'; readonly path: string };

export interface ServiceSettings {
  readonly scheduler: string;
  /** 0: none. */
  readonly persistenceSeconds: number;
  /** Undefined: as its protocol asks for. */
  readonly check?: Check;
  /** Of endpoints, by name of their node. */
  readonly weights?: ReadonlyMap<string, number>;
}

/** kube-keepalived-vip has it for every Service. */
const PERSISTENCE_S = 1800;
const PERSISTENCE_RANGE_S = [1, 2_678_400] as const;
const WEIGHTS = [0, 65_535] as const;
const WEIGHTS_MAX = 1000;
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq', 'fo', 'ovf'];
const PATH = /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,200}$/;

export function readServiceSettings(
  service: ServiceObject,
  diagnoses: Diagnosis[],
): ServiceSettings {
  const { annotations, namespace, name } = service;
  const wrong = (annotation: string, instead: string): undefined => {
    diagnoses.push({
      object: { kind: 'Service', namespace, name },
      reason: 'WrongAnnotation',
      message: `holdfast/${annotation} is none of ${instead}; it does not count`,
    });
    return undefined;
  };
  const { scheduler, persistence, check, weights: weightsText } = annotations;
  const known = scheduler === undefined || SCHEDULERS.includes(scheduler);
  if (!known) wrong('scheduler', SCHEDULERS.join(', '));
  const seconds =
    persistence === undefined
      ? undefined
      : (readPersistence(persistence) ?? wrong('persistence', 'none, 1 to 2678400 (seconds)'));
  const asked =
    check === undefined
      ? undefined
      : (readCheck(check) ?? wrong('check', 'tcp, udp, ping, none, http:/PATH, https:/PATH'));
  const weights =
    weightsText === undefined
      ? undefined
      : (readWeights(weightsText) ??
        wrong('weights', 'NODE=WEIGHT (0 to 65535), with commas between'));
  return {
    scheduler: known ? (scheduler ?? 'wlc') : 'wlc',
    persistenceSeconds: seconds ?? service.affinitySeconds ?? PERSISTENCE_S,
    ...(asked !== undefined && { check: asked }),
    ...(weights !== undefined && { weights }),
  };
}

function readPersistence(text: string): number | undefined {
  return text === 'none' ? 0 : parseInteger(text, PERSISTENCE_RANGE_S);
}

function readWeights(text: string): ReadonlyMap<string, number> | undefined {
  const weights = new Map<string, number>();
  for (const word of text.split(/[\s,]+/).filter((one) => one !== '')) {
    const [, node = '', number = ''] = /^([a-z0-9][-a-z0-9.]{0,252})=(\d{1,5})$/.exec(word) ?? [];
    const weight = parseInteger(number, WEIGHTS);
    if (weight === undefined || weights.size >= WEIGHTS_MAX) return undefined;
    weights.set(node, weight);
  }
  return weights;
}

function readCheck(text: string): Check | undefined {
  if (text === 'tcp' || text === 'udp' || text === 'ping' || text === 'none') return { kind: text };
  const [, kind, path = ''] = /^(https?):(.*)$/s.exec(text) ?? [];
  return (kind === 'http' || kind === 'https') && PATH.test(path) ? { kind, path } : undefined;
}

/** A datagram port that nobody serves answers by an ICMP error; SCTP is not asked at all. */
export function checkFor(protocol: Protocol, asked: Check | undefined): Check {
  if (asked !== undefined && (asked.kind !== 'tcp' || protocol === 'TCP')) return asked;
  return { kind: protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'none' };
}
