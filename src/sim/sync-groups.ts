/**
 * The sync groups of one host, as keepalived 2.2.7 was seen to have them: where one member is faulty none
 * takes part; they become master when the last of them has waited for long enough, and yield with the
 * first. Priorities count for each instance alone.
 */
import type { SyncGroupModel } from '../config/model/sync-group.ts';
import type { Node, NodeInput } from '../core/node.ts';
import type { VrrpSnapshot } from '../core/vrrp/snapshot.ts';
import type { Synced, VrrpState } from '../core/vrrp/types.ts';

/** No check of a file has a name with spaces. */
const GROUP_CHECK = 'sync group ';

/** What is wrong with one member is told the others as a check that all of them track. */
export function groupCheck(group: string): string {
  return `${GROUP_CHECK}${group}`;
}

/** Nobody but the group itself says how it is. */
export function isGroupCheck(name: string): boolean {
  return name.startsWith(GROUP_CHECK);
}

export class SyncGroups {
  readonly #groups: readonly SyncGroupModel[];
  readonly #tell: (input: NodeInput) => void;
  readonly #states = new Map<string, VrrpState>();
  readonly #verdicts = new Map<string, 'up' | 'down'>();
  /** Who had waited for long enough when last looked at. */
  #ready: ReadonlySet<string> = new Set();
  #isAtWork = false;

  constructor(groups: readonly SyncGroupModel[], tell: (input: NodeInput) => void) {
    this.#groups = groups;
    this.#tell = tell;
  }

  /** The engine has moved: it is told what follows, until nothing does. */
  follow(node: Node | undefined): void {
    // What it is told moves it, too.
    if (node === undefined || this.#isAtWork) return;
    this.#isAtWork = true;
    for (const group of this.#groups) {
      for (let inputs = this.#next(group, node); inputs.length > 0; ) {
        for (const input of inputs) this.#tell(input);
        inputs = this.#next(group, node);
      }
    }
    this.#isAtWork = false;
  }

  /** The process has ended. */
  forget(): void {
    this.#states.clear();
    this.#ready = new Set();
    this.#verdicts.clear();
  }

  #next(group: SyncGroupModel, node: Node): readonly NodeInput[] {
    const members = group.members.flatMap((name) => node.router(name)?.snapshot() ?? []);
    if (members.length === 0) return [];
    const verdict = this.#judge(group, members);
    return verdict.length > 0 ? verdict : this.#align(group, members);
  }

  #judge({ name }: SyncGroupModel, members: readonly VrrpSnapshot[]): readonly NodeInput[] {
    const before = this.#verdicts.get(name);
    // Of a member's faults one is the group's own.
    const known = before === 'down' ? 1 : 0;
    const faulty = members.find(({ faults }) => faults.length > known);
    const verdict = faulty === undefined ? 'up' : 'down';
    if (verdict === before) return [];
    this.#verdicts.set(name, verdict);
    const detail = faulty === undefined ? 'all members are well' : `${faulty.name} is in fault`;
    return [{ kind: 'checkJudged', check: groupCheck(name), verdict, detail }];
  }

  #align({ name }: SyncGroupModel, members: readonly VrrpSnapshot[]): readonly NodeInput[] {
    const yielded = members.find(
      (one) => one.state === 'backup' && this.#states.get(one.name) === 'master',
    );
    const ready = members.filter(isReady);
    const last = ready.find((one) => !this.#ready.has(one.name)) ?? ready[0];
    const isTime = ready.length + members.filter(isMaster).length === members.length;
    for (const one of members) this.#states.set(one.name, one.state);
    this.#ready = new Set(ready.map((one) => one.name));
    if (yielded !== undefined) {
      return members
        .filter(isMaster)
        .map(order({ to: 'backup', group: name, after: yielded.name }));
    }
    if (last === undefined || !isTime) return [];
    return ready.map(order({ to: 'master', group: name, after: last.name }));
  }
}

function isMaster({ state }: VrrpSnapshot): boolean {
  return state === 'master';
}

/** It has waited for a master for long enough, and does not any more. */
function isReady({ state, due, restraint }: VrrpSnapshot): boolean {
  return state === 'backup' && due === undefined && restraint !== 'drained';
}

function order(what: Omit<Synced, 'kind'>): (member: VrrpSnapshot) => NodeInput {
  return ({ name: instance }) => ({ kind: 'synced', instance, ...what });
}
