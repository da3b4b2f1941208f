/** Bugs in the state machine and its timers. */
import type { Mutant } from './mutant.ts';

const machine = 'src/core/vrrp/machine.ts';
const timers = 'src/core/vrrp/timers.ts';

export const stateMachineMutants: readonly Mutant[] = [
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
      "      if (to !== 'backup') this.#changeAddresses('removeAddresses', this.#heldAddresses(), out);" +
      '\n    }\n    this.#deadlines',
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
];
