import {
  MICROS_PER_CENTISECOND,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  seconds,
  ZERO,
} from '../../../base/time.ts';
import type { VrrpInstanceModel, VrrpVersion } from '../../model/vrrp.ts';
import type { Context } from './context.ts';
import type { InstanceDefaults } from './globals.ts';
import type { Values } from './values.ts';

export type Election = Pick<
  VrrpInstanceModel,
  | 'priority'
  | 'initialState'
  | 'advertInterval'
  | 'downTimerAdverts'
  | 'preempt'
  | 'preemptDelay'
  | 'lowerPriorityNoAdvert'
  | 'higherPrioritySendAdvert'
  | 'ownerIgnoreAdverts'
>;

export const OWNER = 255;

export interface ElectionRules {
  readonly version: VrrpVersion;
  readonly strict: boolean;
  readonly defaults: InstanceDefaults;
}

/** Who shall win, and how fast: priority, state, timers and preemption, with what rules out what. */
export function readElection(values: Values, rules: ElectionRules, context: Context): Election {
  const { strict, defaults } = rules;
  const state = values.text('state');
  const priority = readPriority(values, state, context);
  const isOwner = priority === OWNER;
  const wantsMaster = readWantsMaster(values, state, priority, strict, context);
  const preempt = readPreempt(values, { isOwner, wantsMaster }, context);
  return {
    priority,
    initialState: wantsMaster ? 'master' : 'backup',
    advertInterval: readInterval(values, rules.version, context),
    downTimerAdverts: readDownTimer(values, rules, context),
    preempt,
    preemptDelay: readPreemptDelay(values, { wantsMaster, preempt, strict }, context),
    lowerPriorityNoAdvert:
      strict || (values.bool('lower_prio_no_advert') ?? defaults.lowerPriorityNoAdvert),
    higherPrioritySendAdvert:
      !strict && (values.bool('higher_prio_send_advert') ?? defaults.higherPrioritySendAdvert),
    ownerIgnoreAdverts: readOwnerIgnores(values, { isOwner, strict, defaults }, context),
  };
}

function readPriority(values: Values, state: string | undefined, { report }: Context): number {
  const priority = values.number('priority');
  if (priority !== undefined) return priority;
  const at = values.position('state');
  if (state !== 'MASTER' || values.has('priority') || at === undefined) return 100;
  report.add(
    'owner-by-default',
    at,
    'state MASTER without a priority means priority 255, which no tracker can lower',
    'write a priority below 255',
  );
  return OWNER;
}

function readWantsMaster(
  values: Values,
  state: string | undefined,
  priority: number,
  strict: boolean,
  { report }: Context,
): boolean {
  const isOwner = priority === OWNER;
  if (state === undefined) return isOwner && !values.has('state');
  const wantsMaster = state === 'MASTER';
  const at = values.position('state');
  if (!strict || wantsMaster === isOwner || at === undefined) return wantsMaster;
  report.add(
    'master-not-owner',
    at,
    `in strict mode state MASTER and priority 255 go together: ${isOwner ? 'MASTER' : 'BACKUP'} is used`,
    isOwner ? 'write state MASTER' : 'write state BACKUP',
  );
  return isOwner;
}

function readPreempt(
  values: Values,
  { isOwner, wantsMaster }: { readonly isOwner: boolean; readonly wantsMaster: boolean },
  { report }: Context,
): 'preempt' | 'nopreempt' {
  const last = values.statements.findLast(({ keyword }) => /^(no)?preempt$/.test(keyword.text));
  if (last === undefined || last.keyword.text === 'preempt') return 'preempt';
  if (!isOwner && !wantsMaster) return 'nopreempt';
  report.add(
    'nopreempt-cleared',
    last.keyword.at,
    `nopreempt does not go with ${isOwner ? 'priority 255' : 'state MASTER'}: this host preempts`,
    'write state BACKUP and a priority below 255',
  );
  return 'preempt';
}

interface PreemptDelayRules {
  readonly wantsMaster: boolean;
  readonly preempt: 'preempt' | 'nopreempt';
  readonly strict: boolean;
}

function readPreemptDelay(
  values: Values,
  { wantsMaster, preempt, strict }: PreemptDelayRules,
  { report }: Context,
): Micros {
  const delay = values.micros('preempt_delay') ?? ZERO;
  const at = values.statement('preempt_delay')?.keyword.at;
  if (delay === 0 || at === undefined) return ZERO;
  const obstacle = strict
    ? 'strict mode'
    : wantsMaster
      ? 'state MASTER'
      : preempt === 'nopreempt'
        ? 'nopreempt'
        : undefined;
  if (obstacle === undefined) return delay;
  report.add(
    'preempt-delay-cleared',
    at,
    `preempt_delay does not go with ${obstacle}: it is ignored`,
  );
  return ZERO;
}

const V3_INTERVAL_MAX = seconds(40.95);

/** v2 advertises whole seconds, v3 hundredths. */
function readInterval(values: Values, version: VrrpVersion, { report }: Context): Micros {
  const written = values.micros('advert_int') ?? seconds(1);
  const at = values.position('advert_int');
  if (at === undefined) return written;
  const unit = version === 2 ? MICROS_PER_SECOND : MICROS_PER_CENTISECOND;
  const rounded = Math.max(unit, Math.round(written / unit) * unit);
  const interval = version === 3 ? Math.min(rounded, V3_INTERVAL_MAX) : rounded;
  if (interval !== written) {
    const why =
      version === 2
        ? 'VRRP version 2 counts whole seconds'
        : 'VRRP version 3 counts hundredths of a second, up to 40.95 s';
    report.add(
      'interval-rounded',
      at,
      `${why}: ${interval / MICROS_PER_SECOND} s is used`,
      version === 2 ? 'write whole seconds, or use version 3' : undefined,
    );
  }
  return micros(interval);
}

function readDownTimer(
  values: Values,
  { strict, defaults }: ElectionRules,
  { report }: Context,
): number {
  const adverts = values.number('down_timer_adverts') ?? defaults.downTimerAdverts;
  if (!strict || adverts === 3) return adverts;
  const at = values.position('down_timer_adverts');
  if (at !== undefined) {
    report.add('strict-mode-overrides', at, 'strict mode waits for 3 adverts: 3 is used');
  }
  return 3;
}

interface OwnerRules {
  readonly isOwner: boolean;
  readonly strict: boolean;
  readonly defaults: InstanceDefaults;
}

function readOwnerIgnores(
  values: Values,
  { isOwner, strict, defaults }: OwnerRules,
  { report }: Context,
): boolean {
  const written = values.bool('owner_ignore_adverts');
  const at = values.statement('owner_ignore_adverts')?.keyword.at;
  if (!isOwner) {
    if (written === true && at !== undefined) {
      report.add(
        'owner-ignores',
        at,
        'owner_ignore_adverts is for priority 255 only: it is ignored',
      );
    }
    return false;
  }
  if (written === false && at !== undefined) {
    report.add(
      'owner-ignores',
      at,
      'keepalived ignores adverts here all the same: it is taken as true',
    );
  }
  return written !== undefined || strict || defaults.ownerIgnoreAdverts;
}
