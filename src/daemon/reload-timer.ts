/** Reloads at the time that a file says (reload_time_file). */
import { type FSWatcher, readFileSync, rmSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ProcessModel } from '../config/model/process.ts';
import type { LogSink } from '../ports/log.ts';
import { type ReloadTime, readReloadTime } from './reload-time.ts';

/** The wall clock may be set: it is asked again that often. */
const LONGEST_SLEEP_MS = 30_000;

export interface ReloadTimerParts {
  readonly log: LogSink;
  readonly wallMs: () => number;
  reload(): void;
}

export class ReloadTimer {
  readonly #parts: ReloadTimerParts;
  #file: string | undefined;
  #repeat: 'daily' | 'never' = 'never';
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #scheduled: ReloadTime | undefined;

  constructor(parts: ReloadTimerParts) {
    this.#parts = parts;
  }

  /** At the start and after every reload. */
  configure({ reloadTimeFile, reloadRepeat }: ProcessModel = {}): void {
    this.#repeat = reloadRepeat === true ? 'daily' : 'never';
    if (reloadTimeFile === this.#file) return;
    this.close();
    this.#file = reloadTimeFile;
    if (reloadTimeFile === undefined) return;
    this.#watch(reloadTimeFile);
    this.#read();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearTimeout(this.#timer);
    this.#scheduled = undefined;
    this.#file = undefined;
  }

  /** Its folder, since the file comes and goes. */
  #watch(file: string): void {
    const name = basename(file);
    const fail = (error: Error): void => {
      this.#watcher?.close();
      this.#watcher = undefined;
      this.#say('warning', `cannot watch ${dirname(file)} for ${name}: ${error.message}`);
    };
    try {
      this.#watcher = watch(dirname(file), { persistent: false }, (_event, changed) => {
        if (changed === name) this.#read();
      });
      this.#watcher.on('error', fail);
    } catch (error) {
      fail(error as Error);
    }
  }

  #read(): void {
    const { log, wallMs } = this.#parts;
    const text = this.#text();
    const before = this.#scheduled;
    // A file that is being written is empty at first.
    if (text === '') return;
    const read = text === undefined ? undefined : readReloadTime(text, new Date(wallMs()));
    this.#scheduled = read?.ok === true ? read.value : undefined;
    clearTimeout(this.#timer);
    if (read?.ok === false) {
      log.write({
        level: 'warning',
        text: `${this.#file}: ${read.reason}: no reload is scheduled`,
      });
    }
    if (this.#scheduled !== undefined) {
      if (this.#scheduled.atMs !== before?.atMs) {
        this.#say('info', `Scheduling reload for ${timeText(this.#scheduled)}`);
      }
      this.#sleep();
    } else if (before !== undefined) {
      this.#say('info', `Cancelling reload scheduled for ${timeText(before)}`);
    }
  }

  #text(): string | undefined {
    try {
      return this.#file === undefined ? undefined : readFileSync(this.#file, 'utf8');
    } catch {
      // Taken away: nothing is wanted any more.
      return undefined;
    }
  }

  #sleep(): void {
    const scheduled = this.#scheduled;
    if (scheduled === undefined) return;
    const left = scheduled.atMs - this.#parts.wallMs();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#sleep(), Math.min(left, LONGEST_SLEEP_MS)).unref();
      return;
    }
    this.#scheduled = undefined;
    this.#parts.reload();
    if (scheduled.kind === 'daily' && this.#repeat === 'daily') this.#read();
    else if (this.#file !== undefined) rmSync(this.#file, { force: true });
  }

  #say(level: 'info' | 'warning', text: string): void {
    this.#parts.log.write({ level, text });
  }
}

function timeText({ atMs }: ReloadTime): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
