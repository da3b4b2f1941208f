/** The rules of the firewall, as the programs print them. */
import type { FirewallTexts, Known } from '../../doctor/facts.ts';
import { read } from './host.ts';
import { runProgram } from './run-program.ts';

/** Those of the legacy kind are asked only where the kernel has tables of theirs: asking makes them. */
const SAVES = [
  { program: 'iptables-legacy', tables: '/proc/net/ip_tables_names' },
  { program: 'ip6tables-legacy', tables: '/proc/net/ip6_tables_names' },
  { program: 'iptables-nft' },
  { program: 'ip6tables-nft' },
] as const;

export function readFirewall(): Known<FirewallTexts> {
  const nft = runProgram('nft', '-j', 'list', 'ruleset');
  const saves: Record<string, string> = {};
  const failures: string[] = [];
  for (const save of SAVES) {
    if ('tables' in save && (read(save.tables)?.trim() ?? '') === '') continue;
    const { kind, stdout, message } = runProgram(`${save.program}-save`);
    if (kind === 'done') saves[save.program] = stdout;
    // Without the program of its kind the rules are there, and nobody can read them.
    else if ('tables' in save) failures.push(message);
  }
  if (nft.kind === 'failed') return { unknown: nft.message };
  const isReadable = nft.kind === 'done' || Object.keys(saves).length > 0;
  if (!isReadable) return { unknown: nft.message };
  if (failures.length > 0) return { unknown: failures.join('; ') };
  return { ...(nft.kind === 'done' && { nft: nft.stdout }), saves, keepers: keepersOf(nft.stdout) };
}

function keepersOf(nft: string): FirewallTexts['keepers'] {
  const keepers: ('firewalld' | 'ufw')[] = [];
  if (nft.includes('"firewalld"')) keepers.push('firewalld');
  if (/^ENABLED=yes$/m.test(read('/etc/ufw/ufw.conf') ?? '')) keepers.push('ufw');
  return keepers;
}
