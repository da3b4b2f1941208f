/** Bugs in the state machine and its timers. */
import type { Mutant } from './mutant.ts';

const machine = 'src/core/vrrp/machine.ts';
const timers = 'src/core/vrrp/timers.ts';
const reception = 'src/core/vrrp/reception.ts';
const holdings = 'src/core/vrrp/holdings.ts';
const following = 'src/core/vrrp/following.ts';
const patience = 'src/core/vrrp/patience.ts';

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
    file: reception,
    find: "this.#consequences.awaitSilence(now, 'skew');",
    replace: "this.#consequences.awaitSilence(now, 'master-down');",
  },
  {
    name: 'priority 0 not answered by masters',
    file: reception,
    find: `      if (!isLeaving) this.#consequences.answer(now, out);
      return;`,
    replace: '      return;',
  },
  {
    name: 'priority 0 taken for a lower advert',
    file: reception,
    find: `    if (advert.priority === PRIORITY_STOP) {
      following.heard`,
    replace: `    if (advert.priority === 300) {
      following.heard`,
  },
  {
    name: 'a repetition still taken for one after something else',
    file: machine,
    find: "    if (input.kind !== 'advertReceived') this.#following.routine = undefined;\n",
    replace: '',
  },
  {
    name: 'an advert that is noted each time taken for a mere repetition',
    file: reception,
    find: 'if (this.#isPlain(advert)) following.routine = advert;',
    replace: 'following.routine = advert;',
  },
  {
    name: 'tie-break turned round',
    file: reception,
    find: '(advert.priority === own && order > 0)',
    replace: '(advert.priority === own && order < 0)',
  },
  {
    name: 'tie-break left out',
    file: reception,
    find: 'if (advert.priority > own || (advert.priority === own && order > 0)) {',
    replace: 'if (advert.priority > own) {',
  },
  {
    name: 'addresses kept in backup',
    file: machine,
    find: '      this.#holdings.giveUp(now, ending, out);',
    replace: "      if (to !== 'backup') this.#holdings.giveUp(now, ending, out);",
  },
  {
    name: 'excluded addresses forgotten',
    file: holdings,
    find: 'return virtualAddressesOf(this.#parts.model());',
    replace: 'return this.#parts.model().addresses;',
  },
  {
    name: 'no priority 0 at stop',
    file: machine,
    find: "const isLast = to !== 'backup' && this",
    replace: "const isLast = to === 'fault' && this",
  },
  {
    name: 'no priority 0 on a fault',
    file: machine,
    find: "const isLast = to !== 'backup' && this",
    replace: "const isLast = to === 'init' && this",
  },
  {
    name: 'addresses before the first advert',
    file: machine,
    find: `    this.#voice.advert(this.#effectivePriority, out);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
    this.#holdings.take(now, out);`,
    replace: `    this.#holdings.take(now, out);
    this.#voice.advert(this.#effectivePriority, out);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));`,
  },
  {
    name: 'preempts although nopreempt',
    file: reception,
    find: "model().preempt === 'nopreempt' || standing",
    replace: 'standing',
  },
  {
    name: 'never preempts',
    file: reception,
    find: 'if (advert.priority >= priority()) {',
    replace: 'if (advert.priority >= 0) {',
  },
  {
    name: 'equal priority is preempted',
    file: reception,
    find: 'if (advert.priority >= priority()) {',
    replace: 'if (advert.priority > priority()) {',
  },
  {
    name: 'preempt_delay ignored',
    file: reception,
    find: 'if (preemptDelay === 0 || following',
    replace: 'if (preemptDelay >= 0 || following',
  },
  {
    name: 'preempt_delay never over',
    file: reception,
    find: `      following.preemptWait = 'over';
`,
    replace: '',
  },
  {
    name: 'preempt_delay not put off by a higher advert',
    file: reception,
    find: `      following.preemptWait = 'none';
      deadlines.clear('preemptDelay');
`,
    replace: '',
  },
  {
    name: 'learned interval not used',
    file: following,
    find: `    if (learns) this.advertInterval = advertInterval;
`,
    replace: '',
  },
  {
    name: 'own interval not restored in fault',
    file: following,
    find: `    this.masterPriority = 0;
    this.advertInterval = ownInterval;`,
    replace: '    this.masterPriority = 0;',
  },
  {
    name: 'down timer not restarted',
    file: reception,
    find: `    if (interval !== undefined) journal.intervalLearned(now, interval, out);
    this.#consequences.awaitSilence(now, 'master-down');
`,
    replace: `    if (interval !== undefined) journal.intervalLearned(now, interval, out);
`,
  },
  {
    name: 'startup delay not counted',
    file: machine,
    find: 'micros(from + this.#pieces.patience',
    replace: 'micros(now + this.#pieces.patience',
  },
  {
    name: 'hears during the startup delay',
    file: machine,
    find: 'if (takesPart && at >= this.#listenFrom) this',
    replace: 'if (takesPart) this',
  },
  {
    name: 'owner waits like everybody',
    file: patience,
    find: `    if (why === 'start' && isOwner && initialState === 'master') return micros(1);
`,
    replace: '',
  },
  {
    name: 'advert period drifts',
    file: timers,
    find: 'return next > now + ADVERT_SLACK_US ? micros(next)',
    replace: 'return next > now + ADVERT_SLACK_US ? micros(now + interval)',
  },
  {
    name: 'two adverts after a long sleep',
    file: timers,
    find: 'return next > now + ADVERT_SLACK_US ?',
    replace: 'return next > now ?',
  },
  {
    name: 'advert with the configured priority',
    file: machine,
    find: `    this.#voice.advert(this.#effectivePriority, out);
    this.#holdings.renew`,
    replace: `    this.#voice.advert(this.#model.priority, out);
    this.#holdings.renew`,
  },
  {
    name: 'lower advert not answered',
    file: reception,
    find: `    if (!model().lowerPriorityNoAdvert) this.#consequences.answer(now, out);
`,
    replace: '',
  },
  {
    name: 'lower_prio_no_advert ignored',
    file: reception,
    find: '    if (!model().lowerPriorityNoAdvert) this',
    replace: '    this',
  },
  {
    name: 'higher_prio_send_advert ignored',
    file: machine,
    find: 'if (this.#model.higherPrioritySendAdvert) this',
    replace: 'if (false) this',
  },
  {
    name: 'lost address ignored',
    file: holdings,
    find: 'if (held === undefined || held.noTrack === true) return',
    replace: 'if (held !== undefined || held === undefined) return',
  },
  {
    name: 'no_track ignored',
    file: holdings,
    find: 'if (held === undefined || held.noTrack === true) return',
    replace: 'if (held === undefined) return',
  },
  {
    name: 'lost address waits the whole interval',
    file: machine,
    find: "address }, out, 'skew');",
    replace: "address }, out, 'master-down');",
  },
  {
    name: 'down timer survives a fault',
    file: machine,
    find: `    this.#deadlines.clear('masterDown');
    this.#deadlines.clear('preemptDelay');
    this.#following`,
    replace: `    this.#deadlines.clear('preemptDelay');
    this.#following`,
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
    find: `      if (plan.advertChanged) this.#tellNews(now, before, out);
`,
    replace: '',
  },
  {
    name: 'reload leaves removed addresses',
    file: holdings,
    find: `    this.#push('removeAddresses', plan.removed, out);
`,
    replace: '',
  },
  {
    name: 'reload loses a detected checksum',
    file: machine,
    find: 'if (this.#model.checksum !== model.checksum) this.#voice',
    replace: 'this.#voice',
  },
];
