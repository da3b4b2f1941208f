/** Starts the proxy's own program: in the place of this one, or in the background. */
import { spawn } from 'node:child_process';
import type { ProxyConfig } from '../config/model/proxy.ts';
import { replaceProgram, setInheritance } from '../linux/exec.ts';
import { DescriptorTable, givenDescriptors } from './proxy/given-descriptors.ts';
import { programArguments } from './proxy/program.ts';
import type { ProxyRunOptions as ProcessOptions } from './proxy/run-options.ts';

/** What the command line says besides the configuration. */
export interface ProxyRunOptions {
  readonly programName: string;
  readonly paths: readonly string[];
  readonly background: boolean;
  readonly debug: boolean;
  readonly masterWorker: boolean;
  /** Tells systemd when it is ready. */
  readonly notifies: boolean;
  readonly masterSocket?: string;
  readonly pidFile?: string;
  readonly oldProcesses: readonly number[];
  readonly endsOld: 'softly' | 'at-once';
  readonly socketsFrom?: string;
  readonly maxconn?: number;
}

/** The first process of a container: whatever the file says, the container lives as long as it. */
const FIRST_PROCESS = 1;

/** Carries traffic until it is told to stop; resolves with the exit code where it could not begin. */
export async function runProxy(options: ProxyRunOptions, config: ProxyConfig): Promise<number> {
  for (const [asked, what] of unsupported(options))
    if (asked !== undefined) process.stderr.write(`${options.programName}: ${what}\n`);
  const inherited = [...givenDescriptors(config), ...masterDescriptor(options)];
  if (options.background && process.pid !== FIRST_PROCESS) return runBehind(options, inherited);
  for (const fd of inherited) setInheritance(fd, 'passed-on');
  const error = replaceProgram({
    file: process.execPath,
    argv: [...programLine(options, settingsOf(options))],
    env: process.env,
  });
  process.stderr.write(`${options.programName}: the proxy cannot be started: ${error.message}\n`);
  return 1;
}

function unsupported(options: ProxyRunOptions): readonly (readonly [unknown, string])[] {
  return [
    [
      options.masterWorker ? undefined : options.masterSocket,
      "'-S' is of a master, which there is none of without '-W'",
    ],
    [options.socketsFrom, "'-x' is accepted; sockets are shared by address instead"],
  ];
}

/** `-S fd@7` */
function masterDescriptor({ masterSocket, masterWorker }: ProxyRunOptions): readonly number[] {
  const number = /^fd@(\d+)/.exec(masterSocket ?? '')?.[1];
  return number === undefined || !masterWorker ? [] : [Number(number)];
}

function settingsOf(options: ProxyRunOptions, readyFd?: number): ProcessOptions {
  const { programName, paths, pidFile, maxconn, oldProcesses, endsOld, masterSocket } = options;
  return {
    ...{ programName: programName.split(' ').at(-1) ?? programName, paths },
    told: true,
    role: options.masterWorker ? 'master' : 'single',
    ...(pidFile !== undefined && { pidFile }),
    ...(options.notifies && options.masterWorker && { notifies: true }),
    ...(masterSocket !== undefined && options.masterWorker && { masterSocket }),
    ...(maxconn !== undefined && { maxconn }),
    ...(oldProcesses.length > 0 && {
      finish: { pids: oldProcesses, how: endsOld === 'softly' ? 'soft' : 'hard' },
    }),
    ...(readyFd !== undefined && { readyFd }),
  };
}

function programLine(options: ProxyRunOptions, settings: ProcessOptions): readonly string[] {
  const name = settings.programName;
  return [options.programName === name ? name : 'haproxy', ...programArguments(settings)];
}

/** Ends when the other one listens, with 0, or when it could not. */
function runBehind(options: ProxyRunOptions, inherited: readonly number[]): Promise<number> {
  const table = new DescriptorTable(inherited);
  const readyFd = table.add('pipe');
  const [name = '', ...args] = programLine(options, settingsOf(options, readyFd));
  const child = spawn(process.execPath, args, {
    argv0: name,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', ...table.list()],
  });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.stdio[readyFd]?.once('data', () => {
      child.unref();
      resolve(0);
    });
  });
}
