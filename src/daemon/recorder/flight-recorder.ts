/**
 * Writes down what the engine is told and what comes of it, for `holdfast replay`. The engine's turn
 * only puts the facts on a list; they become text and go to the disk later, a little at a time. What the
 * disk does not take in time ends the recording, never an advert.
 */
import type { Result } from '../../base/result.ts';
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { Node } from '../../core/node.ts';
import type { NodeState } from '../../core/node-state.ts';
import type { NodeEffect, NodeInput } from '../../core/node-types.ts';
import {
  type EndReason,
  encodeEntry,
  RECORDING_FORMAT,
  type RecordingEntry,
  type RecordingHeader,
} from '../../core/recording/entry.ts';
import { InputRedaction } from '../../core/recording/redact-input.ts';
import type { LogSink } from '../../ports/log.ts';
import type { NodeRecorder } from '../../ports/node-recorder.ts';
import type { OpenedFile, RecordingFile } from './recording-file.ts';

/** Some 10 MB; at a thousand adverts a second a disk may stand still for some 10 s. */
const QUEUE_MAX = 10_000;
/** Turned into text in one go: well below a millisecond of work. */
const SLICE_ENTRIES = 64;
const SLICE_BYTES = 65_536;
const GATHER_MS = 50;
/** At the end of the process a disk that has not answered for so long is given up. */
const STALLED_MS = 1000;
/** Room for the line that says how it ended. */
const END_BYTES = 100;

/** Who writes, and one moment on both clocks. */
export type Signature = Omit<RecordingHeader, 'kind' | 'format'>;

export interface FlightRecorderParts {
  /** `continue`: nothing is written before this program goes on from where another has stopped. */
  readonly begin: 'anew' | 'continue';
  open(how: 'anew' | 'continue'): Result<OpenedFile, string>;
  sign(): Signature;
  readonly limitBytes: number;
  readonly log: LogSink;
}

export class FlightRecorder implements NodeRecorder {
  readonly #parts: FlightRecorderParts;
  readonly #redaction = new InputRedaction();
  #queue: RecordingEntry[] = [];
  #file: RecordingFile | undefined;
  #bytes = 0;
  /** `waiting`: another program acts, or nobody yet. */
  #phase: 'waiting' | 'open' | 'ending' | 'closed' = 'waiting';
  #trouble: 'none' | 'told' = 'none';
  #timer: NodeJS.Timeout | undefined;
  /** When the write that is under way began. */
  #writingSinceMs: number | undefined;
  readonly #atExit = (): void => this.#finish(undefined);

  constructor(parts: FlightRecorderParts) {
    this.#parts = parts;
    // Also where the process breaks: then the end is missing, and the last line is what broke it.
    process.on('exit', this.#atExit);
  }

  model(model: Model): void {
    if (this.#phase !== 'waiting' || this.#parts.begin === 'continue') return;
    this.#begin('anew');
    this.#add({ kind: 'model', model });
  }

  resumed(at: Micros, model: Model, state: NodeState): void {
    if (this.#phase !== 'waiting') return;
    this.#begin('continue');
    this.#resume(at, model, state);
  }

  #resume(at: Micros, model: Model, state: NodeState): void {
    const { host: _host, ...signature } = this.#parts.sign();
    // A copy, as the engine goes on with it before it is written.
    const copy: unknown = JSON.parse(JSON.stringify(state));
    this.#add({ kind: 'resumed', ...signature, monotonicUs: at, model, state: copy });
  }

  thawed(at: Micros, engine: Pick<Node, 'model' | 'exportState'>): void {
    if (this.#phase !== 'waiting') return;
    this.#begin('continue');
    // Where somebody else has written meanwhile it is another file.
    if (this.#bytes > 0) this.#add({ kind: 'thawed', at });
    else this.#resume(at, engine.model, engine.exportState());
  }

  handedOver(): void {
    if (this.#phase === 'open') this.#end('upgraded');
    this.#writeRest();
    if (this.#phase !== 'ending') return;
    this.#release();
    this.#phase = 'waiting';
  }

  input(at: Micros, input: NodeInput): void {
    this.#add({ kind: 'input', at, input });
  }

  expire(at: Micros): void {
    this.#add({ kind: 'expire', at });
  }

  effect(effect: NodeEffect): void {
    if (effect.kind === 'record') this.#add({ kind: 'event', event: effect.event });
  }

  /** The process ends in order. */
  close(): void {
    this.#finish('stopped');
  }

  #begin(how: 'anew' | 'continue'): void {
    const opened = this.#parts.open(how);
    if (!opened.ok) {
      this.#parts.log.write({ level: 'error', text: `nothing is recorded: ${opened.reason}` });
      this.#close();
      return;
    }
    this.#file = opened.value.file;
    this.#bytes = opened.value.sizeBytes;
    this.#phase = 'open';
    this.#trouble = 'none';
    if (this.#bytes > 0) return;
    this.#add({ kind: 'header', format: RECORDING_FORMAT, ...this.#parts.sign() });
  }

  #add(entry: RecordingEntry): void {
    if (this.#phase !== 'open') return;
    this.#queue.push(entry);
    if (this.#queue.length >= QUEUE_MAX) {
      // What is on the list is still written, and that something is missing behind it.
      this.#end('overrun');
      this.#say('the recording ends: the disk does not keep up');
    }
    if (this.#writingSinceMs === undefined) this.#flushSoon();
  }

  #end(reason: EndReason): void {
    this.#phase = 'ending';
    this.#queue.push({ kind: 'end', at: this.#parts.sign().monotonicUs, reason });
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    const file = this.#file;
    if (file === undefined || this.#writingSinceMs !== undefined) return;
    this.#guard(() => {
      const text = this.#takeSlice();
      if (text === '') {
        if (this.#phase === 'ending') this.#close();
        return;
      }
      this.#writingSinceMs = Date.now();
      file.write(Buffer.from(text), (error) => {
        this.#writingSinceMs = undefined;
        if (error !== undefined) this.#fail(error);
        else if (this.#queue.length < SLICE_ENTRIES) this.#flushSoon();
        else this.#flush();
      });
    });
  }

  #takeSlice(): string {
    let text = '';
    let taken = 0;
    while (taken < this.#queue.length && taken < SLICE_ENTRIES && text.length < SLICE_BYTES) {
      const entry = this.#queue[taken++];
      if (entry === undefined) break;
      const line = `${encodeEntry(this.#redact(entry))}\n`;
      const bytes = Buffer.byteLength(line);
      const isOver = this.#bytes + bytes + END_BYTES > this.#parts.limitBytes;
      if (isOver && entry.kind !== 'end') {
        this.#queue = [];
        taken = 0;
        this.#end('limit');
        this.#say(`the recording ends: it has ${this.#parts.limitBytes} bytes`);
        continue;
      }
      this.#bytes += bytes;
      text += line;
    }
    this.#queue = this.#queue.slice(taken);
    return text;
  }

  #redact(entry: RecordingEntry): RecordingEntry {
    if (entry.kind === 'model') return { ...entry, model: this.#redaction.model(entry.model) };
    if (entry.kind === 'input') return { ...entry, input: this.#redaction.input(entry.input) };
    return entry;
  }

  #finish(reason: EndReason | undefined): void {
    if (reason !== undefined && this.#phase === 'open') this.#end(reason);
    this.#writeRest();
    this.#close();
  }

  /** At once: the process ends, or another one goes on. Not where the disk stands still. */
  #writeRest(): void {
    const file = this.#file;
    const since = this.#writingSinceMs;
    if (file === undefined || (since !== undefined && Date.now() - since > STALLED_MS)) return;
    this.#guard(() => {
      for (let text = this.#takeSlice(); text !== ''; text = this.#takeSlice()) {
        file.writeAtOnce(Buffer.from(text));
      }
    });
  }

  /** The recording must never harm what it records. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#say(`the recording breaks off: ${why}`);
    this.#close();
  }

  #close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    process.off('exit', this.#atExit);
    this.#release();
  }

  #release(): void {
    this.#queue = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writingSinceMs = undefined;
    this.#file?.close();
    this.#file = undefined;
  }

  /** Once: what comes later comes of it. */
  #say(text: string): void {
    if (this.#trouble === 'told' || this.#phase === 'closed') return;
    this.#trouble = 'told';
    this.#parts.log.write({ level: 'warning', text });
  }
}
