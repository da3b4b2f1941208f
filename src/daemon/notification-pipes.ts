/** Tells other programs of changes of state by way of FIFOs, in keepalived's lines. */
import type { NotificationPipe } from '../config/model/notification-pipes.ts';
import type { NotifyState, VrrpState } from '../core/vrrp/types.ts';
import { findIdentity } from '../linux/accounts.ts';
import type { LogSink } from '../ports/log.ts';
import type { OpenPipe, PipeOpener } from '../ports/notification-pipe.ts';
import type { RunningScript, ScriptRunner } from '../ports/scripts.ts';
import { isSysError } from '../ports/sys-error.ts';

/** keepalived's mode of a FIFO, before the umask. */
const MODE = 0o644;

export interface PipeParts {
  /** Absent where nothing is real. */
  readonly openPipe?: PipeOpener | undefined;
  readonly scripts: ScriptRunner;
  readonly log: LogSink;
  /** Of files for other programs. */
  readonly umask?: number | undefined;
}

interface Working {
  readonly settings: NotificationPipe;
  readonly pipe: OpenPipe;
  reader: RunningScript | undefined;
  /** A reader that does not read is told of once. */
  fullness: 'unknown' | 'told';
}

/** keepalived's line about an instance. */
export function instanceLine(
  name: string,
  state: NotifyState | 'MASTER_PRIORITY' | 'BACKUP_PRIORITY',
  priority: number,
): string {
  return `INSTANCE "${name}" ${state} ${priority}\n`;
}

/** Of a state that an instance may stay in; undefined before it has begun. */
const STATE_WORDS: Readonly<Record<VrrpState, NotifyState | undefined>> = {
  init: undefined,
  backup: 'BACKUP',
  master: 'MASTER',
  fault: 'FAULT',
};

export class NotificationPipes {
  readonly #parts: PipeParts;
  readonly #working = new Map<string, Working>();
  /** Paths of FIFOs that were not there before this daemon. */
  readonly #made = new Set<string>();
  /** Lines that were dropped because nobody read. */
  #dropped = 0;

  constructor(parts: PipeParts) {
    this.#parts = parts;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** For the program that takes over from this one. */
  exportMade(): readonly string[] {
    return [...this.#made];
  }

  importMade(paths: readonly string[]): void {
    for (const path of paths) this.#made.add(path);
  }

  /** What did not change stays open, with all that nobody has read yet. */
  configure(wanted: readonly NotificationPipe[]): void {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, working] of this.#working) {
      if (keys.has(key)) continue;
      this.#working.delete(key);
      this.#close(working, 'remove');
    }
    for (const settings of wanted) {
      const key = keyOf(settings);
      const working = this.#working.get(key) ?? this.#open(settings);
      if (working === undefined) continue;
      this.#working.set(key, working);
      if (working.reader === undefined) this.#startReader(working);
    }
  }

  tell(name: string, state: NotifyState, priority: number): void {
    this.write(instanceLine(name, state, priority));
  }

  /** A priority that changed while the state did not. */
  tellPriority(name: string, state: VrrpState, priority: number): void {
    const word = state === 'master' ? 'MASTER_PRIORITY' : 'BACKUP_PRIORITY';
    this.write(instanceLine(name, word, priority));
  }

  /** The state as it is, which has been told before. */
  tellAgain(name: string, state: VrrpState, priority: number): void {
    const word = STATE_WORDS[state];
    if (word !== undefined) this.tell(name, word, priority);
  }

  /** `leave`: another program of this daemon goes on with them. */
  close(fate: 'remove' | 'leave'): void {
    for (const working of this.#working.values()) this.#close(working, fate);
    this.#working.clear();
  }

  #open(settings: NotificationPipe): Working | undefined {
    const { openPipe, log, umask = 0 } = this.#parts;
    if (openPipe === undefined) return undefined;
    const { path, user, group } = settings;
    const refuse = (reason: string): undefined => {
      log.write({ level: 'error', text: `notify FIFO ${path} is not used: ${reason}` });
    };
    const identity = findIdentity(user, group);
    if (!identity.ok) return refuse(identity.reason);
    const { uid, gid } = identity.value;
    const pipe = openPipe({ path, uid, gid, mode: MODE & ~umask });
    if ('reason' in pipe) return refuse(pipe.reason);
    if (pipe.isNew) this.#made.add(path);
    return { settings, pipe, reader: undefined, fullness: 'unknown' };
  }

  #startReader(working: Working): void {
    const { reader, path } = working.settings;
    if (reader === undefined) return;
    const { scripts, log } = this.#parts;
    let ended = false;
    const script = scripts.run(reader, { extraArguments: [path] }, (outcome) => {
      ended = true;
      if (working.reader !== script) return;
      working.reader = undefined;
      const how = outcome.kind === 'not-started' ? `could not be run: ${outcome.reason}` : 'ended';
      log.write({ level: 'warning', text: `notify FIFO script ${reader.argv[0]} ${how}` });
    });
    if (!ended) working.reader = script;
  }

  #close(working: Working, fate: 'remove' | 'leave'): void {
    const { pipe, reader } = working;
    const { path } = working.settings;
    // Its end is no news then.
    working.reader = undefined;
    reader?.kill('SIGTERM');
    pipe.close(fate === 'remove' && this.#made.has(path) ? 'remove' : 'leave');
    if (fate === 'remove') this.#made.delete(path);
  }

  /** One line, with its end, into each of them. */
  write(line: string): void {
    for (const working of this.#working.values()) {
      const outcome = working.pipe.write(line);
      if (outcome === 'written') continue;
      this.#dropped++;
      if (working.fullness === 'told') continue;
      working.fullness = 'told';
      const why = isSysError(outcome) ? outcome.message : 'nobody reads it';
      const text = `notify FIFO ${working.settings.path} takes no more: ${why}`;
      this.#parts.log.write({ level: 'warning', text });
    }
  }
}

function keyOf(settings: NotificationPipe): string {
  return JSON.stringify(settings);
}
