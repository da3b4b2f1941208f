/** What stands behind the name of osixia's image: options of its run tool, then perhaps a command. */
import type { Notes } from './notes.ts';

export interface OsixiaOptions {
  readonly copiesService: boolean;
  readonly readsEnvironmentFiles: boolean;
  /** Whether a configuration is made. */
  readonly runsStartup: boolean;
  readonly runsProcess: boolean;
  /** Options for keepalived, behind `--`. */
  readonly forKeepalived: readonly string[];
  /** Runs in the place of keepalived. */
  readonly command: readonly string[];
  /** An option that only one release of the image has. */
  readonly evidence: readonly ('classic' | '2026')[];
}

type Effect =
  | 'copy'
  | 'skip-files'
  | 'skip-startup'
  | 'skip-process'
  | 'only'
  | 'log'
  | 'none'
  | 'unsupported';

interface Option {
  readonly names: readonly string[];
  readonly effect: Effect;
  readonly takes?: 'value';
  readonly dialect?: 'classic' | '2026';
}

/** Where both releases have a name it means the same. */
const OPTIONS: readonly Option[] = [
  { names: ['--copy-service'], effect: 'copy', dialect: 'classic' },
  { names: ['-e', '--skip-env-files'], effect: 'skip-files' },
  { names: ['-s', '--skip-startup-files', '--skip-startup'], effect: 'skip-startup' },
  { names: ['-p', '--skip-process-files', '--skip-process'], effect: 'skip-process' },
  { names: ['-f', '--skip-finish-files', '--skip-finish'], effect: 'none' },
  { names: ['-o', '--run-only'], effect: 'only', takes: 'value', dialect: 'classic' },
  { names: ['-c', '--cmd'], effect: 'unsupported', takes: 'value', dialect: 'classic' },
  { names: ['-k', '--no-kill-all-on-exit'], effect: 'none' },
  { names: ['--wait-state'], effect: 'unsupported', takes: 'value', dialect: 'classic' },
  { names: ['--wait-first-startup'], effect: 'none', dialect: 'classic' },
  { names: ['--keep-startup-env'], effect: 'none', dialect: 'classic' },
  { names: ['--dont-touch-etc-hosts'], effect: 'none', dialect: 'classic' },
  { names: ['--keepalive', '--keepalive-force'], effect: 'unsupported', dialect: 'classic' },
  { names: ['-l', '--loglevel'], effect: 'log', takes: 'value', dialect: 'classic' },
  { names: ['--log-level'], effect: 'log', takes: 'value', dialect: '2026' },
];

export function readOsixiaOptions(argv: readonly string[], notes: Notes): OsixiaOptions {
  const effects = new Set<Effect | `only-${string}`>();
  const evidence: ('classic' | '2026')[] = [];
  let forKeepalived: readonly string[] = [];
  let command: readonly string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      forKeepalived = argv.slice(at + 1);
      evidence.push('2026');
      break;
    }
    const [name = '', glued] = word.startsWith('--') ? word.split('=', 2) : [word];
    const option = OPTIONS.find(({ names }) => names.includes(name));
    if (option === undefined && !word.startsWith('-')) {
      command = argv.slice(at);
      break;
    }
    const value = option?.takes === 'value' ? (glued ?? argv[++at]) : undefined;
    if (option === undefined || option.effect === 'unsupported') tellUseless(word, notes);
    if (option === undefined) continue;
    effects.add(option.effect === 'only' ? `only-${value}` : option.effect);
    if (option.dialect !== undefined) evidence.push(option.dialect);
  }
  const runsAll = !['only-startup', 'only-process', 'only-finish'].some((one) =>
    effects.has(one as `only-${string}`),
  );
  return {
    copiesService: effects.has('copy'),
    readsEnvironmentFiles: !effects.has('skip-files'),
    runsStartup: !effects.has('skip-startup') && (runsAll || effects.has('only-startup')),
    runsProcess: !effects.has('skip-process') && (runsAll || effects.has('only-process')),
    forKeepalived,
    command,
    evidence,
  };
}

function tellUseless(word: string, notes: Notes): void {
  notes.add({
    code: 'image-option',
    about: word,
    message: 'this option has no effect here',
    hint: 'options of keepalived belong behind --',
  });
}
