import { nearestWord } from '../../../../base/edit-distance.ts';
import type { DataLine } from '../../grammar/tree.ts';
import type { Word } from '../../text/words.ts';
import type { Context } from '../context.ts';
import { OptionLine, parseBaseZero } from './option-line.ts';
import { readRealms } from './realms.ts';
import { KEEPALIVED } from './route-line.ts';
import type { Range, Rule, RuleAction } from './rule.ts';

const UINT_MAX = 4_294_967_295;
const INT_MAX = 2_147_483_647;

type Draft = { -readonly [Key in keyof Rule]?: Rule[Key] };
type Reader = (line: OptionLine, draft: Draft, option: Word) => void;

function act(line: OptionLine, draft: Draft, option: Word, action: RuleAction): void {
  if (draft.action === undefined) draft.action = action;
  else line.refuse(option, `'${option.text}' is a second action`, 'keep one of them');
}

const table: Reader = (line, draft, option) => {
  const name = line.named(option, 'rt_tables', UINT_MAX);
  if (name === 0) line.refuse(option, 'table 0 is not a table');
  else if (name !== undefined) act(line, draft, option, { kind: 'table', table: name });
};

const priority: Reader = (line, draft, option) => {
  const value = line.number(option, 0, UINT_MAX, 0);
  if (value !== undefined) draft.priority = value;
};

const tos: Reader = (line, draft, option) => {
  const value = line.named(option, 'rt_dsfield', 255);
  if (value !== undefined) draft.tos = value;
};

const suppressPrefix: Reader = (line, draft, option) => {
  const value = line.number(option, 0, INT_MAX);
  if (value !== undefined) draft.suppressPrefixLength = value;
};

const suppressGroup: Reader = (line, draft, option) => {
  const value = line.named(option, 'group', UINT_MAX);
  if (value !== undefined) draft.suppressGroup = value;
};

const incoming: Reader = (line, draft, option) => {
  const name = line.interface(option);
  if (name !== undefined) draft.incoming = name;
};

function range(field: 'users' | 'sourcePorts' | 'destinationPorts', max: number): Reader {
  return (line, draft, option) => {
    const word = line.value(option);
    if (word === undefined) return;
    const found = parseRange(word.text, max);
    if (found !== undefined) draft[field] = found;
    else
      line.refuse(word, `'${word.text}' is not a range`, 'write FIRST-LAST, also for one number');
  };
}

function parseRange(text: string, max: number): Range | undefined {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return Number(first) <= max && Number(last) <= max
    ? { first: Number(first), last: Number(last) }
    : undefined;
}

const simple =
  (kind: 'l3mdev' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit'): Reader =>
  (line, draft, option) =>
    act(line, draft, option, { kind });

const READERS: Readonly<Record<string, Reader>> = {
  inet: (_, draft) => {
    draft.family = 4;
  },
  inet6: (_, draft) => {
    draft.family = 6;
  },
  not: (_, draft) => {
    draft.inverted = true;
  },
  from: (line, draft, option) => {
    const from = line.networkOrAny(option);
    if (from !== undefined) draft.from = from;
  },
  to: (line, draft, option) => {
    const to = line.networkOrAny(option);
    if (to !== undefined) draft.to = to;
  },
  table,
  lookup: table,
  priority,
  preference: priority,
  order: priority,
  tos,
  dsfield: tos,
  fwmark: readMark,
  realms: (line, draft, option) => {
    const realms = readRealms(line, option);
    if (realms !== undefined) draft.realms = realms;
  },
  suppress_prefixlength: suppressPrefix,
  sup_pl: suppressPrefix,
  suppress_ifgroup: suppressGroup,
  sup_group: suppressGroup,
  iif: incoming,
  dev: incoming,
  oif: (line, draft, option) => {
    const name = line.interface(option);
    if (name !== undefined) draft.outgoing = name;
  },
  'tunnel-id': (line, draft, option) => {
    const id = line.number(option, 0, Number.MAX_SAFE_INTEGER);
    if (id !== undefined) draft.tunnelId = id;
  },
  uidrange: range('users', UINT_MAX),
  protocol: (line, draft, option) => {
    const protocol = line.number(option, 0, 255);
    if (protocol !== undefined) draft.protocol = protocol;
  },
  ipproto: (line, draft, option) => {
    const protocol = line.named(option, 'protocols', 255);
    if (protocol !== undefined) draft.ipProtocol = protocol;
  },
  sport: range('sourcePorts', 65_535),
  dport: range('destinationPorts', 65_535),
  no_track: (_, draft) => {
    draft.tracked = false;
  },
  track_group: (line, draft, option) => {
    const group = line.value(option);
    if (group !== undefined) draft.trackGroup = group.text;
  },
  type: () => undefined,
  goto: (line, draft, option) => {
    const target = line.number(option, 0, UINT_MAX, 0);
    if (target !== undefined) act(line, draft, option, { kind: 'goto', target });
  },
  l3mdev: simple('l3mdev'),
  nop: simple('nop'),
  blackhole: simple('blackhole'),
  unreachable: simple('unreachable'),
  prohibit: simple('prohibit'),
};

/** `MARK[/MASK]`, each decimal or with 0x. */
function readMark(line: OptionLine, draft: Draft, option: Word): void {
  const word = line.value(option);
  if (word === undefined) return;
  const [written = '', maskText, ...others] = word.text.split('/');
  const value = parseBaseZero(written);
  const mask = maskText === undefined ? undefined : parseBaseZero(maskText);
  const isWrong =
    value === undefined ||
    value > UINT_MAX ||
    others.length > 0 ||
    (maskText !== undefined && (mask === undefined || mask > UINT_MAX));
  if (isWrong) line.refuse(word, `'${word.text}' is not a mark`, 'write MARK or MARK/MASK');
  else draft.mark = { value, ...(mask !== undefined && { mask }) };
}

/** One line of static_rules or virtual_rules; undefined where it is of no use. */
export function readRuleLine(
  { words }: DataLine,
  groups: ReadonlySet<string> | 'none',
  context: Context,
): Rule | undefined {
  const line = new OptionLine(words, context, 'rule');
  const draft: Draft = {};
  for (let word = line.next(); word !== undefined && line.isUsable; word = line.next()) {
    const read = Object.hasOwn(READERS, word.text) ? READERS[word.text] : undefined;
    if (read !== undefined) read(line, draft, word);
    else {
      const nearest = nearestWord(word.text, Object.keys(READERS));
      line.refuse(
        word,
        `'${word.text}' is not an option of a rule`,
        nearest === undefined ? undefined : `did you mean '${nearest}'?`,
      );
    }
  }
  return line.isUsable ? finish(line, draft, words[0], groups, context) : undefined;
}

function finish(
  line: OptionLine,
  draft: Draft,
  first: Word,
  groups: ReadonlySet<string> | 'none',
  { report }: Context,
): Rule | undefined {
  const { action, trackGroup } = draft;
  if (action === undefined) {
    return line.refuse(
      first,
      'a rule needs an action',
      'write table NAME, goto NUMBER or blackhole',
    );
  }
  const suppresses =
    draft.suppressPrefixLength !== undefined ||
    draft.suppressGroup !== undefined ||
    draft.realms !== undefined;
  if (suppresses && action.kind !== 'table' && action.kind !== 'l3mdev') {
    return line.refuse(first, 'realms and suppress_… need a table');
  }
  if (action.kind === 'goto' && draft.priority !== undefined && draft.priority >= action.target) {
    return line.refuse(first, `goto ${action.target} does not lead behind ${draft.priority}`);
  }
  if (trackGroup !== undefined && (groups === 'none' || !groups.has(trackGroup))) {
    return line.refuse(first, `no track_group ${trackGroup} stands above this line`);
  }
  if (draft.priority === undefined) {
    report.add(
      'rule-without-preference',
      first.at,
      'without a preference the rule gets a number counted down from 16384',
      'add priority NUMBER',
    );
  }
  if (draft.tracked !== false && draft.protocol !== undefined && draft.protocol !== KEEPALIVED) {
    report.add(
      'protocol-reset',
      first.at,
      'only rules of protocol keepalived can be tracked: it gets that protocol',
      'remove protocol, or add no_track',
    );
    draft.protocol = KEEPALIVED;
  }
  return {
    inverted: false,
    tracked: true,
    ...draft,
    family: line.family ?? draft.family ?? 4,
    action,
  };
}
