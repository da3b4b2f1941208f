/** Bugs in health checks and in what follows from them for virtual servers. */
import type { Mutant } from './mutant.ts';

const checker = 'src/core/check/checker.ts';
const board = 'src/core/check/check-board.ts';
const identity = 'src/core/check/identity.ts';
const judge = 'src/core/check/judge.ts';
const quorum = 'src/core/balance/quorum.ts';
const pool = 'src/core/balance/pool.ts';
const server = 'src/core/balance/real-server.ts';
const users = 'src/core/balance/users.ts';
const build = 'src/core/balance/build-pools.ts';
const director = 'src/core/balance/director.ts';
const table = 'src/core/balance/service-table.ts';
const orders = 'src/core/balance/order-book.ts';
const expand = 'src/core/balance/expand.ts';
const foreseen = 'src/core/balance/foreseen.ts';

const checks: readonly Mutant[] = [
  {
    name: 'check: retries before the first result',
    file: checker,
    find: "if (this.#verdict === 'up' && this.#failures <= retries) {",
    replace: "if (this.#verdict !== 'down' && this.#failures <= retries) {",
  },
  {
    name: 'check: one retry too few',
    file: checker,
    find: 'this.#failures <= retries)',
    replace: 'this.#failures < retries)',
  },
  {
    name: 'check: success forgives nothing',
    file: checker,
    find: '    const failures = this.#failures;\n    this.#failures = 0;\n',
    replace: '    const failures = this.#failures;\n',
  },
  {
    name: 'check: retries an interval apart',
    file: checker,
    find: 'this.#dueAt = addMicros(now, retryDelay);',
    replace: 'this.#dueAt = addMicros(now, interval);',
  },
  {
    name: 'check: up after the url that failed alone',
    file: checker,
    find: '(isAlone ? 0 : count)',
    replace: '0',
  },
  {
    name: 'check: fast_recovery pauses',
    file: checker,
    find: 'this.#isFast() ? 0 : this.#pauseBetween()',
    replace: 'this.#pauseBetween()',
  },
  {
    name: 'check: hosts of SMTP pause',
    file: checker,
    find: 'return isWeb(check) ? check.interval : 0;',
    replace: 'return check.interval;',
  },
  {
    name: 'check: up with the first url',
    file: checker,
    find: '      if (this.#step !== 0) {\n',
    replace: "      if (this.#step !== 0 && this.#verdict !== 'unknown') {\n",
  },
  {
    name: 'check: retry_delay shorter for a url that is down',
    file: checker,
    find: 'Math.max(retryDelay, interval)',
    replace: 'interval',
  },
  {
    name: 'check: script paced from its end',
    file: checker,
    find: "if (kind !== 'script' || this.#begunAt === undefined)",
    replace: "if (kind === 'script' || this.#begunAt === undefined)",
  },
  {
    name: 'check: answer after a pause counts',
    file: checker,
    find: "    this.#begunAt = undefined;\n    out.push({ kind: 'abandon' });",
    replace: "    out.push({ kind: 'abandon' });",
  },
  {
    name: 'check: abandoned probe not ended',
    file: board,
    find: '        orders.abandon(probe);\n',
    replace: '',
  },
  {
    name: 'check: weight of a script forgotten with its pace',
    file: checker,
    find: '    this.#weight = weight;\n  }',
    replace: '    if (weight === -1) this.#weight = weight;\n  }',
  },
  {
    name: 'check: known answers count at the same pace only',
    file: board,
    find: 'known.get(id) ?? answers.get(subjectOf(id))',
    replace: 'known.get(id)',
  },
  {
    name: 'check: alpha parts equal checks',
    file: identity,
    find: "const OF_USERS = new Set(['alpha', 'logAllFailures']);",
    replace: "const OF_USERS = new Set(['logAllFailures']);",
  },
  {
    name: 'check: pace is no part of a check',
    file: identity,
    find: 'const { interval, retries, retryDelay, warmup } = check;',
    replace: 'const { interval, retries, retryDelay } = check;\n  const warmup = 0;',
  },
  {
    name: 'check: last status of a range does not count',
    file: judge,
    find: 'first <= status && status <= last',
    replace: 'first <= status && status < last',
  },
  {
    name: 'check: digest not compared',
    file: judge,
    find: 'url.digest !== undefined && url.digest !== digest',
    replace: 'url.digest !== undefined && digest === undefined',
  },
  {
    name: 'check: misc_dynamic takes 1 for a weight',
    file: judge,
    find: 'const FIRST_WEIGHT_STATUS = 2;',
    replace: 'const FIRST_WEIGHT_STATUS = 1;',
  },
];

const pools: readonly Mutant[] = [
  {
    name: 'quorum: hysteresis ignored when it is gained',
    file: quorum,
    find: 'weight >= quorum + hysteresis',
    replace: 'weight >= quorum',
  },
  {
    name: 'quorum: hysteresis ignored when it is lost',
    file: quorum,
    find: 'weight < quorum - hysteresis',
    replace: 'weight < quorum',
  },
  {
    name: 'quorum: kept without any weight',
    file: quorum,
    find: 'weight === 0 || ',
    replace: '',
  },
  {
    name: 'quorum: forgotten in a crash',
    file: build,
    find: 'old?.quorum ?? quorums.get(pool.id)',
    replace: 'old?.quorum',
  },
  {
    name: 'quorum: forgotten in a reload',
    file: build,
    find: 'old?.quorum ?? quorums.get(pool.id)',
    replace: 'quorums.get(pool.id)',
  },
  {
    name: 'foreseen: who begins down is told of',
    file: foreseen,
    find: '!isAsking(check) || check.alpha',
    replace: '!isAsking(check)',
  },
  {
    name: 'foreseen: sorry servers do not matter',
    file: foreseen,
    find: ' && like.sorryServer === undefined',
    replace: '',
  },
  {
    name: 'foreseen: each virtual server has all of its services',
    file: foreseen,
    find: 'all.filter(({ id }) => !claimed.has(id))',
    replace: 'all',
  },
  {
    name: 'quorum: servers that are out count',
    file: pool,
    find: 'if (server.isLive) sum += server.weight;',
    replace: 'sum += server.weight;',
  },
  {
    name: 'sorry server: live servers stay beside it',
    file: server,
    find: "if (this.state === 'up' && use === 'in use') return this.weight;",
    replace: "if (this.state === 'up') return this.weight;",
  },
  {
    name: 'sorry server: used without need',
    file: pool,
    find: "return this.quorum === 'down' && this.model.sorryServer !== undefined;",
    replace: 'return this.model.sorryServer !== undefined;',
  },
  {
    name: 'sorry server: inhibit ignored',
    file: pool,
    find: '!(this.usesSorryServer || sorry.inhibit)',
    replace: '!this.usesSorryServer',
  },
  {
    name: 'sorry server: weight while inhibited',
    file: pool,
    find: 'this.usesSorryServer ? SORRY_WEIGHT : 0',
    replace: 'SORRY_WEIGHT',
  },
  {
    name: 'sorry server: there twice',
    file: pool,
    find: '    if (own >= 0) servers.splice(own, 1);\n',
    replace: '',
  },
  {
    name: 'inhibit: removed all the same',
    file: server,
    find: 'this.model.inhibitOnFailure ? 0 : undefined',
    replace: 'undefined',
  },
  {
    name: 'weight: not held above 0',
    file: server,
    find: 'Math.min(WEIGHT_MAX, Math.max(0, sum))',
    replace: 'Math.min(WEIGHT_MAX, sum)',
  },
  {
    name: 'weight: no upper limit',
    file: server,
    find: 'Math.min(WEIGHT_MAX, Math.max(0, sum))',
    replace: 'Math.max(0, sum)',
  },
  {
    name: 'weight: a script adds instead of setting',
    file: users,
    find: 'contribution: checker.weight - weight }',
    replace: 'contribution: checker.weight }',
  },
  {
    name: 'weight: a script overrules an operator',
    file: server,
    find: 'if (this.override === undefined)\n      for',
    replace: 'for',
  },
  {
    name: 'file: beyond the limit is weight 0',
    file: users,
    find: "  if (change <= -WEIGHT_LIMIT) return { state: 'fails', contribution: 0 };\n",
    replace: '',
  },
  {
    name: 'server: up with one check that passes',
    file: server,
    find: 'this.#opinions.every(',
    replace: '!this.#opinions.length || this.#opinions.some(',
  },
  {
    name: 'alpha ignored',
    file: build,
    find: "(check.alpha ? 'down' : 'up')",
    replace: "'up'",
  },
  {
    name: 'reload: new checks take servers out',
    file: build,
    find: "before?.state ?? (check.alpha ? 'down' : 'up')",
    replace: "(check.alpha ? 'down' : 'up')",
  },
  {
    name: 'reload: what it changes is not told',
    file: director,
    find: 'tellAll(told);\n      if (old !== undefined) pool.noteReload(now, old, told);\n',
    replace: 'tellAll(told);\n',
  },
  {
    name: 'single change: what it changes is not told',
    file: director,
    find: 'of built) {\n      if (old !== undefined) pool.noteReload(now, old, told);\n',
    replace: 'of built) {\n',
  },
  {
    name: 'reload: suspended servers told of again',
    file: build,
    find: 'old?.isSuspended ?? false',
    replace: 'false',
  },
  {
    name: 'reload: services not removed',
    file: table,
    find: 'for (const id of removed) this.#services.delete(id);',
    replace: '',
  },
  {
    name: 'crash: first states told again',
    file: director,
    find: "this.#phase === 'new' && carried === undefined",
    replace: "this.#phase === 'new'",
  },
  {
    name: 'crash: orders forgotten',
    file: director,
    find: 'for (const order of carried?.orders ?? []) this.#orders.note(order);',
    replace: '',
  },
  {
    name: 'kernel: told after the scripts',
    file: director,
    find: `    realize({ desired: this.#services.update(this.#touched), removed: [] }, out);
    this.#touched.clear();
    for (const effect of told) out.push(effect);`,
    replace: `    for (const effect of told) out.push(effect);
    realize({ desired: this.#services.update(this.#touched), removed: [] }, out);
    this.#touched.clear();`,
  },
  {
    name: 'kernel: unchanged services ordered again',
    file: table,
    find: 'return isSame ? before : { ...after, servers };',
    replace: 'return { ...after, servers };',
  },
  {
    name: 'kernel: the second of two equal services counts',
    file: pool,
    find: 'services.filter(({ id }) => !claimed.has(id))',
    replace: 'services',
  },
  {
    name: 'kernel: lvs_method none forwards',
    file: pool,
    find: "const isBalanced = model.purpose === 'balanced';",
    replace: 'const isBalanced = true;',
  },
  {
    name: 'kernel: groups of the other family',
    file: expand,
    find: '        if (theirs !== family && !isTunnelled(virtual)) return [];\n',
    replace: '',
  },
  {
    name: 'orders: cut drains',
    file: pool,
    find: "    if (!wasCut && server.disabled?.connections === 'cut') this.#cuts = true;\n",
    replace: '',
  },
  {
    name: 'orders: all are cut from then on',
    file: pool,
    find: '    this.#cuts = false;\n    return',
    replace: '    return',
  },
  {
    name: 'orders: one about all leaves exceptions',
    file: orders,
    find: '(service !== undefined && other.service !== service)',
    replace: 'other.service !== service',
  },
  {
    name: 'orders: failed servers drain for ever',
    file: server,
    find: "if (this.state === 'up' && disabled !== undefined) return 0;",
    replace: 'if (disabled !== undefined) return 0;',
  },
  {
    name: 'ha_suspend: checks go on',
    file: director,
    find: "const phase = rests ? 'paused' : 'checking';",
    replace: "const phase = 'checking';",
  },
  {
    name: 'ha_suspend: a shared check rests for all',
    file: director,
    find: 'entry.users.every((user)',
    replace: 'entry.users.some((user)',
  },
  {
    name: 'omega ignored',
    file: pool,
    find: '    if (!this.model.notifyAtStop) return;\n',
    replace: '    if (this.servers.length > 0) return;\n',
  },
  {
    name: 'track: not told at a reload',
    file: director,
    find: '    this.#tellTracks(told);\n',
    replace: '',
  },
];

export const balancingMutants: readonly Mutant[] = [...checks, ...pools];
