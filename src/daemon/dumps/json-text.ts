/** The JSON dump: keepalived's keys, in its order. */
import { toSeconds } from '../../base/time.ts';
import type { NotifyScripts, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { VrrpStatistics } from '../../core/vrrp/types.ts';
import { type DumpFacts, STATE_NUMBERS, stateWord, wantedWord } from './facts.ts';
import { addressText, commandText } from './words.ts';

/** `digits`: a number that is written as it stands here. */
type Json =
  | string
  | number
  | boolean
  | { readonly digits: string }
  | readonly Json[]
  | { readonly pairs: readonly (readonly [key: string, value: Json])[] };

type Entries = readonly (readonly [string, Json])[];

export function jsonText(facts: DumpFacts): string {
  const instances: Json = facts.model.instances.map((instance) => ({
    pairs: [
      ['data', { pairs: dataEntries(facts, instance) }],
      ['stats', { pairs: statisticsEntries(facts.snapshot(instance.name)?.statistics) }],
    ],
  }));
  const whole: Json =
    facts.model.global.dumps?.jsonVersion === 2
      ? {
          pairs: [
            ['vrrp', instances],
            ['track_process', []],
          ],
        }
      : instances;
  return `${write(whole)}\n`;
}

function dataEntries(facts: DumpFacts, instance: VrrpInstanceModel): Entries {
  const { name, announcements, version } = instance;
  const snapshot = facts.snapshot(name);
  const lastTransition =
    snapshot?.lastTransition === undefined ? 0 : facts.wallMs(snapshot.lastTransition) / 1000;
  const state = stateWord(snapshot);
  return [
    ['iname', name],
    ['dont_track_primary', instance.trackInterface ? 0 : 1],
    ['skip_check_adv_addr', instance.skipCheckAdvertAddresses ? 1 : 0],
    ['strict_mode', instance.strict ? 1 : 0],
    ['vmac_ifname', ''],
    ...some(
      'ifp_ifname',
      facts.links.some((link) => link.name === instance.interface) && instance.interface,
    ),
    ['master_priority', snapshot?.masterPriority ?? 0],
    ['last_transition', { digits: lastTransition.toFixed(6) }],
    ['garp_delay', toSeconds(announcements.delay)],
    ['garp_refresh', toSeconds(announcements.refresh)],
    ['garp_rep', announcements.repeat],
    ['garp_refresh_rep', announcements.refreshRepeat],
    ['garp_lower_prio_delay', toSeconds(announcements.lowerPriorityDelay)],
    ['garp_lower_prio_rep', announcements.lowerPriorityRepeat],
    ['lower_prio_no_advert', instance.lowerPriorityNoAdvert ? 1 : 0],
    ['higher_prio_send_advert', instance.higherPrioritySendAdvert ? 1 : 0],
    ['vrid', instance.vrid],
    ['base_priority', instance.priority],
    ['effective_priority', snapshot?.effectivePriority ?? instance.priority],
    ['vipset', state === 'MASTER'],
    ['promote_secondaries', false],
    ['adver_int', toSeconds(instance.advertInterval)],
    ['master_adver_int', toSeconds(snapshot?.masterAdvertInterval ?? instance.advertInterval)],
    ['accept', 1],
    ['nopreempt', instance.preempt === 'nopreempt'],
    ['preempt_delay', Math.floor(toSeconds(instance.preemptDelay))],
    ['state', STATE_NUMBERS[state]],
    ['wantstate', STATE_NUMBERS[wantedWord(instance, snapshot)]],
    ['version', version],
    ['smtp_alert', instance.isMailed ?? false],
    ['notify_deleted', instance.deletionIsTold === 'deleted'],
    ...scriptEntries(instance.notify),
    ...listEntries(facts, instance),
    ['auth_type', instance.authentication.kind === 'simple' ? 1 : 0],
    ...some('auth_data', instance.authentication.kind === 'simple' && '********'),
  ];
}

const SCRIPT_KEYS: readonly (readonly [keyof NotifyScripts, string])[] = [
  ['backup', 'script_backup'],
  ['master', 'script_master'],
  ['fault', 'script_fault'],
  ['stop', 'script_stop'],
  ['deleted', 'script_deleted'],
  ['any', 'script'],
  ['masterRxLowerPriority', 'script_master_rx_lower_pri'],
];

function scriptEntries(notify: NotifyScripts): Entries {
  return SCRIPT_KEYS.flatMap(([event, key]) => {
    const command = notify[event];
    return some(key, command !== undefined && commandText(command));
  });
}

/** Lists that would be empty are left out. */
function listEntries(facts: DumpFacts, instance: VrrpInstanceModel): Entries {
  const held = new Set(facts.held(instance));
  const texts = (list: VrrpInstanceModel['addresses']): string[] =>
    list.map((one) => addressText(one, instance, held.has(one) ? 'set' : 'away'));
  const scripts = instance.trackedScripts.flatMap(({ name }) =>
    facts.model.scripts.filter((script) => script.name === name),
  );
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['vips', texts(instance.addresses)],
    ['evips', texts(instance.excludedAddresses)],
    ['track_ifp', instance.trackedInterfaces.map(({ name }) => name)],
    ['track_script', scripts.map(({ command }) => commandText(command))],
  ];
  return lists.filter(([, list]) => list.length > 0);
}

/** What 2.4 counts beside these belongs to its authentication extension, which is not spoken. */
const COUNTERS: readonly (readonly [string, (keyof VrrpStatistics)?])[] = [
  ['advert_rcvd', 'advertsReceived'],
  ['advert_sent', 'advertsSent'],
  ['become_master', 'becameMaster'],
  ['release_master', 'releasedMaster'],
  ['packet_len_err', 'lengthErrors'],
  ['advert_interval_err', 'intervalErrors'],
  ['ip_ttl_err', 'ttlErrors'],
  ['invalid_type_rcvd', 'typeErrors'],
  ['addr_list_err', 'addressListErrors'],
  ['invalid_authtype', 'authTypeInvalid'],
  ['authtype_mismatch', 'authTypeMismatch'],
  ['auth_failure', 'authFailures'],
  ['auth_ext_missing'],
  ['auth_ext_malformed'],
  ['auth_ext_unknown_key'],
  ['auth_ext_invalid_hmac'],
  ['auth_ext_stale'],
  ['auth_ext_replay'],
  ['pri_zero_rcvd', 'priorityZeroReceived'],
  ['pri_zero_sent', 'priorityZeroSent'],
];

function statisticsEntries(statistics: Readonly<VrrpStatistics> | undefined): Entries {
  return COUNTERS.map(([key, counter]) => [key, (counter && statistics?.[counter]) ?? 0]);
}

function some(key: string, value: string | false): Entries {
  return value === false ? [] : [[key, value]];
}

/** As keepalived's library writes it: no blanks, and slashes behind backslashes. */
function write(value: Json): string {
  if (typeof value !== 'object') return JSON.stringify(value).replaceAll('/', '\\/');
  if ('digits' in value) return value.digits;
  if ('pairs' in value) {
    const pairs = value.pairs.map(([key, one]) => `${write(key)}:${write(one)}`);
    return `{${pairs.join(',')}}`;
  }
  return `[${value.map(write).join(',')}]`;
}
