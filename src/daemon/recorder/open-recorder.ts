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

/** Begins to write when the engine is made, or goes on; where that fails the addresses are held all the same. */
export function openRecorder(
  options: RecordOptions | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: LogSink },
  begin: 'anew' | 'continue' = 'anew',
): FlightRecorder | undefined {
  if (options === undefined) return undefined;
  return new FlightRecorder({
    begin,
    open: (how) => openRecordingFile(options.file, how),
    sign: () => ({
      version: VERSION,
      commit: COMMIT,
      host: hostname(),
      monotonicUs: clock.now(),
      wallUs: clock.wallMs() * 1000,
    }),
    limitBytes: options.limitBytes,
    log,
  });
}
