/** What an entry of the ConfigMap may say of its VRRP group, which moves as one: all entries of it share that. */
import { parseInteger } from '../../base/json-fields.ts';

export interface GroupSettings {
  /** Of adverts, in hundredths of a second as VRRP version 3 has it, 1 to 4095. */
  readonly advertCs?: number;
  /** Whether a node with a higher priority takes over from one that serves, and after how many seconds. */
  readonly preempt?: 'off' | { readonly delaySeconds: number };
  /** The master says anew whose the addresses are after so many seconds; 0: never. */
  readonly garpRefreshSeconds?: number;
}

export type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

interface Row {
  /** What may be written. */
  readonly instead: string;
  read(text: string): GroupSettings | undefined;
}

const ADVERT_CS = [1, 4095] as const;
const PREEMPT_DELAY_S = [0, 1000] as const;
const GARP_REFRESH_S = [0, 86_400] as const;

const ROWS: Readonly<Record<string, Row>> = {
  advert: { instead: '0.01 to 40.95 (seconds)', read: readAdvert },
  preempt: { instead: 'on, off, or 0 to 1000 (seconds to wait)', read: readPreempt },
  'garp-refresh': {
    instead: '0 to 86400 (seconds)',
    read: (text) => {
      const garpRefreshSeconds = parseInteger(text, GARP_REFRESH_S);
      return garpRefreshSeconds === undefined ? undefined : { garpRefreshSeconds };
    },
  },
};

export const GROUP_SETTINGS: readonly string[] = Object.keys(ROWS);

/** Undefined: no setting of groups has this name. */
export function readGroupSetting(
  name: string,
  text: string,
): { readonly settings: GroupSettings } | { readonly instead: string } | undefined {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  if (row === undefined) return undefined;
  const settings = row.read(text);
  return settings === undefined ? { instead: row.instead } : { settings };
}

function readAdvert(text: string): GroupSettings | undefined {
  const [, whole = '', part = ''] = /^(\d{1,2})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const advertCs = Number(whole) * 100 + Number(part.padEnd(2, '0'));
  const [least, most] = ADVERT_CS;
  return whole !== '' && advertCs >= least && advertCs <= most ? { advertCs } : undefined;
}

function readPreempt(text: string): GroupSettings | undefined {
  if (text === 'off') return { preempt: 'off' };
  const delaySeconds = text === 'on' ? 0 : parseInteger(text, PREEMPT_DELAY_S);
  return delaySeconds === undefined ? undefined : { preempt: { delaySeconds } };
}

/** What all say together; where two say different things the first counts, and the names of those are told. */
export function joinGroupSettings(entries: readonly GroupSettings[]): {
  readonly settings: GroupSettings;
  readonly contradictions: readonly string[];
} {
  const settings: Writable<GroupSettings> = {};
  const contradictions = new Set<string>();
  for (const { advertCs, preempt, garpRefreshSeconds } of entries) {
    if (isOther(settings.advertCs, advertCs)) contradictions.add('advert');
    if (isOther(settings.preempt, preempt)) contradictions.add('preempt');
    if (isOther(settings.garpRefreshSeconds, garpRefreshSeconds))
      contradictions.add('garp-refresh');
    if (advertCs !== undefined) settings.advertCs ??= advertCs;
    if (preempt !== undefined) settings.preempt ??= preempt;
    if (garpRefreshSeconds !== undefined) settings.garpRefreshSeconds ??= garpRefreshSeconds;
  }
  return { settings, contradictions: [...contradictions] };
}

function isOther(before: unknown, now: unknown): boolean {
  const isSaid = before !== undefined && now !== undefined;
  return isSaid && JSON.stringify(before) !== JSON.stringify(now);
}
