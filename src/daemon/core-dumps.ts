/** Core dumps of the process where they are asked for (`-m`, `-M`). */
import { readFileSync, writeFileSync } from 'node:fs';
import { unlimitCoreDumps } from '../linux/process.ts';
import type { LogSink } from '../ports/log.ts';
import type { DaemonOptions } from './options.ts';

const CORE_PATTERN = '/proc/sys/kernel/core_pattern';

export interface CoreDumps {
  /** The host's pattern before, where it was changed; for the next program of this process. */
  readonly patternBefore?: string;
  /** Whether the host gets its pattern back when the process ends, or another process sees to that. */
  atEnd(fate: 'restored' | 'left'): void;
  /** Puts the host back to how it was. A pattern that somebody else has set meanwhile stays. */
  restore(): void;
}

const UNTOUCHED: CoreDumps = { atEnd: () => {}, restore: () => {} };

export function arrangeCoreDumps(
  { coreDumps, patternBefore }: Pick<DaemonOptions, 'coreDumps' | 'patternBefore'>,
  log: LogSink,
  patternFile: string = CORE_PATTERN,
): CoreDumps {
  if (coreDumps === undefined) return UNTOUCHED;
  const error = unlimitCoreDumps();
  if (error !== undefined) {
    log.write({ level: 'warning', text: `no core dumps: ${error.message}` });
    return UNTOUCHED;
  }
  const { pattern } = coreDumps;
  if (pattern === undefined) return UNTOUCHED;
  try {
    const before = patternBefore ?? readFileSync(patternFile, 'latin1');
    writeFileSync(patternFile, `${pattern}\n`);
    let end: 'restored' | 'left' = 'restored';
    const restore = (): void => {
      const isOurs = readFileSync(patternFile, 'latin1').trimEnd() === pattern;
      if (end === 'restored' && isOurs) writeFileSync(patternFile, before);
      process.off('exit', restore);
    };
    process.on('exit', restore);
    const atEnd = (fate: typeof end): void => {
      end = fate;
    };
    return { patternBefore: before, restore, atEnd };
  } catch (failure) {
    const text = `${patternFile} stays as it is: ${(failure as Error).message}`;
    log.write({ level: 'warning', text });
    return UNTOUCHED;
  }
}
