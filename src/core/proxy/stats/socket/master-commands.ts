/** What is said at the socket of the master: its own commands, and which are for a worker. */
import { isAtLeast, type Level } from './command.ts';

/** One process of the master's, as `show proc` shows it. */
export interface ProcessView {
  readonly pid: number;
  readonly kind: 'master' | 'worker' | 'old worker';
  readonly reloads: number;
  readonly uptimeSeconds: number;
}

export interface MasterView {
  readonly version: string;
  readonly failedReloads: number;
  /** The master first. */
  readonly processes: readonly ProcessView[];
}

export type MasterAnswer =
  | { readonly kind: 'say'; readonly text: string }
  /** To the worker, whose answer is the answer. */
  | { readonly kind: 'pass-on'; readonly pid: number; readonly line: string }
  /** What follows is for that one; undefined: for the master. */
  | { readonly kind: 'aim'; readonly pid: number | undefined }
  | { readonly kind: 'level'; readonly level: Level }
  | { readonly kind: 'reload' | 'prompt' | 'quit' };

/** One command, without the `;` around it. */
export function answerMaster(command: string, master: MasterView, level: Level): MasterAnswer {
  const aimed = /^@(\S*)\s*(.*)$/s.exec(command);
  if (aimed !== null) return aim(aimed[1] ?? '', aimed[2] ?? '', master, level);
  const words = command.split(/\s+/);
  switch (words.join(' ')) {
    case 'show proc':
      return say(processTable(master));
    case 'show version':
      return say(`${master.version}\n`);
    case 'show cli level':
      return say(`${level}\n`);
    case 'reload':
      return isAtLeast(level, 'admin') ? { kind: 'reload' } : say('Permission denied\n');
    case 'operator':
    case 'user': {
      const wanted = words[0] === 'user' ? 'user' : 'operator';
      return isAtLeast(level, wanted)
        ? { kind: 'level', level: wanted }
        : say('Permission denied\n');
    }
    case 'prompt':
    case 'quit':
      return { kind: words[0] as 'prompt' | 'quit' };
    case 'help':
      return say(`The following commands are valid at this level:\n${HELP}`);
    default:
      return say(
        `Unknown command, but maybe one of the following ones is a better match:\n${HELP}`,
      );
  }
}

/** The commands of a line as they stand: a backslash keeps the `;` after it. */
export function splitCommands(line: string): readonly string[] {
  return (line.match(/(?:\\.|[^;\\]|\\$)+/gs) ?? []).map((part) => part.trim()).filter(Boolean);
}

function aim(name: string, line: string, master: MasterView, level: Level): MasterAnswer {
  if (name === 'master') {
    return line === '' ? { kind: 'aim', pid: undefined } : answerMaster(line, master, level);
  }
  const target = findProcess(name, master);
  if (target === undefined)
    return say(`Can't find the target PID matching the prefix '@${name}'\n`);
  if (target.kind === 'master')
    return line === '' ? { kind: 'aim', pid: undefined } : answerMaster(line, master, level);
  const { pid } = target;
  return line === '' ? { kind: 'aim', pid } : { kind: 'pass-on', pid, line };
}

/** `1`: the worker that serves; `!PID`: whoever it is. */
function findProcess(name: string, { processes }: MasterView): ProcessView | undefined {
  if (name.startsWith('!')) return processes.find(({ pid }) => String(pid) === name.slice(1));
  const workers = processes.filter(({ kind }) => kind === 'worker');
  return /^[1-9]\d*$/.test(name) ? workers[Number(name) - 1] : undefined;
}

function processTable({ processes, failedReloads, version }: MasterView): string {
  const of = (wanted: ProcessView['kind']): string =>
    processes
      .filter(({ kind }) => kind === wanted)
      .map((each) => processLine(each, failedReloads, version))
      .join('');
  const old = of('old worker');
  const head = `#${['<PID>', '<type>', '<reloads>', '<uptime>', '<version>']
    .map((title, index) => title.padEnd(index === 0 ? 14 : 15))
    .join(' ')}\n`;
  return `${head}${of('master')}# workers\n${of('worker')}${old === '' ? '' : `# old workers\n${old}`}# programs\n`;
}

function processLine(
  { pid, kind, reloads, uptimeSeconds }: ProcessView,
  failed: number,
  version: string,
): string {
  const times = kind === 'master' ? `${reloads} [failed: ${failed}]` : String(reloads);
  const type = kind === 'master' ? 'master' : 'worker';
  const cells = [String(pid), type, times, shortUptime(uptimeSeconds), version];
  return `${cells.map((cell) => cell.padEnd(15)).join(' ')}\n`;
}

/** `0d00h00m01s` */
function shortUptime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const days = Math.floor(seconds / 86_400);
  return `${days}d${two(hours)}h${two(minutes)}m${two(seconds % 60)}s`;
}

function say(text: string): MasterAnswer {
  return { kind: 'say', text };
}

const HELP = [
  ['@!<pid>', 'send a command to the process <pid>'],
  ['@<number>', 'send a command to the worker of that number'],
  ['@master', 'send a command to the master'],
  ['operator', 'lower the level of this client to operator'],
  ['reload', 'read the configuration anew'],
  ['show cli level', 'the level of this client'],
  ['show proc', 'the master and its workers'],
  ['show version', 'the version of the master'],
  ['user', 'lower the level of this client to user'],
  ['help', 'all commands'],
  ['prompt', 'show a prompt and stay, or no longer'],
  ['quit', 'disconnect'],
]
  .map(([command = '', about]) => `  ${command.padEnd(40)}: ${about}\n`)
  .join('');
