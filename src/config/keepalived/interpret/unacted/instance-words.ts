import { ipFamily, parseIp } from '../../../../base/ip.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Word } from '../../text/words.ts';
import type { Context } from '../context.ts';
import { readRouteLine } from '../routing/route-line.ts';
import { readRuleLine } from '../routing/rule-line.ts';
import { checkExtraInterface } from './global-words.ts';
import { checkKeys } from './keys.ts';

type Check = (statement: Statement, context: Context, all: readonly Statement[]) => void;

/** What the kernel keeps of the name of an interface. */
const INTERFACE_NAME_MAX = 15;
const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){4,5}$/i;
/** Addresses that virtual routers have by themselves. */
const VRRP_MAC = /^0?0:0?0:5e:0?0:0?[12](:|$)/i;
const IPVLAN_MODES = new Set(['bridge', 'private', 'vepa']);

/** Words in any order; what takes a word with it, and what is left, which must be names. */
function checkAnyOrder(
  { words, keyword }: Statement,
  takes: (word: Word) => boolean,
  { report }: Context,
): void {
  let names = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) return;
    if (word.text === 'group') {
      if (words[++at] === undefined) {
        report.add('missing-option-value', word.at, "'group' has no value behind it");
      }
    } else if (!takes(word) && (++names > 2 || !isInterfaceName(word.text))) {
      report.add(
        'invalid-choice',
        word.at,
        `'${word.text}' is of no use behind '${keyword.text}' and is ignored`,
        `the name of an interface has at most ${INTERFACE_NAME_MAX} characters`,
      );
    }
  }
}

function isInterfaceName(text: string): boolean {
  return text !== '' && text.length <= INTERFACE_NAME_MAX && !/[/:\s]/.test(text);
}

function checkMacVlan(statement: Statement, context: Context): void {
  checkAnyOrder(
    statement,
    ({ text }) => text === 'netlink_notify_msg' || (MAC.test(text) && !VRRP_MAC.test(text)),
    context,
  );
}

function checkIpVlan(statement: Statement, context: Context, all: readonly Statement[]): void {
  const isAddress = ({ text }: Word): boolean => parseIp(text.split('/')[0] ?? '') !== undefined;
  checkAnyOrder(statement, (word) => IPVLAN_MODES.has(word.text) || isAddress(word), context);
  const family = familyOf(all);
  const sources = statement.words.filter(isAddress);
  for (const { text, at } of sources) {
    const source = parseIp(text.split('/')[0] ?? '');
    if (source === undefined || family === undefined || ipFamily(source) === family) continue;
    context.report.add('wrong-family', at, `${text} is of the other family than the instance`);
  }
  if (sources.length > 0 || family === 6) return;
  context.report.add(
    'definition-incomplete',
    statement.keyword.at,
    'an ipvlan of IPv4 needs a source address, on this line',
  );
}

/** The family of the first virtual address. */
function familyOf(all: readonly Statement[]): 4 | 6 | undefined {
  const block = all.find(({ definition }) => definition.name === 'virtual_ipaddress')?.block;
  const address = parseIp(block?.lines[0]?.words[0].text.split('/')[0] ?? '');
  return address === undefined ? undefined : ipFamily(address);
}

function has(statements: readonly Statement[], name: string): boolean {
  return statements.some(({ definition }) => definition.name === name);
}

function needsMacVlan(statement: Statement, { report }: Context, all: readonly Statement[]): void {
  if (has(all, 'use_vmac') || has(all, 'use_ipvlan')) return;
  const { name } = statement.definition;
  report.add('setting-without-effect', statement.keyword.at, `'${name}' needs use_vmac`);
}

function checkVrf(
  { keyword, words }: Statement,
  context: Context,
  all: readonly Statement[],
): void {
  const [word] = words;
  if (word !== undefined) {
    context.claims.push({ kind: 'interface', name: word.text, at: word.at, missing: 'reported' });
  }
  if (!has(all, 'interface')) return;
  context.report.add(
    'setting-without-effect',
    keyword.at,
    "'vrf' is for instances without an interface: it is ignored",
    'remove one of the two',
  );
}

const CHECKS: Readonly<Record<string, Check>> = {
  use_vmac: checkMacVlan,
  use_ipvlan: checkIpVlan,
  vmac_xmit_base: needsMacVlan,
  vrf: checkVrf,
  garp_extra_if: (statement, context) => checkExtraInterface(statement, 0, context),
  vmac_garp_intvl: (statement, context) => checkExtraInterface(statement, 0, context),
  virtual_routes: ({ block }, context) => {
    for (const line of block?.lines ?? []) readRouteLine(line, 'none', context);
  },
  virtual_rules: ({ block }, context) => {
    for (const line of block?.lines ?? []) readRuleLine(line, 'none', context);
  },
  auth_hmac: ({ block, keyword }, context) => checkKeys(block?.statements ?? [], keyword, context),
};

/** Words of an instance that the keyword table cannot judge by their kind alone. */
export function checkInstanceWords({ block }: Statement, context: Context): void {
  const all = block?.statements ?? [];
  for (const statement of all) {
    const { name } = statement.definition;
    if (Object.hasOwn(CHECKS, name)) CHECKS[name]?.(statement, context, all);
  }
}
