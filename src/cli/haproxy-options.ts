/** haproxy's command line: short options of one dash, some of several letters. */

export interface HaproxyArguments {
  /** `-f`, and what follows `--`. */
  readonly paths: readonly string[];
  readonly mode: 'run' | 'check' | 'version' | 'build-version';
  /** `-cc`. */
  readonly condition?: string;
  readonly verbosity: 'normal' | 'verbose' | 'quiet';
  readonly daemon: boolean;
  /** `-db` and `-d`: stays in the foreground whatever the configuration says. */
  readonly foreground: boolean;
  readonly debug: boolean;
  readonly masterWorker: boolean;
  /** `-Ws`: tells systemd when it is ready. */
  readonly notifies: boolean;
  /** `-S`: the socket of the master, with options behind commas. */
  readonly masterSocket?: string;
  readonly pidFile?: string;
  /** `-sf`: to be ended softly; `-st`: at once. */
  readonly oldProcesses: readonly number[];
  readonly endsOld: 'softly' | 'at-once';
  /** `-x`: where the old process hands over its sockets. */
  readonly socketsFrom?: string;
  readonly maxconn?: number;
  readonly proxyMaxconn?: number;
  readonly memoryMegabytes?: number;
  readonly localPeer?: string;
  readonly folder?: string;
  /** `-dW`. */
  readonly zeroWarning: boolean;
}

export type ReadArguments =
  | { readonly ok: true; readonly options: HaproxyArguments }
  /** Without a message the usage alone is shown. */
  | { readonly ok: false; readonly message?: string };

type Draft = { -readonly [Key in keyof HaproxyArguments]: HaproxyArguments[Key] } & {
  paths: string[];
  oldProcesses: number[];
};

const text =
  (field: 'pidFile' | 'masterSocket' | 'socketsFrom' | 'localPeer' | 'folder' | 'condition') =>
  (draft: Draft, value: string): void => {
    draft[field] = value;
  };

/** What is no number counts as none, as it does there. */
const number =
  (field: 'maxconn' | 'proxyMaxconn' | 'memoryMegabytes') =>
  (draft: Draft, value: string): void => {
    const given = Number.parseInt(value, 10);
    if (given > 0) draft[field] = given;
  };

const VALUED: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  '-f': (draft, value) => void draft.paths.push(value),
  '-p': text('pidFile'),
  '-S': text('masterSocket'),
  '-x': text('socketsFrom'),
  '-L': text('localPeer'),
  '-C': text('folder'),
  '-cc': text('condition'),
  '-n': number('maxconn'),
  '-N': number('proxyMaxconn'),
  '-m': number('memoryMegabytes'),
};

const FLAGS: Readonly<Record<string, Partial<Draft>>> = {
  '-c': { mode: 'check' },
  '-v': { mode: 'version' },
  '-vv': { mode: 'build-version' },
  '-V': { verbosity: 'verbose' },
  '-q': { verbosity: 'quiet' },
  '-D': { daemon: true },
  '-d': { debug: true, foreground: true },
  '-db': { foreground: true },
  '-W': { masterWorker: true },
  '-Ws': { masterWorker: true, notifies: true },
  '-dW': { zeroWarning: true },
};

/** How the program waits, and what it knows of itself: nothing that can be seen from outside. */
const WITHOUT_EFFECT = /^-(?:d[eprGRSVLD]|dM(?:.*)|dK(?:.*)|dC|dt(?:.*)|dI|dF|dZ|ds|dv|de|dl|dk)$/;

export function readArguments(argv: readonly string[]): ReadArguments {
  const draft: Draft = {
    paths: [],
    mode: 'run',
    verbosity: 'normal',
    daemon: false,
    foreground: false,
    debug: false,
    masterWorker: false,
    notifies: false,
    oldProcesses: [],
    endsOld: 'softly',
    zeroWarning: false,
  };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const valued = Object.hasOwn(VALUED, word) ? VALUED[word] : undefined;
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
    if (word === '--') {
      draft.paths.push(...argv.slice(at + 1));
      break;
    }
    if (flag !== undefined) Object.assign(draft, flag);
    else if (valued !== undefined) {
      const value = argv[++at];
      if (value === undefined) return { ok: false, message: `'${word}' lacks its value` };
      valued(draft, value);
    } else if (word === '-sf' || word === '-st') {
      draft.endsOld = word === '-sf' ? 'softly' : 'at-once';
      at = readProcesses(argv, at, draft);
    } else if (!WITHOUT_EFFECT.test(word)) {
      return { ok: false, message: `there is no option '${word}'` };
    }
  }
  return { ok: true, options: draft };
}

/** Numbers of processes, up to the next option; the index of the last. */
function readProcesses(argv: readonly string[], from: number, draft: Draft): number {
  let at = from;
  for (; /^\d+$/.test(argv[at + 1] ?? ''); at++) {
    const process = Number(argv[at + 1]);
    if (process > 0) draft.oldProcesses.push(process);
  }
  return at;
}
