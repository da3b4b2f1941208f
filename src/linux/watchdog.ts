import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Watchdog } from '../ports/firewall.ts';
import type { LogSink } from '../ports/log.ts';
import {
  BEAT_MISSED_STATUS,
  formatWatchdogLine,
  heldText,
  type WatchdogLine,
} from './watchdog-lines.ts';

const NODE_FLAGS = ['--max-semi-space-size=1', '--single-threaded-gc', '--max-old-space-size=32'];
const RESTART_MIN_MS = 1000;
const RESTART_MAX_MS = 60_000;
/** It ran well, and the next end is not one in a row. */
const SETTLED_MS = 30_000;
/** A child that takes no more lines is of no use. */
const UNREAD_BYTES_MAX = 8 << 20;

export interface WatchdogOptions {
  /** The name of the tables that it is to remove. */
  readonly name: string;
  readonly log: LogSink;
  readonly file?: string;
}

/**
 * A child in a session of its own, so that it outlives the daemon; never real-time. Started again when
 * it dies, at most once a second, and less and less often when it always does.
 */
export function startWatchdog(options: WatchdogOptions): Watchdog & { pid(): number | undefined } {
  const { log, file = watchdogFile() } = options;
  const held = new Set<string>();
  let child: ChildProcess | undefined;
  let phase: 'running' | 'closed' = 'running';
  let restartMs = RESTART_MIN_MS;
  let startedMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let unsent = '';

  function start(): void {
    startedMs = performance.now();
    child = spawn(process.execPath, [...NODE_FLAGS, file, options.name], {
      argv0: 'holdfast-watchdog',
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    let ended: 'no' | 'yes' = 'no';
    const onEnd = (reason: string): void => {
      if (ended === 'yes') return;
      ended = 'yes';
      child = undefined;
      if (phase === 'running') restart(reason);
    };
    child.stdin?.on('error', () => {});
    child.on('error', ({ message }) => onEnd(`could not be started: ${message}`));
    child.on('exit', (status, signal) => onEnd(describeEnd(status, signal)));
    // The daemon ends without waiting for it.
    child.unref();
    (child.stdin as { unref?(): void } | null)?.unref?.();
    unsent = '';
    send([...held].map((each) => formatWatchdogLine({ kind: 'hold', held: each })).join(''));
  }

  function restart(reason: string): void {
    if (performance.now() - startedMs > SETTLED_MS) restartMs = RESTART_MIN_MS;
    const text = `the watchdog ${reason}; started again in ${restartMs / 1000} s`;
    log.write({ level: 'warning', text });
    timer = setTimeout(start, restartMs).unref();
    restartMs = Math.min(restartMs * 2, RESTART_MAX_MS);
  }

  function send(text: string): void {
    if (unsent === '' && text !== '') queueMicrotask(flush);
    unsent += text;
  }

  function flush(): void {
    const stdin = child?.stdin;
    const text = unsent;
    unsent = '';
    if (text === '' || stdin === null || stdin === undefined || !stdin.writable) return;
    stdin.write(text);
    if (stdin.writableLength > UNREAD_BYTES_MAX) child?.kill('SIGKILL');
  }

  const say = (line: WatchdogLine): void => send(formatWatchdogLine(line));
  start();
  return {
    pid: () => child?.pid,
    note: ({ kind, ...address }) => {
      const text = heldText(address);
      if (kind === 'hold') held.add(text);
      else held.delete(text);
      say({ kind, held: text });
    },
    beat: (validity) => say({ kind: 'beat', validityMs: Math.ceil(validity / 1000) }),
    close: () => {
      phase = 'closed';
      clearTimeout(timer);
      say({ kind: 'bye' });
      flush();
      child?.stdin?.end();
    },
  };
}

function describeEnd(status: number | null, signal: NodeJS.Signals | null): string {
  if (status === BEAT_MISSED_STATUS) {
    return 'has removed the addresses, as this process said nothing more';
  }
  return signal === null ? `ended with status ${status}` : `was killed by ${signal}`;
}

/** Beside the bundle that this is a part of; the program's sources use the last build. */
function watchdogFile(): string {
  const bundled = !import.meta.url.endsWith('.ts');
  const folder = bundled ? import.meta.dirname : join(import.meta.dirname, '..', '..', 'dist');
  return join(folder, 'watchdog.cjs');
}
