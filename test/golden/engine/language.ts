/**
 * The language of the golden scripts: a few hosts on one quiet network, told what happens to them.
 * What they answer is the expected text. The commands are in docs/testing.md.
 */
import { parseMac } from '../../../src/base/mac.ts';
import { createRng } from '../../../src/base/rng.ts';
import { type Micros, micros } from '../../../src/base/time.ts';
import type { VrrpScriptModel } from '../../../src/config/model/vrrp.ts';
import type { ProxyFacts } from '../../../src/core/track/proxies.ts';
import type { OperatorOrder } from '../../../src/core/vrrp/types.ts';
import type { SimHost } from '../../../src/sim/host.ts';
import { CALM } from '../../../src/sim/network.ts';
import { hostAddress, INTERFACE, ip, modelOf, TRACKED_INTERFACE } from '../../../src/sim/plan.ts';
import type { ScriptBehaviour } from '../../../src/sim/scripts.ts';
import type { Checker, Step } from '../../../src/sim/types.ts';
import { World } from '../../../src/sim/world.ts';
import { describeHost, describeStep } from './format.ts';
import { makeAdvert, makeInstance, makeScript, type Options } from './settings.ts';

const QUIET = { ...CALM, delay: micros(100), jitter: micros(0) };

export class Script implements Checker {
  readonly #hosts = new Map<string, Options[]>();
  readonly #scripts = new Map<string, Map<string, VrrpScriptModel>>();
  #world: World | undefined;
  #begin: Micros | undefined;
  #lines: string[] = [];
  #detail: 'brief' | 'adverts' = 'brief';

  /** Runs one block of commands; returns what came of it. `before` is called before each of them. */
  execute(commands: readonly string[], before: (hosts: readonly SimHost[]) => void): string {
    this.#lines = [];
    for (const line of commands) {
      before(this.#world?.hosts ?? []);
      const words = line.trim().split(/\s+/);
      const command = words.shift() ?? '';
      const run = COMMANDS[command];
      if (run === undefined) throw new Error(`unknown command: ${line}`);
      run(this, words);
    }
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  onStep(step: Step): void {
    this.#begin ??= step.now;
    this.#lines.push(...describeStep(step, step.now - this.#begin, this.#detail));
  }

  // --- what the commands do ---

  define(name: string, options: Options): void {
    const instances = this.#hosts.get(name) ?? [];
    this.#hosts.set(name, instances);
    const at = instances.findIndex((one) => one.instance === options.instance);
    if (at < 0) instances.push(options);
    else instances[at] = { ...instances[at], ...options };
  }

  drop(name: string, instance: string): void {
    const kept = (this.#hosts.get(name) ?? []).filter((options) => options.instance !== instance);
    this.#hosts.set(name, kept);
  }

  defineScript(name: string, script: string, options: Options): void {
    const scripts = this.#scripts.get(name) ?? new Map();
    this.#scripts.set(name, scripts.set(script, makeScript(script, options)));
  }

  reload(name: string): void {
    this.host(name).reload(this.#modelOf(name));
  }

  host(name: string): SimHost {
    const host = this.world().hosts.find((one) => one.name === name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  world(): World {
    if (this.#world !== undefined) return this.#world;
    const plans = [...this.#hosts.keys()].map((name, index) => ({
      name,
      model: this.#modelOf(name),
      addresses: {
        [INTERFACE]: [hostAddress(4, index), hostAddress(6, index)],
        [TRACKED_INTERFACE]: [ip(`10.1.0.${10 + index}`)],
      },
    }));
    const world = new World(plans, { rng: createRng(1), checkers: [this] });
    world.network.conditions = QUIET;
    for (const host of world.hosts) host.lateness = micros(0);
    this.#begin = world.now;
    this.#world = world;
    return world;
  }

  unblock(): void {
    this.world().network.heal();
    this.world().network.conditions = QUIET;
  }

  run(duration: Micros, detail: 'brief' | 'adverts'): void {
    this.#detail = detail;
    this.world().run(duration);
    this.#detail = 'brief';
  }

  show(name: string): void {
    this.#lines.push(...describeHost(this.host(name), this.#begin ?? 0));
  }

  #modelOf(name: string): ReturnType<typeof modelOf> {
    const index = [...this.#hosts.keys()].indexOf(name);
    const instances = (this.#hosts.get(name) ?? []).map((options) => makeInstance(options, index));
    const isGuarded = this.#hosts.get(name)?.some((options) => options['dead-man'] === 'yes');
    const scripts = [...(this.#scripts.get(name)?.values() ?? [])];
    return modelOf(instances, scripts, isGuarded === true ? 'on' : 'off');
  }
}

type Command = (script: Script, words: readonly string[]) => void;

const COMMANDS: Readonly<Record<string, Command>> = {
  node: (script, [name = '', ...rest]) => script.define(name, parseOptions(rest)),
  drop: (script, [name = '', instance = '']) => script.drop(name, instance),
  script: (script, [name = '', check = '', ...rest]) =>
    script.defineScript(name, check, parseOptions(rest)),
  start: (script, names) => {
    for (const name of names) script.host(name).start();
  },
  'startup-delay': (script, [name = '', time = '']) => {
    script.host(name).startupDelay = duration(time);
  },
  run: (script, [time = '', detail]) =>
    script.run(duration(time), detail === 'adverts' ? 'adverts' : 'brief'),
  show: (script, names) => {
    for (const name of names) script.show(name);
  },
  kill: (script, [name = '']) => script.world().kill(script.host(name)),
  order: (script, [name = '', kind = '', ...rest]) =>
    script.host(name).order(rest[0], parseOrder(kind)),
  claim: (script, [name = '', address = '', mac = '02:00:00:00:00:99']) => {
    const host = script.host(name);
    const claim = { address: ip(address), mac: parseMac(mac) ?? never(mac) };
    host.ears.hearClaim(host.model.instances[0]?.interface ?? '', claim);
  },
  proxy: (script, [name = '', ...facts]) =>
    script.host(name).ears.hearProxy({ kind: 'proxiesReported', proxies: facts.map(parseProxy) }),
  'proxy-lost': (script, [name = '', ...detail]) =>
    script.host(name).ears.hearProxy({ kind: 'proxyLost', detail: detail.join(' ') }),
  judge: (script, [name = '', check = '', verdict, ...detail]) =>
    script.host(name).ears.hearCheck(check, verdict === 'up' ? 'up' : 'down', detail.join(' ')),
  listener: (script, [name = '', from = '']) => {
    const host = script.host(name);
    const on = host.model.instances[0]?.interface ?? '';
    host.ears.hearListener(on, { group: ip('224.0.0.18'), source: ip(from) });
  },
  /** The last message by which `from` named somebody comes once more. */
  replay: (script, [name = '', from = '']) => {
    const { network } = script.world();
    const letter = network.recordings.findLast(
      ({ message }) => message.sender === from && message.resignation !== undefined,
    );
    if (letter === undefined) throw new Error(`${from} has named nobody`);
    network.inject(script.host(name), { ...letter, forged: 'replay' });
  },
  block: (script, [from = '', to = '']) => {
    script.world().network.block(script.host(from), script.host(to));
    script.world().network.block(script.host(to), script.host(from));
  },
  unblock: (script) => script.unblock(),
  hear: (script, [name = '', ...rest]) => {
    const host = script.host(name);
    const options = parseOptions(rest);
    const instance = host.model.instances.find((one) => one.name === options.instance);
    const model = instance ?? host.model.instances[0];
    if (model === undefined) throw new Error(`no instance ${options.instance}`);
    const advert = makeAdvert(model, host.addressesOf(INTERFACE), options);
    const { source, destination } = advert;
    host.ears.hear({
      interface: INTERFACE,
      source,
      destination,
      ttl: 255,
      pdu: new Uint8Array(),
      advert,
    });
  },
  stop: (script, [name = '', pace]) =>
    script.host(name).stop(pace === 'at-once' ? 'at-once' : 'planned'),
  'power-off': (script, [name = '']) => script.world().powerOff(script.host(name)),
  pause: (script, [name = '']) => script.host(name).pause(),
  resume: (script, [name = '']) => script.host(name).resume(),
  link: (script, [name = '', link = '', state = '']) => {
    if (state !== 'up' && state !== 'down' && state !== 'missing') throw new Error(state);
    script.host(name).setLink(link, state);
  },
  addresses: (script, [name = '', ...addresses]) =>
    script.host(name).setAddresses(INTERFACE, addresses.map(ip)),
  check: (script, [name = '', check = '', behaviour = '']) =>
    script.host(name).scripts.set(check, behaviour as ScriptBehaviour),
  steal: (script, [name = '', address = '']) => script.host(name).steal(ip(address)),
  reload: (script, [name = '', ...rest]) => {
    if (rest.length > 0) script.define(name, parseOptions(rest));
    script.reload(name);
  },
};

/** `api=open`, `api=3/1/2`: of three servers one is up, of two nobody knows yet; `api=closed,3/1/2`. */
function parseProxy(text: string): ProxyFacts {
  const [proxy = '', facts = ''] = text.split('=');
  const [, front, all, up, unjudged] =
    /^(?:(open|closed),?)?(?:(\d+)\/(\d+)\/(\d+))?$/.exec(facts) ?? [];
  return {
    proxy,
    ...(front !== undefined && { front: front === 'open' ? 'open' : 'closed' }),
    ...(all !== undefined && {
      servers: { all: Number(all), up: Number(up), unjudged: Number(unjudged) },
    }),
  };
}

function parseOrder(text: string): OperatorOrder {
  const [kind, value] = text.split('=');
  if (kind === 'handover' || kind === 'drain' || kind === 'undrain') return { kind };
  if (kind !== 'priority') return never(text);
  return { kind, priority: value === undefined ? undefined : Number(value) };
}

function never(text: string): never {
  throw new Error(`not understood: ${text}`);
}

function parseOptions(words: readonly string[]): Options {
  const options: Record<string, string> & { instance: string } = { instance: 'VI_1' };
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 0) options[word] = 'yes';
    else options[word.slice(0, at)] = word.slice(at + 1);
  }
  return options;
}

/** `3.5s`, `20ms`, `7us`. */
function duration(text: string): Micros {
  const match = /^([\d.]+)(s|ms|us)$/.exec(text);
  if (match === null) throw new Error(`not a time: ${text}`);
  const unit = { s: 1e6, ms: 1e3, us: 1 }[match[2] as 's' | 'ms' | 'us'];
  return micros(Number(match[1]) * unit);
}
