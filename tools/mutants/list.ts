/** Bugs to plant, one at a time. `find` must occur exactly once in its file. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const machine = 'src/core/vrrp/machine.ts';
const timers = 'src/core/vrrp/timers.ts';
const admission = 'src/core/vrrp/admission.ts';
const trackers = 'src/core/vrrp/trackers.ts';
const conditions = 'src/core/vrrp/conditions.ts';
const announcements = 'src/core/vrrp/announcements.ts';
const reconfigure = 'src/core/vrrp/reconfigure.ts';
const rivalry = 'src/core/vrrp/rivalry.ts';
const script = 'src/core/track/script.ts';
const node = 'src/core/node.ts';

function skipCheck(reason: string): Mutant {
  return {
    name: `admission: ${reason} not checked`,
    file: admission,
    find: `    reason: '${reason}',\n    refuse: (`,
    replace: `    reason: '${reason}',\n    refuse: () => undefined,\n    // @ts-ignore\n    unused: (`,
  };
}

export const mutants: readonly Mutant[] = [
  {
    name: 'skew from 255 instead of 256',
    file: timers,
    find: '((256 - priority) * 1_000_000) / 256',
    replace: '((255 - priority) * 1_000_000) / 256',
  },
  {
    name: 'v3 skew not scaled by the interval',
    file: timers,
    find: '((256 - priority) * centiseconds * 625) / 16',
    replace: '((256 - priority) * 100 * 625) / 16',
  },
  {
    name: 'v2 skew scaled by the interval',
    file: timers,
    find: '  if (version === 2) return',
    replace: '  if (version === 1 as number) return',
  },
  {
    name: 'three adverts whatever is configured',
    file: timers,
    find: 'parameters.downTimerAdverts * parameters',
    replace: '3 * parameters',
  },
  {
    name: 'no skew in the down interval',
    file: timers,
    find: 'parameters.masterAdvertInterval + skewTime(parameters),\n  );',
    replace: 'parameters.masterAdvertInterval,\n  );',
  },
  {
    name: 'owner recovers without its skew',
    file: timers,
    find: ' + skewTime({ ...parameters, priority: 255 }));',
    replace: ');',
  },
  {
    name: 'priority 0 ignored by backups',
    file: machine,
    find: 'micros(now + skewTime(this.#skewParameters())));',
    replace: 'micros(now + this.#downInterval()));',
  },
  {
    name: 'priority 0 not answered by masters',
    file: machine,
    find: "      this.#noteAdvert(now, advert, 'priority-zero', out);\n      this.#answer(now, out);",
    replace: "      this.#noteAdvert(now, advert, 'priority-zero', out);",
  },
  {
    name: 'priority 0 taken for a lower advert',
    file: machine,
    find: '    if (advert.priority === PRIORITY_STOP) {\n      this.#heardPriorityZero = true;',
    replace: '    if (advert.priority === 300) {\n      this.#heardPriorityZero = true;',
  },
  {
    name: 'tie-break turned round',
    file: machine,
    find: '(advert.priority === own && order > 0)',
    replace: '(advert.priority === own && order < 0)',
  },
  {
    name: 'tie-break left out',
    file: machine,
    find: 'if (advert.priority > own || (advert.priority === own && order > 0)) {',
    replace: 'if (advert.priority > own) {',
  },
  {
    name: 'addresses kept in backup',
    file: machine,
    find: "      this.#changeAddresses('removeAddresses', this.#heldAddresses(), out);\n    }\n    this.#deadlines",
    replace:
      "      if (to !== 'backup') this.#changeAddresses('removeAddresses', this.#heldAddresses(), out);\n    }\n    this.#deadlines",
  },
  {
    name: 'excluded addresses forgotten',
    file: machine,
    find: 'return [...this.#model.addresses, ...this.#model.excludedAddresses];',
    replace: 'return [...this.#model.addresses];',
  },
  {
    name: 'no priority 0 at stop',
    file: machine,
    find: "if (to !== 'backup') this.#sendAdvert(out, PRIORITY_STOP);",
    replace: "if (to === 'fault') this.#sendAdvert(out, PRIORITY_STOP);",
  },
  {
    name: 'no priority 0 on a fault',
    file: machine,
    find: "if (to !== 'backup') this.#sendAdvert(out, PRIORITY_STOP);",
    replace: "if (to === 'init') this.#sendAdvert(out, PRIORITY_STOP);",
  },
  {
    name: 'addresses before the first advert',
    file: machine,
    find: `    this.#sendAdvert(out, this.#effectivePriority);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
    this.#changeAddresses('addAddresses', this.#heldAddresses(), out);`,
    replace: `    this.#changeAddresses('addAddresses', this.#heldAddresses(), out);
    this.#sendAdvert(out, this.#effectivePriority);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));`,
  },
  {
    name: 'preempts although nopreempt',
    file: machine,
    find: "this.#model.preempt === 'nopreempt' || this.#waitsToPreempt",
    replace: 'this.#waitsToPreempt',
  },
  {
    name: 'never preempts',
    file: machine,
    find: 'const lower = advert.priority < this.#effectivePriority;',
    replace: 'const lower = advert.priority < 0;',
  },
  {
    name: 'equal priority is preempted',
    file: machine,
    find: 'const lower = advert.priority < this.#effectivePriority;',
    replace: 'const lower = advert.priority <= this.#effectivePriority;',
  },
  {
    name: 'preempt_delay ignored',
    file: machine,
    find: "if (preemptDelay === 0 || this.#preemptWait === 'over') return false;",
    replace: "if (preemptDelay >= 0 || this.#preemptWait === 'over') return false;",
  },
  {
    name: 'preempt_delay never over',
    file: machine,
    find: "        this.#preemptWait = 'over';\n",
    replace: '',
  },
  {
    name: 'preempt_delay not put off by a higher advert',
    file: machine,
    find: "      this.#preemptWait = 'none';\n      this.#deadlines.clear('preemptDelay');\n      this.#follow",
    replace: '      this.#follow',
  },
  {
    name: 'learned interval not used',
    file: machine,
    find: '    this.#masterAdvertInterval = interval;\n',
    replace: '',
  },
  {
    name: 'own interval not restored in fault',
    file: machine,
    find: '    this.#masterPriority = 0;\n    this.#masterAdvertInterval = this.#model.advertInterval;',
    replace: '    this.#masterPriority = 0;',
  },
  {
    name: 'down timer not restarted',
    file: machine,
    find: "    this.#deadlines.set('masterDown', micros(now + this.#downInterval()));\n",
    replace: '',
  },
  {
    name: 'startup delay not counted',
    file: machine,
    find: 'micros(Math.max(now, this.#listenFrom) + timeout)',
    replace: 'micros(now + timeout)',
  },
  {
    name: 'hears during the startup delay',
    file: machine,
    find: ' || now < this.#listenFrom) return;',
    replace: ') return;',
  },
  {
    name: 'owner waits like everybody',
    file: machine,
    find: 'return atOnce ? micros(1) : this.#downInterval();',
    replace: 'return atOnce ? this.#downInterval() : this.#downInterval();',
  },
  {
    name: 'advert period drifts',
    file: machine,
    find: 'isAhead ? micros(next) : micros(now',
    replace: 'isAhead ? micros(now + this.#model.advertInterval) : micros(now',
  },
  {
    name: 'two adverts after a long sleep',
    file: machine,
    find: 'next > now + ADVERT_SLACK_US;',
    replace: 'next > now;',
  },
  {
    name: 'advert with the configured priority',
    file: machine,
    find: '        this.#sendAdvert(out, this.#effectivePriority);\n        // A wake-up',
    replace: '        this.#sendAdvert(out, this.#model.priority);\n        // A wake-up',
  },
  {
    name: 'lower advert not answered',
    file: machine,
    find: 'if (!this.#model.lowerPriorityNoAdvert) this.#answer(now, out);',
    replace: '',
  },
  {
    name: 'lower_prio_no_advert ignored',
    file: machine,
    find: 'if (!this.#model.lowerPriorityNoAdvert) this.#answer(now, out);',
    replace: 'this.#answer(now, out);',
  },
  {
    name: 'higher_prio_send_advert ignored',
    file: machine,
    find: 'if (this.#model.higherPrioritySendAdvert) this',
    replace: 'if (false) this',
  },
  {
    name: 'lost address ignored',
    file: machine,
    find: 'if (held === undefined || held.noTrack === true) return;',
    replace: 'if (held !== undefined || held === undefined) return;',
  },
  {
    name: 'no_track ignored',
    file: machine,
    find: 'if (held === undefined || held.noTrack === true) return;',
    replace: 'if (held === undefined) return;',
  },
  {
    name: 'lost address waits the whole interval',
    file: machine,
    find: 'const skew = skewTime(this.#skewParameters());',
    replace: 'const skew = this.#downInterval();',
  },
  {
    name: 'down timer survives a fault',
    file: machine,
    find: "    this.#deadlines.clear('masterDown');\n    this.#deadlines.clear('preemptDelay');\n    this.#heard",
    replace: "    this.#deadlines.clear('preemptDelay');\n    this.#heard",
  },
  {
    name: 'advert timer survives the master state',
    file: machine,
    find: "      this.#deadlines.clear('advert');\n",
    replace: '',
  },
  {
    name: 'fault not left',
    file: machine,
    find: "} else if (this.#state === 'fault' && this.#conditions.isKnown()) {",
    replace: "} else if (this.#state === 'init' && this.#conditions.isKnown()) {",
  },
  {
    name: 'unknown scripts not waited for',
    file: machine,
    find: "if (this.#state === 'init' && this.#conditions.isKnown()) {",
    replace: "if (this.#state === 'init') {",
  },
  {
    name: 'reload forgets the priority',
    file: machine,
    find: "    this.#updatePriority(now, { kind: 'operator', action: 'reload' }, out);\n",
    replace: '',
  },
  {
    name: 'reload tells the peers nothing',
    file: machine,
    find: '      if (plan.advertChanged) this.#answer(now, out);\n',
    replace: '',
  },
  {
    name: 'reload leaves removed addresses',
    file: machine,
    find: "      this.#changeAddresses('removeAddresses', plan.removed, out);\n",
    replace: '',
  },
  {
    name: 'reload loses a detected checksum',
    file: machine,
    find: 'if (this.#model.checksum !== model.checksum) this.#checksum',
    replace: 'this.#checksum',
  },
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
    router.handle(now, { kind: 'reconfigured', model }, out);`,
    replace: `    router.handle(now, { kind: 'reconfigured', model }, out);
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
    find: '    announce(model, allAddresses(model), repeat, out);\n    if (delay',
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
    find: "      announce(model, addresses, refreshRepeat, out);\n      this.#deadlines.set('announceRefresh', micros(now + refresh));",
    replace: '      announce(model, addresses, refreshRepeat, out);',
  },
  {
    name: 'GARP goes on after the master state',
    file: announcements,
    find: "    this.#deadlines.clear('announceAgain');\n    this.#deadlines.clear('announceRefresh');\n    this.#deadlines.clear('announceLowerPriority');",
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
];
