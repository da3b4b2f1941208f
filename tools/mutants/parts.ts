/** Bugs in reloads, announcements, trackers, scripts and the admission of adverts. */
import type { Mutant } from './mutant.ts';

const admission = 'src/core/vrrp/admission.ts';
const trackers = 'src/core/vrrp/trackers.ts';
const conditions = 'src/core/vrrp/conditions.ts';
const announcements = 'src/core/vrrp/announcements.ts';
const reconfigure = 'src/core/vrrp/reconfigure.ts';
const rivalry = 'src/core/vrrp/rivalry.ts';
const script = 'src/core/track/script.ts';
const proxies = 'src/core/track/proxies.ts';
const node = 'src/core/node.ts';

function skipCheck(reason: string): Mutant {
  return {
    name: `admission: ${reason} not checked`,
    file: admission,
    find: `    reason: '${reason}',\n    refuse: (`,
    replace: `    reason: '${reason}',\n    refuse: () => undefined,\n    // @ts-ignore\n    unused: (`,
  };
}

export const partsMutants: readonly Mutant[] = [
  {
    name: 'reload replaces unchanged instances',
    file: reconfigure,
    find: "return same(before, after) ? 'unchanged' : 'settings';",
    replace: "return same(before, after) ? 'replaced' : 'settings';",
  },
  {
    name: 'reload touches unchanged instances',
    file: node,
    find: 'else if (!same(router.model, instance)) this.#change',
    replace: 'else this.#change',
  },
  {
    name: 'reload keeps the VRID',
    file: reconfigure,
    find: "['interface', 'family', 'version', 'vrid']",
    replace: "['interface', 'family', 'version']",
  },
  {
    name: 'reload tells the source too late',
    file: node,
    find: `    this.#tellAll(now, router, model, out);
    this.#due.tell(now, router, { kind: 'reconfigured', model, guard: this.#guardOf(model) }, out);`,
    replace: `    this.#due.tell(now, router, { kind: 'reconfigured', model, guard: this.#guardOf(model) }, out);
    this.#tellAll(now, router, model, out);`,
  },
  {
    name: 'another instance address as source',
    file: node,
    find: 'this.#virtual.foreignTo(model)',
    replace: 'new Set()',
  },
  {
    name: 'GARP forgotten on becoming master',
    file: announcements,
    find: '    announce(model, virtualAddressesOf(model), repeat, out);\n    if (delay',
    replace: '    if (delay',
  },
  {
    name: 'second GARP set forgotten',
    file: announcements,
    find: "if (delay > 0) this.#deadlines.set('announceAgain'",
    replace: "if (delay < 0) this.#deadlines.set('announceAgain'",
  },
  {
    name: 'GARP refresh never',
    file: announcements,
    find: "    if (refresh > 0) this.#deadlines.set('announceRefresh'",
    replace: "    if (refresh < 0) this.#deadlines.set('announceRefresh'",
  },
  {
    name: 'GARP refresh once',
    file: announcements,
    find: `      announce(model, addresses, refreshRepeat, out);
      this.#deadlines.set('announceRefresh', micros(now + refresh));`,
    replace: '      announce(model, addresses, refreshRepeat, out);',
  },
  {
    name: 'GARP goes on after the master state',
    file: announcements,
    find: `    this.#deadlines.clear('announceAgain');
    this.#deadlines.clear('announceRefresh');
    this.#deadlines.clear('announceLowerPriority');`,
    replace: '',
  },
  {
    name: 'weight sign turned round',
    file: trackers,
    find: "if (weight > 0) return verdict === 'up' ? weight : 0;",
    replace: "if (weight > 0) return verdict === 'down' ? weight : 0;",
  },
  {
    name: 'negative weight while up',
    file: trackers,
    find: "return verdict === 'down' ? weight : 0;",
    replace: "return verdict === 'up' ? weight : 0;",
  },
  {
    name: 'priority clamped at 255',
    file: trackers,
    find: 'const PRIORITY_HIGHEST = 254;',
    replace: 'const PRIORITY_HIGHEST = 255;',
  },
  {
    name: 'priority clamped at 0',
    file: trackers,
    find: 'const PRIORITY_LOWEST = 1;',
    replace: 'const PRIORITY_LOWEST = 0;',
  },
  {
    name: 'reverse ignored',
    file: trackers,
    find: "return verdict === 'up' ? 'down' : 'up';",
    replace: 'return verdict;',
  },
  {
    name: 'trackers move owners',
    file: trackers,
    find: '    if (base === PRIORITY_OWNER) return base;\n',
    replace: '',
  },
  {
    name: 'weight 0 is no fault',
    file: trackers,
    find: 'tracked.tracking.weight === 0 && sensed',
    replace: 'tracked.tracking.weight === 1000 && sensed',
  },
  {
    name: 'link down is no fault',
    file: conditions,
    find: "(trackInterface && this.link === 'down')",
    replace: "(trackInterface && this.link === 'missing')",
  },
  {
    name: 'missing source is no fault',
    file: conditions,
    find: '    if (this.#source === undefined) causes',
    replace: '    if (false) causes',
  },
  {
    name: 'owner never gives way',
    file: rivalry,
    find: '    this.#gaveWay = true;\n',
    replace: '',
  },
  {
    name: 'owner gives way to a rival that is gone',
    file: rivalry,
    find: 'if (now - heard.at > 1.2',
    replace: 'if (now - heard.at > 1000',
  },
  {
    name: 'rise off by one',
    file: script,
    find: 'counter < rise - 1',
    replace: 'counter < rise',
  },
  {
    name: 'fall off by one',
    file: script,
    find: 'counter > this.#model.rise ?',
    replace: 'counter >= this.#model.rise ?',
  },
  {
    name: 'timeout not counted',
    file: script,
    find: "    this.#fail('timed_out', `no result within",
    replace: "    if (now < 0) this.#fail('timed_out', `no result within",
  },
  {
    name: 'result of a timed-out run counted',
    file: script,
    find: '    if (timedOut) return;\n',
    replace: '',
  },
  {
    name: 'hanging script never killed',
    file: script,
    find: "    this.#deadlines.set('kill', micros(now + KILL_AFTER_US));\n",
    replace: '',
  },
  {
    name: 'first result does not decide alone',
    file: script,
    find: 'counter !== undefined && counter < rise - 1',
    replace: '(counter ?? 0) < rise - 1',
  },
  {
    name: 'init_fail ignored',
    file: script,
    find: "if (model.initialResult === 'failed') this.#counter = 0;",
    replace: '',
  },
  {
    name: 'admission: VIP list differs, so refused',
    file: admission,
    find: "    kind: 'accepted',\n    addressList",
    replace: "    kind: same ? 'accepted' : 'refused',\n    // @ts-ignore\n    addressList",
  },
  {
    name: 'admission: old checksum not detected',
    file: admission,
    find: "checksum.pseudoHeader || (model.transport.kind === 'unicast' && checksum.groupPseudoHeader)",
    replace: 'checksum.pseudoHeader',
  },
  {
    name: 'admission: TTL range of a peer not checked',
    file: admission,
    find: 'return ttl < minTtl || ttl > maxTtl ?',
    replace: 'return ttl < minTtl - 256 || ttl > maxTtl + 256 ?',
  },
  ...['length', 'ttl', 'version', 'auth-type-invalid', 'auth-type-mismatch'].map(skipCheck),
  ...['auth-failure', 'interval', 'type', 'checksum', 'transport', 'owner'].map(skipCheck),
  {
    name: 'admission: not-a-peer not checked',
    file: admission,
    find: '!model.transport.checkSource) return undefined;',
    replace: '!model.transport.checkSource || advert) return undefined;',
  },
  {
    name: 'track_proxy: servers that nobody has judged are down',
    file: proxies,
    find: 'return up + unjudged >= min ? undefined : down(detail);',
    replace: 'return down(detail);',
  },
  {
    name: 'track_proxy: servers count though the frontend is closed',
    file: proxies,
    find: "if (facts.front === 'closed') return down",
    replace: "if (facts.front === 'closed' && facts.servers === undefined) return down",
  },
  {
    name: 'track_proxy: one server is always enough',
    file: proxies,
    find: 'if (up >= min) return',
    replace: 'if (up >= Math.min(1, min)) return',
  },
  {
    name: 'track_proxy: a proxy that is gone is as it was',
    file: proxies,
    find: "if (heard.kind === 'lost') return down(heard.detail);",
    replace: "if (heard.kind === 'lost') return undefined;",
  },
  {
    name: 'track_proxy: what was told before an upgrade is told again',
    file: proxies,
    find: 'for (const report of told) this.#told.set(report.name, report);',
    replace: '',
  },
];
