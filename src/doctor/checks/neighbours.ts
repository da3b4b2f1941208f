/** Who else speaks VRRP. */
import type { IpAddress } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { type Facts, type HeardAdvert, isUnknown } from '../facts.ts';
import type { DoctorCheck, Found } from '../types.ts';

const VRID_MAX = 255;
const MICROS_PER_SECOND = 1_000_000;

function heardOf({ hearing }: Facts): readonly HeardAdvert[] {
  if (isUnknown(hearing)) return [];
  const once = new Map<string, HeardAdvert>();
  for (const one of hearing.adverts) once.set(`${one.link} ${one.source} ${one.vrid}`, one);
  return [...once.values()];
}

function instancesOf({ configuration }: Facts): readonly VrrpInstanceModel[] {
  return isUnknown(configuration) ? [] : configuration.instances;
}

function instanceOf(facts: Facts, { link, vrid, source }: HeardAdvert) {
  const family = source.includes(':') ? 6 : 4;
  return instancesOf(facts).find(
    (one) => one.interface === link && one.vrid === vrid && one.family === family,
  );
}

function sameAddresses(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

function freeVrid(facts: Facts, link: string, near: number): number {
  const taken = new Set([
    ...heardOf(facts)
      .filter((one) => one.link === link)
      .map(({ vrid }) => vrid),
    ...instancesOf(facts)
      .filter((one) => one.interface === link)
      .map(({ vrid }) => vrid),
  ]);
  for (let step = 1; step < VRID_MAX; step++) {
    const candidate = ((near - 1 + step) % VRID_MAX) + 1;
    if (!taken.has(candidate)) return candidate;
  }
  return near;
}

function* taken(facts: Facts): Generator<Found> {
  for (const heard of heardOf(facts)) {
    const instance = instanceOf(facts, heard);
    if (instance === undefined) continue;
    const own = instance.addresses.map(({ address }) => address);
    if (own.some((address) => heard.addresses.includes(address))) continue;
    const { vrid, link, source, addresses } = heard;
    const message =
      `${source} uses VRID ${vrid} on ${link} for ${addresses.join(', ') || 'no address'}, ` +
      `${instance.name} for ${own.join(', ')}`;
    const command =
      `# give ${instance.name} another virtual_router_id on all its hosts; ` +
      `${freeVrid(facts, link, vrid)} is free`;
    yield { message, steps: [{ kind: 'by-hand', command }] };
  }
}

function* disagreeing(facts: Facts): Generator<Found> {
  for (const heard of heardOf(facts)) {
    const instance = instanceOf(facts, heard);
    const own = instance?.addresses.map(({ address }) => address) ?? [];
    if (instance === undefined || !own.some((one) => heard.addresses.includes(one))) continue;
    const seconds = (micros: number): string => `${micros / MICROS_PER_SECOND} s`;
    const differences = [
      ...(heard.version === instance.version
        ? []
        : [`version ${heard.version}, not ${instance.version}`]),
      ...(heard.interval === instance.advertInterval
        ? []
        : [`advert_int ${seconds(heard.interval)}, not ${seconds(instance.advertInterval)}`]),
      ...(sameAddresses(own, heard.addresses)
        ? []
        : [`addresses ${heard.addresses.join(', ')}, not ${own.join(', ')}`]),
    ];
    if (differences.length === 0) continue;
    const command = `# make the files of both hosts agree, see 'holdfast lint FILE FILE'`;
    yield {
      message:
        `${heard.source} says otherwise than ${instance.name} (VRID ${heard.vrid}): ` +
        `${differences.join('; ')}`,
      steps: [{ kind: 'by-hand', command }],
    };
  }
}

function* foreign(facts: Facts): Generator<Found> {
  for (const heard of heardOf(facts)) {
    if (instanceOf(facts, heard) !== undefined) continue;
    const { source, link, vrid, version, priority, addresses } = heard;
    yield {
      message:
        `${source} speaks VRRP ${version} on ${link}: VRID ${vrid}, priority ${priority}, ` +
        `${addresses.join(', ')}`,
      steps: [{ kind: 'by-hand', command: `# keep VRID ${vrid} free on ${link}` }],
    };
  }
}

const unknown: DoctorCheck['unknown'] = ({ hearing }) =>
  isUnknown(hearing) ? hearing.unknown : undefined;

export const NEIGHBOUR_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'vrid-taken', topic: 'neighbours', severity: 'error', unknown },
    title: 'whether others use a VRID of the configuration for other addresses',
    explanation:
      'A VRID is one group on a link. Two groups of one VRID count as one: one of them has no master, or ' +
      'both of them two, and every message is an error in the other log.',
    mend: 'Another virtual_router_id, on all hosts of the group.',
    judge: taken,
  },
  {
    ...{ code: 'peer-disagrees', topic: 'neighbours', severity: 'error', unknown },
    title: 'whether hosts of the group advertise what the configuration says',
    explanation:
      'Adverts of another version, interval or list of addresses are dropped or counted as errors: the ' +
      'hosts do not hear each other, and each becomes master.',
    mend: 'The same files, but for state, priority and the own addresses.',
    judge: disagreeing,
  },
  {
    ...{ code: 'foreign-vrrp', topic: 'neighbours', severity: 'info', unknown },
    title: 'who else speaks VRRP on the links, and with which VRIDs',
    explanation:
      'Routers and firewalls speak VRRP (and CARP, which looks like it) as well. Their ' +
      'VRIDs are taken.',
    mend: 'Nothing, as long as the VRIDs differ.',
    judge: foreign,
  },
];
