/** Steps as an operator types them. */
import type { Step } from './types.ts';

/** Behind every rule that the doctor inserts, so that it can be found again. */
export const RULE_COMMENT = 'holdfast doctor';
export const SETTINGS_FILE = '/etc/sysctl.d/60-holdfast.conf';
export const MODULES_FILE = '/etc/modules-load.d/holdfast.conf';

export function commandOf(step: Step): string {
  switch (step.kind) {
    case 'sysctl':
      return `echo '${settingLine(step)}' >> ${SETTINGS_FILE} && sysctl -w '${settingLine(step)}'`;
    case 'module':
      return `echo ${step.name} >> ${MODULES_FILE} && modprobe ${step.name}`;
    case 'nft-rule':
    case 'iptables-rule':
      return argumentsOf(step).map(quote).join(' ');
    case 'file': {
      const lines = step.text.trimEnd().split('\n').map(quote).join(' ');
      const folder = step.path.replace(/\/[^/]*$/, '');
      const write = `mkdir -p ${folder} && printf '%s\\n' ${lines} > ${step.path}`;
      return step.takeUp.length === 0 ? write : `${write} && ${step.takeUp.join(' ')}`;
    }
    case 'by-hand':
      return step.command;
  }
}

/** The program and its arguments. */
export function argumentsOf(step: Extract<Step, { kind: 'nft-rule' | 'iptables-rule' }>): string[] {
  if (step.kind === 'nft-rule') {
    const { family, table, chain, rule } = step;
    const words = rule.split(' ');
    return ['nft', 'insert', 'rule', family, table, chain, ...words, 'comment', nftComment()];
  }
  const { program, table, chain } = step;
  return [program, '-t', table, '-I', chain, '1', ...iptablesRule(step)];
}

/** Without where it goes: the same words delete it. */
export function iptablesRule({ rule }: Extract<Step, { kind: 'iptables-rule' }>): string[] {
  return [...rule, '-m', 'comment', '--comment', RULE_COMMENT, '-j', 'ACCEPT'];
}

/** sysctl takes slashes as well, which names of interfaces with dots need. */
export function settingLine({ name, value }: Extract<Step, { kind: 'sysctl' }>): string {
  return `${name.includes('.') ? name : name.replaceAll('/', '.')}=${value}`;
}

function nftComment(): string {
  return `"${RULE_COMMENT}"`;
}

function quote(word: string): string {
  return /^[\w./=:,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
