import type { Model } from '../../model/model.ts';
import type { VrrpInstanceModel } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Context } from './context.ts';
import { interpretGlobals } from './globals.ts';
import { interpretInstance } from './instance.ts';
import { readProcess } from './process.ts';
import { interpretScript, type ScriptDefinition } from './scripts.ts';
import { interpretSyncGroups } from './sync-groups.ts';
import type { TrackerDefaults } from './tracking.ts';
import { checkTheRest } from './unacted/rest.ts';
import { Values } from './values.ts';

/** All statements of a configuration as one model. */
export function interpret(
  statements: readonly Statement[],
  trackChecks: ReadonlyMap<string, TrackerDefaults>,
  context: Context,
): Model {
  const named = (name: string): Statement[] =>
    statements.filter(({ definition }) => definition.name === name);
  const globals = interpretGlobals(
    named('global_defs').flatMap(({ block }) => [...(block?.statements ?? [])]),
    context,
  );
  const { defaults } = globals;
  const process = readProcess(new Values(statements, context.report), globals.values, context);
  const order = new Map(statements.map((statement, index) => [statement, index]));
  const orderOf = (statement: Statement): number => order.get(statement) ?? 0;

  const scripts = new Map<string, ScriptDefinition>();
  for (const statement of named('vrrp_script')) {
    const script = interpretScript(statement, orderOf(statement), defaults.identity, context);
    if (script === undefined) continue;
    const { name } = script.model;
    if (scripts.has(name)) reportDuplicate('duplicate-script', 'vrrp_script', statement, context);
    else scripts.set(name, script);
  }

  const instances = new Map<string, VrrpInstanceModel>();
  const seen = new Set<string>();
  const byRouter = new Map<string, VrrpInstanceModel>();
  for (const statement of named('vrrp_instance')) {
    const name = statement.words[0]?.text;
    if (name !== undefined && seen.has(name)) {
      reportDuplicate('duplicate-instance', 'vrrp_instance', statement, context);
      continue;
    }
    if (name !== undefined) seen.add(name);
    const surrounding = { defaults, scripts, trackChecks, order: orderOf(statement), context };
    const instance = interpretInstance(statement, surrounding);
    if (instance === undefined) continue;
    const key = routerKey(instance);
    const other = byRouter.get(key);
    if (other !== undefined) {
      reportCollision(instance, other, statement, context);
      continue;
    }
    byRouter.set(key, instance);
    instances.set(instance.name, instance);
  }

  const groups = named('vrrp_sync_group');
  // A member that was left out for its own mistakes is no mistake of the group.
  const syncGroups = interpretSyncGroups(groups, seen, defaults.identity, context).map((group) => ({
    ...group,
    members: group.members.filter((name) => instances.has(name)),
  }));
  checkTheRest(statements, context);
  return {
    global: { ...globals.model, ...(process !== undefined && { process }) },
    scripts: [...scripts.values()].map(({ model }) => model),
    instances: [...instances.values()],
    ...(syncGroups.length > 0 && { syncGroups }),
  };
}

function reportDuplicate(
  code: 'duplicate-script' | 'duplicate-instance',
  keyword: string,
  { words: [name], keyword: { at } }: Statement,
  { report }: Context,
): void {
  report.add(
    code,
    name?.at ?? at,
    `${keyword} ${name?.text} is defined above: this one is left out`,
    'give it another name',
  );
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
  return [name, vrid, family, partners].join(' ');
}
