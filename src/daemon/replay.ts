/** Reads a recording and tells what the engine says to it (docs/flight-recorder.md). */
import { createReadStream } from 'node:fs';
import { failed, ok, type Result } from '../base/result.ts';
import type { Micros } from '../base/time.ts';
import type { NodeRecord, RecordingHeader } from '../core/recording/entry.ts';
import { type Difference, Replayer } from '../core/recording/replayer.ts';
import { describeCause, logLines } from './log-lines.ts';
import { VERSION } from './version.ts';

export interface ReplayOptions {
  readonly file: string;
  readonly format: 'text' | 'json';
  readonly events: 'transitions' | 'all';
  /** `tell`: whether the engine decides as it did, rather than what it decides. */
  readonly agreement: 'tell' | 'ignore';
}

export interface ReplayOutput {
  print(line: string): void;
  complain(line: string): void;
}

export const REPLAY_EXIT = { ok: 0, unreadable: 2, differs: 3 } as const;

/** A model of thousands of addresses is one line of a megabyte or so. */
const LINE_MAX = 64 << 20;

/** Resolves with the exit code. */
export async function replayRecording(
  options: ReplayOptions,
  output: ReplayOutput,
): Promise<number> {
  const replayer = new Replayer();
  const tally = { events: 0, differences: 0 };
  let problem: string | undefined;
  for await (const line of linesOf(options.file)) {
    const step = line.ok ? replayer.accept(line.value) : line;
    if (!step.ok) {
      problem = step.reason;
      break;
    }
    const { events, difference } = step.value;
    tally.events += events.length;
    if (options.agreement === 'ignore') {
      for (const event of events) tell(event, replayer.clock, options, output);
    } else if (difference !== undefined && tally.differences++ === 0) {
      tellDifference(difference, replayer.clock, options, output);
    }
  }
  const { header } = replayer;
  if (problem !== undefined) output.complain(`${options.file}: ${problem}`);
  else if (header === undefined) output.complain(`${options.file}: line 1: the file is empty`);
  if (header !== undefined) comment(header, replayer, problem, output);
  if (problem !== undefined || header === undefined) return REPLAY_EXIT.unreadable;
  if (options.agreement === 'ignore') return REPLAY_EXIT.ok;
  if (tally.differences > 0) return REPLAY_EXIT.differs;
  output.print(
    options.format === 'json'
      ? JSON.stringify({ agrees: true, lines: replayer.line, events: tally.events })
      : `agrees: ${tally.events} events, as recorded (${replayer.line} lines)`,
  );
  return REPLAY_EXIT.ok;
}

/** What a reader should know before he relies on it. */
function comment(
  { version }: RecordingHeader,
  replayer: Replayer,
  problem: string | undefined,
  { complain }: ReplayOutput,
): void {
  if (version !== VERSION) {
    complain(`recorded by holdfast ${version}, replayed by ${VERSION}`);
  }
  if (problem !== undefined) return;
  const notes = {
    stopped: undefined,
    limit: 'the recording ends before the run: it had become as large as it might',
    overrun: 'the recording ends before the run: the disk did not keep up',
    upgraded: 'the recording ends before the run: the program that came next did not record',
  } as const;
  const note =
    replayer.ended === undefined
      ? `the recording breaks off after line ${replayer.line}: the daemon runs, or was killed`
      : notes[replayer.ended];
  if (note !== undefined) complain(note);
}

function tell(
  event: NodeRecord,
  clock: Replayer['clock'],
  { format, events }: ReplayOptions,
  { print }: ReplayOutput,
): void {
  if (events === 'transitions' && event.kind !== 'transition') return;
  const time = timeOf(event.at, clock);
  const cause = 'cause' in event ? describeCause(event.cause) : undefined;
  if (format === 'json') {
    print(JSON.stringify({ time, event, ...(cause !== undefined && { why: cause }) }));
  } else if (events === 'all') for (const { text } of logLines(event)) print(`${time} ${text}`);
  else if (event.kind === 'transition') {
    const { instance, from, to } = event;
    print(`${time} (${instance}) ${from.toUpperCase()} -> ${to.toUpperCase()}: ${cause}`);
  }
}

function tellDifference(
  difference: Difference,
  clock: Replayer['clock'],
  { format }: ReplayOptions,
  { print }: ReplayOutput,
): void {
  const time = timeOf(difference.at, clock);
  if (format === 'json') {
    print(JSON.stringify({ agrees: false, time, difference }));
    return;
  }
  const { line, stimulus, recorded, replayed } = difference;
  print(`differs at line ${line} (${stimulus}, ${time}):`);
  print(`  recorded: ${recorded === undefined ? 'nothing' : JSON.stringify(recorded)}`);
  print(`  replayed: ${replayed === undefined ? 'nothing' : JSON.stringify(replayed)}`);
}

/** The time of day that the recording host had, to the microsecond. */
function timeOf(at: Micros, clock: Replayer['clock']): string {
  const wallUs = clock === undefined ? Number.NaN : clock.wallUs + (at - clock.monotonicUs);
  const date = new Date(wallUs / 1000);
  if (Number.isNaN(date.getTime())) return `${at / 1e6} s`;
  const micros = String(((wallUs % 1000) + 1000) % 1000).padStart(3, '0');
  return date.toISOString().replace('Z', `${micros}Z`);
}

/** Whole lines; a last one without its newline is a problem, as is a file that cannot be read. */
async function* linesOf(file: string): AsyncGenerator<Result<string, string>> {
  let rest = '';
  let count = 0;
  try {
    for await (const chunk of createReadStream(file, {
      encoding: 'utf8',
      highWaterMark: 1 << 20,
    })) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        count++;
        yield ok(line);
      }
      if (rest.length > LINE_MAX) {
        yield failed(`line ${count + 1}: too long for a recording`);
        return;
      }
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    yield failed(code === 'ENOENT' ? 'no such file' : message);
    return;
  }
  if (rest !== '') yield failed(`line ${count + 1}: cut off`);
}
