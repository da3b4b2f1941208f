/** Bugs in how a master leaves, and in what operators order. */
import type { Mutant } from './mutant.ts';

const machine = 'src/core/vrrp/machine.ts';
const departure = 'src/core/vrrp/departure.ts';
const lingering = 'src/core/vrrp/lingering.ts';
const reception = 'src/core/vrrp/reception.ts';
const standing = 'src/core/vrrp/standing.ts';
const node = 'src/core/node.ts';

const departures: readonly Mutant[] = [
  {
    name: 'goodbye not sent',
    file: departure,
    find: '    voice.goodbye(out);\n',
    replace: '',
  },
  {
    name: 'stopped master releases at once when relieved',
    file: machine,
    find: "this.#end(now, why, 'in-order', out);",
    replace: "this.#end(now, why, 'at-once', out);",
  },
  {
    name: 'relieved master releases at once',
    file: machine,
    find: "action: why }, out, { ending: 'in-order' });",
    replace: 'action: why }, out);',
  },
  {
    name: 'preempted master releases at once',
    file: machine,
    find: "this.#model.plannedHandover === 'on' ? 'in-order' : 'at-once'",
    replace: "'at-once' as const",
  },
  {
    name: 'few addresses linger as long as many',
    file: lingering,
    find: 'addresses.length > FEW ?',
    replace: 'addresses.length > 0 ?',
  },
  {
    name: 'many addresses linger for a moment only',
    file: lingering,
    find: 'addresses.length > FEW ?',
    replace: 'addresses.length > 1000 ?',
  },
  {
    name: 'claims of the successor unheard',
    file: lingering,
    find: '    waiting.until = micros(Math.min(waiting.until, now + MOMENT));\n',
    replace: '',
  },
  {
    name: 'released when claimed',
    file: lingering,
    find: 'Math.min(waiting.until, now + MOMENT)',
    replace: 'Math.min(waiting.until, now)',
  },
  {
    name: 'lingering addresses taken from the next master',
    file: machine,
    find: "} else if (to === 'master') this.#holdings.keepLingering();\n    else if (",
    replace: "} else if (to !== 'master' && ",
  },
  {
    name: 'lingering addresses forgotten at a fault',
    file: machine,
    find: "    else if (ending === 'at-once') this.#holdings.releaseLingering(out);\n    this",
    replace: '    this',
  },
  {
    name: 'stays without an advert where nobody came',
    file: machine,
    find: '      this.#rivals.start(now);\n      this.#answer(now, out);',
    replace: '      this.#rivals.start(now);',
  },
  {
    name: 'waits for a successor for ever',
    file: departure,
    find: "    deadlines.set('departure', micros(now + departureLimit(model())));\n",
    replace: '',
  },
  {
    name: 'waits for a successor too briefly',
    file: departure,
    find: 'const PATIENCE = 1.2;',
    replace: 'const PATIENCE = 0.5;',
  },
  {
    name: 'advertises while it leaves',
    file: departure,
    find: "    deadlines.clear('advert');\n",
    replace: '',
  },
  {
    name: 'only a higher successor relieves',
    file: reception,
    find: '    if (isLeaving) {\n      this',
    replace: '    if (isLeaving && advert.priority > own) {\n      this',
  },
  {
    name: 'answers a goodbye after its own',
    file: reception,
    find: 'if (!isLeaving) this.#consequences.answer(now, out);',
    replace: 'this.#consequences.answer(now, out);',
  },
  {
    name: 'a later order makes a stop forgotten',
    file: departure,
    find: 'if (!isStop(this.#under.why)) this',
    replace: 'this',
  },
  {
    name: 'second stop waits like the first',
    file: machine,
    find: "const isPlanned = pace === 'planned' && reason",
    replace: 'const isPlanned = reason',
  },
  {
    name: 'planned stop takes what lingers',
    file: machine,
    find: "isPlanned && !isMaster ? 'in-order' : 'at-once'",
    replace: "'at-once'",
  },
  {
    name: 'second stop leaves what lingers',
    file: machine,
    find: "      if (pace === 'at-once') this.#holdings.releaseLingering(out);\n",
    replace: '',
  },
  {
    name: 'a fault in between makes a stop forgotten',
    file: machine,
    find: "      if (why !== undefined && isStop(why)) this.#end(now, why, 'at-once', out);\n      else this",
    replace: '      this',
  },
  {
    name: 'hands over although it is switched off',
    file: departure,
    find: "return plannedHandover === 'on' && (",
    replace: 'return (',
  },
  {
    name: 'waits for a successor that it cannot hear',
    file: departure,
    find: '  if (priority === PRIORITY_OWNER && ownerIgnoreAdverts) return false;\n',
    replace: '',
  },
  {
    name: 'waits although nobody was ever heard',
    file: departure,
    find: "const isAlone = others === 'unheard' &&",
    replace: "const isAlone = others === 'heard' &&",
  },
  {
    name: 'process ends while addresses linger',
    file: node,
    find: 'if (router?.isIdle() === false) continue;',
    replace: 'if (router?.snapshot().departure !== undefined) continue;',
  },
];

const orders: readonly Mutant[] = [
  {
    name: 'handed-over host preempts',
    file: reception,
    find: "standing.restraint !== 'none';",
    replace: "standing.restraint === 'drained';",
  },
  {
    name: 'handed-over for ever',
    file: standing,
    find: "    if (this.#restraint === 'handed-over') this.#restraint = 'none';\n",
    replace: '',
  },
  {
    name: 'drained host takes over',
    file: machine,
    find: "    if (this.#standing.restraint === 'drained') this.#deadlines.clear('masterDown');\n    else this",
    replace: '    this',
  },
  {
    name: 'drained host stays where nobody came',
    file: machine,
    find: "    else if (this.#standing.restraint === 'drained') {",
    replace: "    else if (this.#standing.restraint === 'none') {",
  },
  {
    name: 'undrained host waits for nothing',
    file: machine,
    find: "      if (this.#state === 'backup') this.#awaitSilence(now, 'master-down');\n",
    replace: '',
  },
  {
    name: 'instances of a drained host start undrained',
    file: node,
    find: '    if (this.#drained)\n',
    replace: '    if (now < 0)\n',
  },
  {
    name: 'undrain of the host forgotten by later instances',
    file: node,
    find: '      this.#drained = isDrain;\n',
    replace: '      this.#drained ||= isDrain;\n',
  },
  {
    name: 'priority order counts for owners',
    file: standing,
    find: 'priority === PRIORITY_OWNER ? priority : (this.#priority ?? priority)',
    replace: 'this.#priority ?? priority',
  },
  {
    name: 'priority order not told to the group',
    file: machine,
    find: "action: 'priority' }, out);\n      this.#tellNews(now, before, out);",
    replace: "action: 'priority' }, out);",
  },
  {
    name: 'priority reset ignored',
    file: standing,
    find: "if (order.kind === 'priority') this.#priority = order.priority;",
    replace: "if (order.kind === 'priority') this.#priority = order.priority ?? this.#priority;",
  },
  {
    name: 'order without a successor leaves no word',
    file: machine,
    find: '      this.#voice.goodbye(out);\n      this',
    replace: '      this',
  },
];

export const leavingMutants: readonly Mutant[] = [...departures, ...orders];
