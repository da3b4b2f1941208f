/** What may fail in a group, how the simulator makes it fail, and how it is mended. */
import type { SimHost } from '../host.ts';
import type { World } from '../world.ts';
import type { Failure, FailureKind, ForecastNode, Group } from './types.ts';
import { NODE_FAILURES } from './types.ts';

/** Of larger groups only one node alone, and the first half, are cut off. */
const ALL_CUTS_MAX = 6;

/** What a stage gives to those who break and mend it. */
export interface Scene {
  readonly world: World;
  readonly slowness: number;
  host(name: string): SimHost;
  /** The simulator's name of a node's link. */
  link(node: string, name: string): string;
  start(host: SimHost): void;
  /** A script, check or proxy of this name. */
  judge(host: SimHost, subject: string, verdict: 'well' | 'failing'): void;
}

/** All single failures of a group. */
export function singleFailures(group: Group): readonly Failure[] {
  return [...group.nodes.flatMap(failuresOf), ...partitionsOf(group)];
}

/** All that may happen at once: of different nodes, or one partition beside a node's failure. */
export function doubleFailures(group: Group): readonly (readonly [Failure, Failure])[] {
  const all = singleFailures(group);
  return all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => (areApart(one, other) ? [[one, other] as const] : [])),
  );
}

function areApart(one: Failure, other: Failure): boolean {
  const cuts = [one, other].filter(({ kind }) => kind === 'partition').length;
  if (cuts === 2) return false;
  return cuts === 1 || one.nodes.every((name) => !other.nodes.includes(name));
}

function failuresOf({ name, model }: ForecastNode): readonly Failure[] {
  const links = [...new Set(model.instances.map((instance) => instance.interface))];
  const tracked = model.instances.flatMap(({ trackedInterfaces }) =>
    trackedInterfaces.map((one) => one.name),
  );
  const own = new Set([...links, ...tracked]);
  const subjects = model.instances.flatMap((instance) =>
    [...instance.trackedScripts, ...instance.trackedChecks, ...(instance.trackedProxies ?? [])].map(
      (one) => one.name,
    ),
  );
  const nodes = [name];
  return [
    ...NODE_FAILURES.flatMap((kind): readonly Failure[] =>
      kind === 'cable' ? [...own].map((subject) => ({ kind, nodes, subject })) : [{ kind, nodes }],
    ),
    ...[...new Set(subjects)].map((subject): Failure => ({ kind: 'script', nodes, subject })),
  ];
}

/** Each way to part a group in two; of two nodes there is one. */
function partitionsOf({ nodes }: Group): readonly Failure[] {
  const names = nodes.map(({ name }) => name);
  const sides: string[][] = [];
  if (names.length > ALL_CUTS_MAX) {
    sides.push(...names.map((name) => [name]), names.slice(0, names.length >> 1));
  } else {
    // The last node is always on the other side, so that no cut comes twice.
    for (let bits = 1; bits < 1 << (names.length - 1); bits++) {
      sides.push(names.filter((_, index) => (bits >> index) & 1));
    }
  }
  return sides.map((side) => ({ kind: 'partition', nodes: side }));
}

type Act = (scene: Scene, failure: Failure) => void;

/** For each node that is struck. */
function each(act: (scene: Scene, host: SimHost, failure: Failure) => void): Act {
  return (scene, failure) => {
    for (const name of failure.nodes) act(scene, scene.host(name), failure);
  };
}

function setCable(state: 'up' | 'down'): Act {
  return each(({ link }, host, { subject }) => {
    const names =
      subject === undefined ? host.model.instances.map((one) => one.interface) : [subject];
    for (const name of names) {
      host.setLink(subject === undefined ? name : link(host.name, name), state);
    }
  });
}

const heal: Act = ({ world }) => world.network.heal();
const startAgain: Act = each(({ start }, host) => start(host));

const ACTS: Readonly<Record<FailureKind, { readonly strike: Act; readonly mend: Act }>> = {
  crash: { strike: each(({ world }, host) => world.powerOff(host)), mend: startAgain },
  stop: { strike: each((_, host) => host.stop()), mend: startAgain },
  kill: { strike: each(({ world }, host) => world.kill(host)), mend: startAgain },
  hang: { strike: each((_, host) => host.pause()), mend: each((_, host) => host.resume()) },
  cable: { strike: setCable('down'), mend: setCable('up') },
  mute: {
    strike: each(({ world }, host) => {
      for (const to of world.hosts) if (to !== host) world.network.block(host, to);
    }),
    mend: heal,
  },
  deaf: {
    strike: each(({ world }, host) => {
      for (const from of world.hosts) if (from !== host) world.network.block(from, host);
    }),
    mend: heal,
  },
  slow: {
    strike: each(({ slowness }, host) => host.clock.slowDown(slowness)),
    mend: each((_, host) => host.clock.slowDown(1)),
  },
  script: {
    strike: each(({ judge }, host, { subject }) => judge(host, subject ?? '', 'failing')),
    mend: each(({ judge }, host, { subject }) => judge(host, subject ?? '', 'well')),
  },
  partition: {
    strike: ({ world }, { nodes }) => {
      for (const from of world.hosts) {
        for (const to of world.hosts) {
          if (nodes.includes(from.name) !== nodes.includes(to.name)) world.network.block(from, to);
        }
      }
    },
    mend: heal,
  },
};

export function strike(scene: Scene, failure: Failure): void {
  ACTS[failure.kind].strike(scene, failure);
}

export function mend(scene: Scene, failure: Failure): void {
  ACTS[failure.kind].mend(scene, failure);
}
