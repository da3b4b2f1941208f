import { chdir } from 'node:process';
import type { Diagnostic } from '../base/diagnostics.ts';
import { exitCode } from '../config/haproxy/exit-code.ts';
import type { HaproxyReading } from '../config/haproxy/index.ts';
import { formatAsHaproxy, haproxyLine, levelOf } from '../config/haproxy/shape.ts';
import { evaluateCondition } from '../config/haproxy/text/conditions.ts';
import { HAPROXY_VERSION } from '../config/haproxy/text/versions.ts';
import { splitLine } from '../config/haproxy/text/words.ts';
import { readHaproxyFiles } from '../daemon/haproxy-host.ts';
import { type ProxyRunOptions, runProxy } from '../daemon/run-proxy.ts';
import { VERSION } from '../daemon/version.ts';
import type { Command } from './command.ts';
import { type HaproxyArguments, readArguments } from './haproxy-options.ts';

const VERSION_LINE = `HAProxy version ${HAPROXY_VERSION}, as holdfast ${VERSION} has it`;

function usageOf(program: string): string {
  return `Usage: ${program} [-f FILE|FOLDER]... [OPTION...] [-- FILE...]

Balances connections as a haproxy.cfg says. Of a folder the files *.cfg are read, by their names.

  -f FILE       configuration; may be given several times
  -c            test the configuration and end
  -cc COND      evaluate the condition: 0 it holds, 1 it does not, 2 it cannot be read
  -V, -q        say more; say less
  -D            go to the background; -db: stay in the foreground; -d: and say what happens
  -W, -Ws       a master with workers; and tell systemd when they are ready
  -S SOCKET     of the master
  -p FILE       pid file
  -sf PID...    end these softly once ready; -st PID...: at once
  -x SOCKET     take the listening sockets over from there
  -n N, -N N    connections of the process; of a proxy, where the configuration does not say it
  -m N          megabytes at most
  -L NAME       name of this peer
  -C FOLDER     change to it first
  -dW           take warnings for errors
  -dM, -dr      and others of HAProxy's: accepted
  -v, -vv       version
  -h, --help    print this text

Exit status of -c: 0 valid, 1 not valid, 2 valid but nothing listens.
`;
}

export const haproxyCommand: Command = {
  name: 'haproxy',
  summary: "balance with haproxy's own options (also when called by that name)",
  usage: usageOf('holdfast haproxy'),
  run: (argv) => runAsHaproxy('holdfast haproxy', argv),
};

/** Where it says what. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const ownOutput: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

export async function runAsHaproxy(
  program: string,
  argv: readonly string[],
  output: Output = ownOutput,
): Promise<number> {
  if (argv[0] === '-h' || argv[0] === '--help') {
    output.out(usageOf(program));
    return 0;
  }
  const read = readArguments(argv);
  if (!read.ok) {
    output.err(`${program}: ${read.message ?? ''}\n${usageOf(program)}`);
    return 1;
  }
  const { options } = read;
  if (options.mode === 'version' || options.mode === 'build-version') {
    output.out(`${VERSION_LINE}\n`);
    return 0;
  }
  if (options.condition !== undefined) return evaluate(options.condition, output);
  if (options.folder !== undefined && !changeFolder(options.folder, output)) return 1;
  if (options.paths.length === 0) {
    output.err(`${program}: no configuration is given\n${usageOf(program)}`);
    return 1;
  }
  const reading = readHaproxyFiles(options.paths);
  const code = tell(options, reading, output);
  if (options.mode === 'check' || code === 1) return code;
  return runProxy(runOptions(program, options, reading), reading.config);
}

function evaluate(condition: string, output: Output): number {
  const variable = (name: string): string | undefined =>
    name === 'HOLDFAST' ? '1' : process.env[name];
  const line = splitLine(condition, variable);
  const result = line.ok
    ? evaluateCondition(line.words.map(({ text }) => text).join(' '), variable)
    : { ok: false as const, message: line.problem.message };
  if (result.ok) return result.value ? 0 : 1;
  alert(output, `config : the condition cannot be read: ${result.message}`);
  return 2;
}

function alert(output: Output, text: string): void {
  output.err(`${haproxyLine('ALERT', process.pid, text)}\n`);
}

function changeFolder(folder: string, output: Output): boolean {
  try {
    chdir(folder);
    return true;
  } catch {
    alert(output, `cannot change to the folder ${folder}`);
    return false;
  }
}

/** Everything that is to be said of the configuration, and how its test ends. */
function tell(
  { mode, verbosity, zeroWarning }: HaproxyArguments,
  reading: HaproxyReading,
  output: Output,
): number {
  const isQuiet = verbosity === 'quiet';
  const told = reading.diagnostics.filter((diagnostic) => isTold(diagnostic, isQuiet));
  const isWarned = reading.diagnostics.some(({ severity }) => severity === 'warning');
  const code = exitCode(reading.diagnostics);
  const lines = told.map((diagnostic) => formatAsHaproxy(diagnostic, process.pid));
  if (code === 1) {
    const files = reading.files.filter((path) =>
      reading.diagnostics.some((each) => each.file === path && levelOf(each) === 'ALERT'),
    );
    const ends = [
      ...files.map((path) => `config : Error(s) found in configuration file : ${path}`),
      'config : Fatal errors found in configuration.',
    ];
    lines.push(...ends.map((text) => haproxyLine('ALERT', process.pid, text)));
  }
  const isRefused = code !== 1 && isWarned && zeroWarning;
  if (isRefused) {
    const text = "config : Some warnings were found and 'zero-warning' is set. Aborting.";
    lines.push(haproxyLine('ALERT', process.pid, text));
  }
  if (lines.length > 0) {
    output.err(`${introduction()}${lines.join('\n')}\n`);
  }
  if (isRefused) return 1;
  if (mode === 'check' && !isQuiet && code !== 1) output.out(verdict(code, isWarned));
  return code;
}

function introduction(): string {
  const version = `haproxy version is ${HAPROXY_VERSION} (holdfast ${VERSION})`;
  const path = `path to executable is ${process.argv[1] ?? ''}`;
  return [version, path].map((text) => `${haproxyLine('NOTICE', process.pid, text)}\n`).join('');
}

function isTold(diagnostic: Diagnostic, isQuiet: boolean): boolean {
  if (diagnostic.code === 'no-listener') return false;
  return !isQuiet || levelOf(diagnostic) === 'ALERT';
}

function verdict(code: number, isWarned: boolean): string {
  const warned = isWarned ? 'Warnings were found.\n' : '';
  const end =
    code === 2
      ? 'Configuration file has no error but will not start (no listener) => exit(2).\n'
      : 'Configuration file is valid\n';
  return `${warned}${end}`;
}

/** `daemon` of the configuration counts unless the command line says otherwise. */
function runOptions(
  programName: string,
  options: HaproxyArguments,
  { files, config }: HaproxyReading,
): ProxyRunOptions {
  const { masterSocket, socketsFrom, oldProcesses, endsOld, debug, notifies } = options;
  const pidFile = options.pidFile ?? config.global.pidFile;
  const maxconn = options.maxconn ?? config.global.maxconn;
  return {
    programName,
    paths: files,
    background: (options.daemon || config.global.daemon) && !options.foreground && !notifies,
    debug,
    masterWorker: options.masterWorker || config.global.masterWorker,
    notifies,
    oldProcesses,
    endsOld,
    ...(masterSocket !== undefined && { masterSocket }),
    ...(socketsFrom !== undefined && { socketsFrom }),
    ...(pidFile !== undefined && { pidFile }),
    ...(maxconn !== undefined && { maxconn }),
  };
}
