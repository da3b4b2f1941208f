import { hostname } from 'node:os';
import type { Clock } from '../../ports/clock.ts';
import type { LogSink } from '../../ports/log.ts';
import { COMMIT, VERSION } from '../version.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { openRecordingFile } from './recording-file.ts';

export interface RecordOptions {
  readonly file: string;
  readonly limitBytes: number;
}

/** Where the file cannot be written, the addresses are held all the same. */
export function openRecorder(
  options: RecordOptions | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: LogSink },
): FlightRecorder | undefined {
  if (options === undefined) return undefined;
  const file = openRecordingFile(options.file);
  if (!file.ok) {
    log.write({ level: 'error', text: `nothing is recorded: ${file.reason}` });
    return undefined;
  }
  log.write({ level: 'info', text: `Recording to '${options.file}'` });
  return new FlightRecorder({
    file: file.value,
    header: {
      version: VERSION,
      commit: COMMIT,
      host: hostname(),
      monotonicUs: clock.now(),
      wallUs: clock.wallMs() * 1000,
    },
    limitBytes: options.limitBytes,
    log,
    now: () => clock.now(),
  });
}
