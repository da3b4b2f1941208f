import type { Model } from '../../model/model.ts';
import type { RootStatement } from '../grammar/around-blocks.ts';
import type { Statement } from '../grammar/tree.ts';
import { isPlainBlock } from '../text/plain-block.ts';
import type { Context } from './context.ts';
import { interpretGlobals } from './globals.ts';
import { interpretInstances, type PlainBlocks } from './instances.ts';
import { readProcess } from './process.ts';
import { reportDuplicate } from './report-duplicate.ts';
import { interpretScript, type ScriptDefinition } from './scripts.ts';
import { interpretSyncGroups } from './sync-groups.ts';
import type { TrackerDefaults } from './tracking.ts';
import { checkTheRest } from './unacted/rest.ts';
import { Values } from './values.ts';

/** All statements of a configuration as one model. */
export function interpret(
  roots: readonly RootStatement[],
  trackChecks: ReadonlyMap<string, TrackerDefaults>,
  context: Context,
  blocks: PlainBlocks,
): Model {
  const statements = roots.filter((root): root is Statement => !isPlainBlock(root));
  const named = (name: string): Statement[] =>
    statements.filter(({ definition }) => definition.name === name);
  const globals = interpretGlobals(
    named('global_defs').flatMap(({ block }) => [...(block?.statements ?? [])]),
    context,
  );
  const { defaults } = globals;
  const process = readProcess(new Values(statements, context.report), globals.values, context);

  const scripts = new Map<string, ScriptDefinition>();
  for (const [order, root] of roots.entries()) {
    if (isPlainBlock(root) || root.definition.name !== 'vrrp_script') continue;
    const script = interpretScript(root, order, defaults.identity, context);
    if (script === undefined) continue;
    const { name } = script.model;
    if (scripts.has(name)) reportDuplicate('duplicate-script', 'vrrp_script', root, context);
    else scripts.set(name, script);
  }

  const surroundings = { defaults, scripts, trackChecks, context, blocks };
  const { instances, names, trackers } = interpretInstances(roots, surroundings);
  const groups = named('vrrp_sync_group');
  // A member that was left out for its own mistakes is no mistake of the group.
  const syncGroups = interpretSyncGroups(groups, names, defaults.identity, context).map(
    (group) => ({
      ...group,
      members: group.members.filter((name) => instances.has(name)),
    }),
  );
  checkTheRest(statements, context, trackers);
  return {
    global: { ...globals.model, ...(process !== undefined && { process }) },
    scripts: [...scripts.values()].map(({ model }) => model),
    instances: [...instances.values()],
    ...(syncGroups.length > 0 && { syncGroups }),
  };
}
