/** Bugs in what checks, agents, traffic and operators make of the proxy's servers. */
import type { Mutant } from './mutant.ts';

const folder = 'src/core/proxy/health';
const judging = `${folder}/judging.ts`;
const transitions = `${folder}/transitions.ts`;
const orders = `${folder}/orders.ts`;
const engine = `${folder}/engine.ts`;
const pace = `${folder}/pace.ts`;
const tally = `${folder}/tally.ts`;
const slowStart = `${folder}/slow-start.ts`;
const lines = `${folder}/log-lines.ts`;
const answer = `${folder}/agent-answer.ts`;

const states: readonly Mutant[] = [
  {
    name: 'server: a failure below rise keeps its health',
    file: judging,
    find: '  if (health.health < health.rise) health.health = 0;\n',
    replace: '',
  },
  {
    name: 'server: success while up gives back one',
    file: judging,
    find: '  if (health.health >= health.rise) health.health = full;\n',
    replace: '',
  },
  {
    name: 'server: failures of one that is down are counted',
    file: judging,
    find: "if (moved && verdict === 'failed') health.failures++;",
    replace: "if (verdict === 'failed') health.failures++;",
  },
  {
    name: 'server: 404 is as good as any',
    file: judging,
    find: "if (verdict === 'passed') this.#transitions.goUp",
    replace: "if (verdict !== 'failed') this.#transitions.goUp",
  },
  {
    name: 'server: 404 of one that is down is conditional',
    file: engine,
    find: "health.operational === 'stopped' ? 'failure' : 'conditional'",
    replace: "health.operational === 'stopped' ? 'conditional' : 'conditional'",
  },
  {
    name: 'server: an agent brings back whose check fails',
    file: judging,
    find: "else if (said === 'up' && isWell(watch.health))",
    replace: "else if (said === 'up')",
  },
  {
    name: 'server: an agent that cannot be asked is down',
    file: judging,
    find: "if (said === 'down') this.#transitions.goDown",
    replace: "if (said !== 'up') this.#transitions.goDown",
  },
  {
    name: 'server: success in traffic forgives nothing',
    file: judging,
    find: `    if (seen.result === 'success') {
      watch.errors = 0;`,
    replace: "    if (seen.result === 'success') {",
  },
  {
    name: 'server: sudden death is death',
    file: judging,
    find: 'Math.min(health.health, health.rise + 1)',
    replace: 'Math.min(health.health, health.rise)',
  },
  {
    name: 'server: in maintenance it is still checked',
    file: engine,
    find: "(what === 'agent' || !isInMaintenance(health))",
    replace: "(what === 'agent' || health.rise > 0)",
  },
  {
    name: 'server: a check goes on into maintenance',
    file: transitions,
    find: '    this.#abandon(turn, watch);\n',
    replace: '',
  },
  {
    name: 'server: who tracks stays up',
    file: transitions,
    find: '    for (const follower of watch.followers) this.goDown(turn, follower, trackedCause(watch));\n',
    replace: '',
  },
  {
    name: 'server: who tracks forgets its own maintenance',
    file: transitions,
    find: "const reasons = reason === 'maint' ? (['maint', 'config-maint'] as const) : [reason];",
    replace: "const reasons = ['maint', 'config-maint', reason] as const;",
  },
  {
    name: 'server: time down is counted to the end',
    file: transitions,
    find: "  if (health.operational === 'stopped')\n    health.downtime",
    replace: "  if (health.operational !== 'stopped')\n    health.downtime",
  },
  {
    name: 'server: drain outlives maintenance',
    file: orders,
    find: "      admin.delete('drain');\n",
    replace: '',
  },
];

const timing: readonly Mutant[] = [
  {
    name: 'server: all are asked at once',
    file: pace,
    find: '(shortest * index) / intervals.length',
    replace: '(shortest * index * 0) / intervals.length',
  },
  {
    name: 'server: downinter while it rises',
    file: pace,
    find: "if (health.health === 0 && health.operational === 'stopped')",
    replace: "if (health.operational === 'stopped')",
  },
  {
    name: 'server: fastinter while all is well',
    file: pace,
    find: 'if (isSettledUp(health)) return check.inter;',
    replace: 'if (isSettledUp(health)) return check.fastinter;',
  },
  {
    name: 'server: errors in traffic hasten nothing',
    file: engine,
    find: 'this.#due.set(check, addMicros(now, fastinter));',
    replace: 'this.#due.set(check, at);',
  },
  {
    name: 'server: a slow start begins with nothing',
    file: slowStart,
    find: 'Math.floor((WEIGHT_SCALE * passed + seconds) / Math.max(1, seconds))',
    replace: 'Math.floor((WEIGHT_SCALE * passed) / Math.max(1, seconds))',
  },
  {
    name: 'server: starts slowly with the process',
    file: engine,
    find: "health.operational = health.health >= health.rise ? 'running' : 'stopped';",
    replace: "health.operational = health.health >= health.rise ? 'starting' : 'stopped';",
  },
];

const words: readonly Mutant[] = [
  {
    name: 'server: an empty backend is not counted',
    file: tally,
    find: 'else back.downs++;',
    replace: 'else back.downs += 0;',
  },
  {
    name: 'server: weight 0 leaves the backend as it was',
    file: transitions,
    find: '    this.#count(turn, server);\n',
    replace: '',
  },
  {
    name: 'server: alert for one without traffic',
    file: transitions,
    find: "health.operational === 'stopping' || isInDrain(health) ? 'spared' : 'serving'",
    replace: "isInDrain(health) && health.rise === 0 ? 'spared' : 'serving'",
  },
  {
    name: 'server: reasons twice in the log',
    file: lines,
    find: "return logsChecks(server) ? '' : reasonOf(cause.outcome);",
    replace: 'return reasonOf(cause.outcome);',
  },
  {
    name: 'server: an agent is heard to the first word',
    file: answer,
    find: 'else answer.unknown ??= word;',
    replace: 'else answer.unknown = word;',
  },
];

export const proxyHealthMutants: readonly Mutant[] = [...states, ...timing, ...words];
