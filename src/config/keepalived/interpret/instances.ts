import type { VrrpInstanceModel } from '../../model/vrrp.ts';
import type { RootStatement } from '../grammar/around-blocks.ts';
import type { Statement } from '../grammar/tree.ts';
import type { KnownBlocks } from '../known-blocks.ts';
import { Report } from '../report.ts';
import { isPlainBlock, type PlainBlock } from '../text/plain-block.ts';
import type { Context } from './context.ts';
import type { InstanceDefaults } from './globals.ts';
import { interpretInstance } from './instance.ts';
import { Positions } from './positions.ts';
import { reportDuplicate } from './report-duplicate.ts';
import type { ScriptDefinition } from './scripts.ts';
import type { TrackerDefaults } from './tracking.ts';
import type { Tracker } from './unacted/group-weights.ts';
import { checkTheRest } from './unacted/rest.ts';
import { Values } from './values.ts';

/** Plain blocks, and what is known of them from an earlier reading. */
export interface PlainBlocks {
  /** Its words, read where it stands. */
  read(block: PlainBlock, report: Report): Statement | undefined;
  readonly known: KnownBlocks;
}

export interface InstanceSurroundings {
  readonly defaults: InstanceDefaults;
  readonly scripts: ReadonlyMap<string, ScriptDefinition>;
  readonly trackChecks: ReadonlyMap<string, TrackerDefaults>;
  readonly context: Context;
  readonly blocks: PlainBlocks;
}

export interface Instances {
  /** By name, without those that cannot run. */
  readonly instances: ReadonlyMap<string, VrrpInstanceModel>;
  /** Also of those that were left out. */
  readonly names: ReadonlySet<string>;
  /** Of plain blocks, those that may track something. */
  readonly trackers: readonly Tracker[];
}

/** A vrrp_instance, of which not more is read than is asked for. */
interface Candidate {
  readonly name: string | undefined;
  statement(): Statement;
  model(): VrrpInstanceModel | undefined;
}

/** All vrrp_instances among the statements of a configuration, each name and each router once. */
export function interpretInstances(
  roots: readonly RootStatement[],
  surroundings: InstanceSurroundings,
): Instances {
  const { context, defaults, scripts, blocks } = surroundings;
  const instances = new Map<string, VrrpInstanceModel>();
  const names = new Set<string>();
  const byRouter = new Map<string, VrrpInstanceModel>();
  const take = ({ name, statement, model }: Candidate): void => {
    if (name !== undefined && names.has(name)) {
      reportDuplicate('duplicate-instance', 'vrrp_instance', statement(), context);
      return;
    }
    if (name !== undefined) names.add(name);
    const instance = model();
    if (instance === undefined) return;
    const key = routerKey(instance);
    const other = byRouter.get(key);
    if (other !== undefined) {
      reportCollision(instance, other, statement(), context);
      return;
    }
    byRouter.set(key, instance);
    instances.set(instance.name, instance);
  };
  const trackers: Tracker[] = [];
  const lastScript = Math.max(-1, ...Array.from(scripts.values(), (script) => script.order));
  blocks.known.begin(defaults, scripts.values());
  for (const [order, root] of roots.entries()) {
    if (isPlainBlock(root)) {
      if (root.keyword !== 'vrrp_instance') continue;
      const place = { block: root, order, isBelowScripts: order > lastScript };
      takePlain(place, surroundings, take);
      if (root.text.includes('track_')) {
        const statement = () => blocks.read(root, new Report());
        trackers.push({ name: root.name, statement });
      }
    } else if (root.definition.name === 'vrrp_instance') take(written(root, order, surroundings));
  }
  blocks.known.finish();
  return { instances, names, trackers };
}

function written(
  statement: Statement,
  order: number,
  { defaults, scripts, trackChecks, context }: InstanceSurroundings,
): Candidate {
  return {
    name: statement.words[0]?.text,
    statement: () => statement,
    model: () => interpretInstance(statement, { defaults, scripts, trackChecks, order, context }),
  };
}

interface PlacedBlock {
  readonly block: PlainBlock;
  readonly order: number;
  /** All of them stand above it, so that it may track any. */
  readonly isBelowScripts: boolean;
}

function takePlain(
  place: PlacedBlock,
  surroundings: InstanceSurroundings,
  take: (candidate: Candidate) => void,
): void {
  const model = surroundings.blocks.known.modelOf(place.block);
  if (model === undefined || !meansTheSame(model, place)) takeUnknown(place, surroundings, take);
  else take(known(place.block, model, surroundings));
}

/** Whether it means the same wherever its scripts are defined above it. */
function meansTheSame(
  { trackedScripts }: VrrpInstanceModel,
  { isBelowScripts }: PlacedBlock,
): boolean {
  return trackedScripts.length === 0 || isBelowScripts;
}

/** There is nothing to be told of it, so that its words are wanted only for their places. */
function known(
  block: PlainBlock,
  model: VrrpInstanceModel,
  surroundings: InstanceSurroundings,
): Candidate {
  const { name, file, line, lineCount } = block;
  const { context, blocks } = surroundings;
  context.report.noteBlock({ file, from: line, to: line + lineCount - 1 });
  return {
    name,
    statement: () => {
      const statement = blocks.read(block, new Report());
      if (statement === undefined) throw new Error(`no statement on line ${line} of ${file}`);
      return statement;
    },
    model: () => {
      context.positions.setLater(name, () => positionsIn(block, surroundings));
      return model;
    },
  };
}

function positionsIn(block: PlainBlock, surroundings: InstanceSurroundings): Positions {
  const { defaults, scripts, trackChecks, blocks } = surroundings;
  const context: Context = { report: new Report(), positions: new Positions(), claims: [] };
  const statement = blocks.read(block, context.report);
  if (statement !== undefined) {
    const order = Number.POSITIVE_INFINITY;
    interpretInstance(statement, { defaults, scripts, trackChecks, order, context });
  }
  return context.positions;
}

/** Reads it, tells all that is to be told of it, and learns it if that is nothing. */
function takeUnknown(
  place: PlacedBlock,
  { defaults, scripts, trackChecks, context, blocks }: InstanceSurroundings,
  take: (candidate: Candidate) => void,
): void {
  const { block, order } = place;
  const { report, claims } = context;
  const before = report.faults.length + claims.length;
  const statement = blocks.read(block, report);
  if (statement === undefined) return;
  new Values([statement], report);
  let model: VrrpInstanceModel | undefined;
  take({
    name: block.name,
    statement: () => statement,
    model: () => {
      model = interpretInstance(statement, { defaults, scripts, trackChecks, order, context });
      return model;
    },
  });
  checkTheRest([statement], context);
  const isClean = report.faults.length + claims.length === before;
  if (isClean && model !== undefined && meansTheSame(model, place))
    blocks.known.learn(block, model);
}

function reportCollision(
  instance: VrrpInstanceModel,
  other: VrrpInstanceModel,
  { keyword }: Statement,
  { report, positions }: Context,
): void {
  report.add(
    'duplicate-vrid',
    positions.get(`instance/${instance.name}`) ?? keyword.at,
    `${other.name} and ${instance.name} both use virtual_router_id ${instance.vrid} with ` +
      `IPv${instance.family} on ${instance.interface}: ${instance.name} is left out`,
    'give one of them another virtual_router_id, on all hosts',
  );
}

/** Equal for two virtual routers that could not tell each other's adverts apart. */
function routerKey({ interface: name, vrid, family, transport }: VrrpInstanceModel): string {
  const partners =
    transport.kind === 'multicast'
      ? transport.group
      : transport.peers
          .map(({ address }) => address)
          .sort()
          .join(',');
  return `${name} ${vrid} ${family} ${partners}`;
}
