import type { SyncGroupModel } from '../../model/sync-group.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Word } from '../text/words.ts';
import type { Identity } from './commands.ts';
import type { Context } from './context.ts';
import { readNotify } from './notify.ts';
import { Values } from './values.ts';

/** Sync groups with the members that exist, each in the first group that names it. */
export function interpretSyncGroups(
  statements: readonly Statement[],
  instances: ReadonlySet<string>,
  identity: Identity,
  context: Context,
): SyncGroupModel[] {
  const taken = new Set<string>();
  return statements.flatMap((statement) => {
    const [header] = statement.words;
    if (header === undefined) return [];
    const values = new Values(statement.block?.statements ?? [], context.report);
    const words = namedMembers(values);
    const members = readMembers(words, { instances, taken }, context);
    // One that does not count is told of by itself.
    if (words.length < 2) {
      context.report.add(
        'lonely-group',
        header.at,
        `sync group ${header.text} has ${words.length === 0 ? 'no member' : 'one member only'}`,
      );
    }
    if (members.length === 0) return [];
    const notify = readNotify(values, `group/${header.text}`, identity, context);
    const weights = values.has('sync_group_tracking_weight') ? 'counted' : 'ignored';
    return [{ name: header.text, members, weights, notify }];
  });
}

interface Membership {
  readonly instances: ReadonlySet<string>;
  /** Instances that are in a group already. */
  readonly taken: Set<string>;
}

function namedMembers(values: Values): readonly Word[] {
  return values
    .all('group')
    .flatMap(({ block }) => block?.lines ?? [])
    .flatMap((line) => line.words);
}

function readMembers(
  words: readonly Word[],
  { instances, taken }: Membership,
  { report }: Context,
): string[] {
  return words.flatMap(({ text, at }) => {
    if (!instances.has(text)) {
      report.add('unknown-member', at, `there is no vrrp_instance ${text}: it is left out`);
      return [];
    }
    if (taken.has(text)) {
      report.add('duplicate-member', at, `${text} is in a sync group already: it stays there`);
      return [];
    }
    taken.add(text);
    return [text];
  });
}
