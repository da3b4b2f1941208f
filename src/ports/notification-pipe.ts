import type { SysError } from './sys-error.ts';

export interface PipeSettings {
  readonly path: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Of a FIFO that does not exist yet. */
  readonly mode: number;
}

/** The writing end of a FIFO; never blocks. */
export interface OpenPipe {
  /** Whether the FIFO was not there before. */
  readonly isNew: boolean;
  /** A line is written as a whole or not at all; `full`: nobody has read for long. */
  write(line: string): 'written' | 'full' | SysError;
  /** `remove`: the FIFO too, provided that it is still the one that was opened. */
  close(fate: 'remove' | 'leave'): void;
}

/** In words for people where it cannot be used. */
export type PipeRefusal = { readonly reason: string };

export type PipeOpener = (settings: PipeSettings) => OpenPipe | PipeRefusal;
