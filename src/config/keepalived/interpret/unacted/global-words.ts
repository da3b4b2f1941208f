import type { Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';
import { readInteger } from '../numbers.ts';

type Check = (statement: Statement, context: Context) => void;

const UINT_MAX = 4_294_967_295;
const EXTRA_IF_MAX = 86_400;

/** `[all] [SECONDS]`: garp_extra_if, which is asked for without a number in vain. */
export function checkExtraInterface(
  { words, definition, keyword }: Statement,
  min: 0 | 1,
  { report }: Context,
): void {
  const [first, second] = words;
  const number = first?.text === 'all' ? second : first;
  if (number !== undefined) {
    const what = `'${definition.name}'`;
    const rule = { what, min, max: EXTRA_IF_MAX, unit: 's', fallback: 'it is ignored' };
    readInteger(number, rule, report);
  } else if (first === undefined || definition.block === 'vrrp_instance') {
    report.add('missing-value', keyword.at, `'${definition.name}' has no number of seconds`);
  }
}

/** `MTU`, `ADVERT` or a number of bytes, in either case. */
function checkBufferPolicy({ words, keyword }: Statement, { report }: Context): void {
  const [word] = words;
  if (word === undefined || /^(mtu|advert)$/i.test(word.text)) return;
  const what = `'${keyword.text}'`;
  readInteger(
    word,
    { what, min: 0, max: UINT_MAX, unit: 'bytes', fallback: 'it is ignored' },
    report,
  );
}

const INCLUDE_CHECKS = new Set(['read', 'match', 'wildcard_match', 'brace_match']);

function checkIncludeWords({ words }: Statement, { report }: Context): void {
  for (const [index, word] of words.entries()) {
    const bare = /^[+-]/.test(word.text) ? word.text.slice(1) : word.text;
    const isSigned = bare !== word.text;
    if (INCLUDE_CHECKS.has(bare) && (isSigned || index === 0)) continue;
    report.add(
      'invalid-choice',
      word.at,
      `'include_check' does not know '${word.text}': it is ignored`,
      `write ${[...INCLUDE_CHECKS].join(', ')}, all but the first with + or -`,
    );
  }
}

/** Numbers of processors; how many there are is the host's matter. */
function checkProcessors({ words, keyword }: Statement, { report }: Context): void {
  const wrong = words.find(({ text }) => !/^\d+$/.test(text));
  if (wrong === undefined) return;
  report.add(
    'invalid-cpu-list',
    wrong.at,
    `'${wrong.text}' is not the number of a processor: the line is ignored`,
    `${keyword.text} 0 1`,
  );
}

/** What the kernel keeps of the name of a process. */
const PROCESS_NAME_MAX = 15;

function checkProcessName({ words: [word] }: Statement, { report }: Context): void {
  if (word === undefined || word.text.length <= PROCESS_NAME_MAX) return;
  report.add(
    'name-too-long',
    word.at,
    `'${word.text}' is longer than ${PROCESS_NAME_MAX} characters and is cut`,
  );
}

function checkConnectTimeout({ words: [word], keyword }: Statement, { report }: Context): void {
  if (word?.text !== '0') return;
  report.add('number-out-of-range', word.at, `'${keyword.text}' must be at least 1: 1 is used`);
}

const CHECKS: Readonly<Record<string, Check>> = {
  vrrp_rx_bufs_policy: checkBufferPolicy,
  include_check: checkIncludeWords,
  vrrp_garp_extra_if: (statement, context) => checkExtraInterface(statement, 1, context),
  vrrp_vmac_garp_intvl: (statement, context) => checkExtraInterface(statement, 1, context),
  vrrp_process_name: checkProcessName,
  checker_process_name: checkProcessName,
  lvs_process_name: checkProcessName,
  bfd_process_name: checkProcessName,
  checker_cpu_affinity: checkProcessors,
  bfd_cpu_affinity: checkProcessors,
  smtp_connect_timeout: checkConnectTimeout,
};

/** Words of global_defs that the keyword table cannot judge by their kind alone. */
export function checkGlobalWords(statements: readonly Statement[], context: Context): void {
  for (const statement of statements) {
    const { name } = statement.definition;
    if (Object.hasOwn(CHECKS, name)) CHECKS[name]?.(statement, context);
  }
}
