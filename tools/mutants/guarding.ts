/** Bugs in the dead-man switch, in the healing of addresses and in the watch for rivals. */
import type { Mutant } from './mutant.ts';

const machine = 'src/core/vrrp/machine.ts';
const departure = 'src/core/vrrp/departure.ts';
const holdings = 'src/core/vrrp/holdings.ts';
const watch = 'src/core/vrrp/guard-watch.ts';
const healing = 'src/core/vrrp/healing.ts';
const split = 'src/core/vrrp/split-brain.ts';
const guard = 'src/core/kernel/guard.ts';

const guards: readonly Mutant[] = [
  {
    name: 'no guard check on waking up',
    file: machine,
    find: '    if (forUs === undefined) return;\n',
    replace: '    if (forUs !== 0) return;\n',
  },
  {
    name: 'guard never renewed',
    file: holdings,
    find: 'if (this.#guard.takeTurn(now)) this.#pushRenewal(out);',
    replace: 'this.#guard.takeTurn(now);',
  },
  {
    name: 'guard not renewed while leaving',
    file: departure,
    find: '    holdings.renewWhileSilent(now);\n',
    replace: '',
  },
  {
    name: 'guard not renewed while addresses linger',
    file: holdings,
    find: '    this.#lingering.begin(now, this.addresses());\n    this.renewWhileSilent(now);',
    replace: '    this.#lingering.begin(now, this.addresses());',
  },
  {
    name: 'silent guard counts from the goodbye',
    file: watch,
    find: "this.#guard.kind === 'none' ? now : (this.#renewedAt ?? now);",
    replace: 'now;',
  },
  {
    name: 'guard renewed too often',
    file: watch,
    find: '    if (now - this.#renewedAt < RENEWAL_MIN) return false;\n',
    replace: '',
  },
  {
    name: 'firewall not opened before the addresses',
    file: holdings,
    find: "    if (this.#guard.guard.kind === 'firewall') this.#pushRenewal(out);\n",
    replace: '',
  },
  {
    name: 'believes in itself longer than the kernel',
    file: watch,
    find: 'this.#guard.seconds * MICROS_PER_SECOND - MARGIN_US',
    replace: 'this.#guard.seconds * MICROS_PER_SECOND + 1_000_000',
  },
  {
    name: 'believes in the firewall longer than the kernel',
    file: watch,
    find: '        return this.#guard.validity;',
    replace: '        return 2 * this.#guard.validity;',
  },
  {
    name: 'falling back in the middle of a stop it goes on',
    file: machine,
    find: "out, { wait });\n    if (why !== undefined && isStop(why)) this.#end(now, why, 'at-once', out);",
    replace: 'out, { wait });',
  },
  {
    name: 'what expired is healed',
    file: machine,
    find: '  handle(now: Micros, input: VrrpInput, out: Sink<VrrpEffect>): void {\n    this.#checkGuard(now, out);',
    replace: '  handle(now: Micros, input: VrrpInput, out: Sink<VrrpEffect>): void {',
  },
  {
    name: 'lifetime of the longest skew whatever it costs',
    file: guard,
    find: 'seconds: Math.min(sure, longest)',
    replace: 'seconds: sure + 2',
  },
  {
    name: 'firewall for twice as long',
    file: guard,
    find: 'micros(Math.min(wanted, earliest + OVERLAP_MAX))',
    replace: 'micros(2 * wanted + 2_000_000)',
  },
];

const heals: readonly Mutant[] = [
  {
    name: 'stolen address not put back',
    file: holdings,
    find: '        this.#heal(now, out);\n',
    replace: '',
  },
  {
    name: 'stolen address put back late',
    file: healing,
    find: 'const FIRST_DELAY = millis(10);',
    replace: 'const FIRST_DELAY = millis(150);',
  },
  {
    name: 'heals after it has given up',
    file: holdings,
    find: '    this.#healing.stop();\n',
    replace: '',
  },
  {
    name: 'puts back what was lost by an earlier mastership',
    file: healing,
    find: "  stop(): void {\n    this.#pending.clear();\n    this.#deadlines.clear('heal');",
    replace: "  stop(): void {\n    this.#deadlines.clear('heal');",
  },
  {
    name: 'puts back everything it holds',
    file: holdings,
    find: 'this.addresses().filter(({ address }) => lost.has(address));',
    replace: 'this.addresses().filter(() => lost.size > 0);',
  },
  {
    name: 'contest never told',
    file: healing,
    find: '    return { removals: losses.times.length, withinUs: now - (losses.times[0] ?? now) };',
    replace: '    return undefined;',
  },
  {
    name: 'contest told each time',
    file: healing,
    find: "    losses.told = 'contested';\n",
    replace: '',
  },
  {
    name: 'each address put back is told of',
    file: healing,
    find: '    if (this.isContested(address)) return false;\n',
    replace: '',
  },
  {
    name: 'reelect never elects',
    file: holdings,
    find: "return policy === 'reelect' && this",
    replace: "return policy === 'reelect-at-once' && this",
  },
  {
    name: 'restore elects anew after a contest',
    file: holdings,
    find: "return policy === 'reelect' && this",
    replace: 'return this',
  },
  {
    name: 'strict mode heals',
    file: holdings,
    find: "    if (policy === 'reelect-at-once') return 'elect-anew';\n",
    replace: '',
  },
];

const rivals: readonly Mutant[] = [
  {
    name: 'rival told at first sight',
    file: split,
    find: '} else if (now >= suspicion.since + SUSPICION) {',
    replace: '} else if (now >= suspicion.since) {',
  },
  {
    name: 'suspicion dropped as soon as it is asked about',
    file: split,
    find: 'addMicros(since, SUSPICION) : addMicros(askedAt, ANSWER);',
    replace: 'addMicros(since, SUSPICION) : addMicros(since, ANSWER);',
  },
  {
    name: 'watch for rivals goes on in backup',
    file: machine,
    find: "      this.#deadlines.clear('rivalry');\n      this.#rivals.stop();",
    replace: "      this.#deadlines.clear('rivalry');",
  },
  {
    name: 'no watch for rivals',
    file: machine,
    find: '    this.#holdings.take(now, out);\n    this.#rivals.start(now);',
    replace: '    this.#holdings.take(now, out);',
  },
];

export const guardingMutants: readonly Mutant[] = [...guards, ...heals, ...rivals];
