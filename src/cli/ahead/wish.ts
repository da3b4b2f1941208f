/** What a command line asks of the checker process, as src/main.ts and the commands will understand it. */
import type { CheckerWish } from '../../daemon/checker-program.ts';
import { DEFAULT_FILE } from '../default-file.ts';
import { parseFlags } from '../flags.ts';
import { type KeepalivedOption, parseKeepalivedOptions } from '../keepalived-options.ts';
import { keepalivedRequest } from '../keepalived-request.ts';
import { RUN_FLAGS } from '../run-flags.ts';

/** With these keepalived's options ask for something else than a daemon. */
const NO_DAEMON: readonly KeepalivedOption[] = [
  ...(['help', 'version', 'genhash', 'signum', 'config-test'] as const),
];

/** Undefined where no daemon is asked for, or not so plainly. */
export function wishOf(program: string, argv: readonly string[]): CheckerWish | undefined {
  const [first = '', ...rest] = argv;
  if (program === 'keepalived') return keepalivedWish(program, argv);
  // Other names are other programs, whatever their options are.
  if (program === 'haproxy' || program === 'genhash' || program.startsWith('kube'))
    return undefined;
  if (first === 'keepalived') return keepalivedWish('holdfast', rest);
  if (first.startsWith('-')) return keepalivedWish(program, argv);
  return first === 'run' ? runWish(rest) : undefined;
}

function keepalivedWish(program: string, argv: readonly string[]): CheckerWish | undefined {
  const first = argv[0] ?? '';
  if (first === '-T' || (first.length > 3 && '--genhash'.startsWith(first))) return undefined;
  const parsed = parseKeepalivedOptions(argv);
  if (!parsed.ok || NO_DAEMON.some((id) => parsed.options.given.has(id))) return undefined;
  const request = keepalivedRequest(program, parsed.options);
  if (typeof request === 'string') return undefined;
  return { ...request, whole: request };
}

/** Which of several files is the keepalived.conf only their words tell. */
function runWish(argv: readonly string[]): CheckerWish | undefined {
  const flags = parseFlags(argv, RUN_FLAGS);
  if (!flags.ok || flags.values.help === true) return undefined;
  const { config = [DEFAULT_FILE], 'config-id': configId, namespace } = flags.values;
  const [configFile, ...others] = config;
  if (configFile === undefined || others.length > 0) return undefined;
  return {
    configFile,
    mode: 'foreground',
    ...(configId !== undefined && { configId }),
    ...(namespace !== undefined && { networkNamespace: namespace }),
  };
}
