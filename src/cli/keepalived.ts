/** keepalived's own command line: `keepalived -n --all -d -D -f FILE --log-console`. */
import { checkConfiguration } from '../daemon/check.ts';
import { startDaemon } from '../daemon/start.ts';
import { VERSION } from '../daemon/version.ts';
import type { Command } from './command.ts';
import { runGenhash } from './genhash.ts';
import {
  type KeepalivedOption,
  keepalivedUsage,
  parseKeepalivedOptions,
} from './keepalived-options.ts';
import { FACILITIES, keepalivedRequest } from './keepalived-request.ts';

/** Numbers that keepalived's children use, for scripts that ask (`--signum`). */
const SIGNAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['STOP', 15],
  ['RELOAD', 1],
  ['DATA', 10],
  ['STATS', 12],
  ['JSON', 36],
  ['STATS_CLEAR', 63],
  ['TDUMP', 64],
]);

/** As keepalived -t ends for a configuration with errors. */
const CONFIG_ERROR = 5;

export const keepalivedCommand: Command = {
  name: 'keepalived',
  summary: "run with keepalived's own options (also when called by that name)",
  usage: keepalivedUsage('holdfast keepalived'),
  run: (argv) => runAsKeepalived('holdfast', argv),
};

export async function runAsKeepalived(program: string, argv: readonly string[]): Promise<number> {
  const [first = '', ...rest] = argv;
  // Also abbreviated, as keepalived's option reader has it.
  if (first === '-T' || (first.length > 3 && '--genhash'.startsWith(first)))
    return runGenhash(rest);
  const parsed = parseKeepalivedOptions(argv);
  if (!parsed.ok) {
    process.stderr.write(`${program}: ${parsed.message}\n${keepalivedUsage(program)}`);
    return 1;
  }
  const { options } = parsed;
  const has = (id: KeepalivedOption): boolean => options.given.has(id);
  const value = (id: KeepalivedOption): string | undefined => options.given.get(id)?.at(-1);
  if (has('help')) {
    process.stdout.write(keepalivedUsage(program));
    return 0;
  }
  if (has('version')) {
    process.stderr.write(`holdfast v${VERSION}, in place of Keepalived v2.4\n`);
    return 0;
  }
  if (has('genhash')) {
    process.stderr.write(`${program}: -T must be the first option\n`);
    return 1;
  }
  const signal = value('signum');
  if (signal !== undefined) {
    const number = SIGNAL_NUMBERS.get(signal);
    if (number === undefined) {
      process.stderr.write(`Unknown sigfunc ${signal}\n`);
      return 1;
    }
    process.stdout.write(`${number}\n`);
    return 0;
  }
  const daemon = keepalivedRequest(program, options);
  if (typeof daemon === 'string') {
    process.stderr.write(`${program}: ${daemon}\n`);
    return 1;
  }
  const test = value('config-test');
  if (test !== undefined) {
    for (const text of daemon.complaints ?? []) process.stderr.write(`${program}: ${text}\n`);
    const code = await checkConfiguration(daemon, { reportFile: test });
    return code === 0 && !FACILITIES.has(value('log-facility') ?? 'daemon') ? CONFIG_ERROR : code;
  }
  return startDaemon(daemon);
}
