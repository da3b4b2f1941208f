import { type IpAddress, isMulticast, parseIp } from '../../../../base/ip.ts';
import type { SyncDaemon } from '../../../model/virtual-server.ts';
import type { Report } from '../../report.ts';
import type { Word } from '../../text/words.ts';
import { readInteger } from '../numbers.ts';
import type { Values } from '../values.ts';

/** What the kernel keeps of an interface's name. */
const NAME_MAX = 15;
const IGNORED = 'it is ignored';

type Draft = { -readonly [Field in keyof SyncDaemon]: SyncDaemon[Field] };

const NUMBERS = {
  id: { field: 'id', min: 0, max: 255 },
  maxlen: { field: 'maxLength', min: 1, max: 65_507 },
  port: { field: 'port', min: 1, max: 65_535 },
  ttl: { field: 'ttl', min: 1, max: 255 },
} as const;

/** `lvs_sync_daemon IF [inst VI] [id N] [maxlen N] [port N] [ttl N] [group ADDR]`, or `IF VI [ID]`. */
export function readSyncDaemon(globals: Values, report: Report): SyncDaemon | undefined {
  const [line, second] = globals.all('lvs_sync_daemon').filter(({ words }) => words.length > 0);
  const [name, ...options] = line?.words ?? [];
  if (second !== undefined) {
    const message = "'lvs_sync_daemon' is given twice: the first one counts";
    report.add('repeated-setting', second.keyword.at, message);
  }
  if (name === undefined) return undefined;
  if (name.text.length > NAME_MAX) {
    report.add(
      'name-too-long',
      name.at,
      `'${name.text}' is longer than the ${NAME_MAX} characters of an interface: the line is ignored`,
    );
    return undefined;
  }
  const draft: Draft = { interface: name.text };
  readOptions(draft, readOldForm(draft, options, report), report);
  return draft;
}

function isOption(text: string | undefined): boolean {
  return text === 'inst' || text === 'group' || Object.hasOwn(NUMBERS, text ?? '');
}

/** The instance and the number without words before them, as older versions have it. */
function readOldForm(draft: Draft, words: readonly Word[], report: Report): readonly Word[] {
  const [instance, id] = words;
  if (instance === undefined || isOption(instance.text)) return words;
  draft.instance = instance.text;
  if (id === undefined || isOption(id.text)) return words.slice(1);
  const number = readNumber('id', id, report);
  if (number !== undefined) {
    draft.id = number;
    report.add('deprecated', id.at, "a number without 'id' before it", `write 'id ${id.text}'`);
  }
  return words.slice(2);
}

function readOptions(draft: Draft, words: readonly Word[], report: Report): void {
  for (let at = 0; at < words.length; at++) {
    const option = words[at];
    if (option === undefined) break;
    if (!isOption(option.text)) {
      report.add(
        'invalid-choice',
        option.at,
        `'${option.text}' is not an option of lvs_sync_daemon: the rest is ignored`,
        'the options are inst, id, maxlen, port, ttl and group',
      );
      break;
    }
    const value = words[++at];
    if (value === undefined) {
      const code = option.text === 'inst' ? 'missing-parameter' : 'missing-value';
      report.add(code, option.at, `'${option.text}' has no value`);
      break;
    }
    readOption(draft, option, value, report);
  }
}

function readOption(draft: Draft, option: Word, value: Word, report: Report): void {
  if (option.text === 'inst') {
    if (draft.instance === undefined) draft.instance = value.text;
    else {
      const message = `the instance is ${draft.instance} already: '${value.text}' is ignored`;
      report.add('repeated-setting', option.at, message);
    }
  } else if (option.text === 'group') {
    const group = readGroup(value, report);
    if (group !== undefined) draft.group = group;
  } else {
    const name = option.text as keyof typeof NUMBERS;
    const number = readNumber(name, value, report);
    if (number !== undefined) draft[NUMBERS[name].field] = number;
  }
}

function readNumber(name: keyof typeof NUMBERS, word: Word, report: Report): number | undefined {
  const { min, max } = NUMBERS[name];
  return readInteger(word, { what: `'${name}'`, min, max, fallback: IGNORED }, report);
}

function readGroup(word: Word, report: Report): IpAddress | undefined {
  const group = parseIp(word.text);
  if (group === undefined) {
    report.add('invalid-address', word.at, `'${word.text}' is not an IP address: ${IGNORED}`);
  } else if (!isMulticast(group)) {
    report.add('not-multicast', word.at, `${group} is not a multicast address: ${IGNORED}`);
  } else return group;
  return undefined;
}
