/**
 * The lines of a recording (docs/flight-recorder.md): what the node was told and when, what came of it,
 * and enough to tell the time of day. One JSON object a line.
 */
import { failed, ok, type Result } from '../../base/result.ts';
import {
  formatMisfit,
  instant,
  integer,
  object,
  type Shape,
  text,
  variants,
  word,
} from '../../base/shape.ts';
import type { Micros } from '../../base/time.ts';
import { mapSecrets } from '../../config/model/map-secrets.ts';
import type { Model } from '../../config/model/model.ts';
import { modelShape } from '../../config/model/model-shape.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import { inputShape } from './input-shape.ts';

/** Grows when older programs would misread what is written. */
export const RECORDING_FORMAT = 1;

export type NodeRecord = Extract<NodeEffect, { kind: 'record' }>['event'];

export interface RecordingHeader {
  readonly kind: 'header';
  readonly format: number;
  /** Of the program. */
  readonly version: string;
  readonly commit: string;
  readonly host: string;
  /** The same moment on the axis of the inputs and since 1970. */
  readonly monotonicUs: Micros;
  readonly wallUs: number;
}

/**
 * `limit`: the file is as long as it may be; `overrun`: the disk did not keep up; `upgraded`: another
 * program goes on, and writes behind this.
 */
export type EndReason = 'stopped' | 'limit' | 'overrun' | 'upgraded';

/** In place of a model: the node goes on from where that of another program was. */
export interface ResumedEntry extends Omit<RecordingHeader, 'kind' | 'format' | 'host'> {
  readonly kind: 'resumed';
  readonly model: Model;
  /** A NodeState, as far as the version that reads it can tell. */
  readonly state: unknown;
}

/** Nobody has gone on: the one that wrote the end before this does. */
interface ThawedEntry {
  readonly kind: 'thawed';
  readonly at: Micros;
}

export type RecordingEntry =
  | RecordingHeader
  /** What the node was made of. */
  | { readonly kind: 'model'; readonly model: Model }
  | ResumedEntry
  | ThawedEntry
  | { readonly kind: 'input'; readonly at: Micros; readonly input: NodeInput }
  | { readonly kind: 'expire'; readonly at: Micros }
  /** Came of the input or expire before it. */
  | { readonly kind: 'event'; readonly event: NodeRecord }
  | { readonly kind: 'end'; readonly at: Micros; readonly reason: EndReason };

/** As read: an event of another version may have any form. */
export type ReadEntry =
  | Exclude<RecordingEntry, { kind: 'event' }>
  | { readonly kind: 'event'; readonly event: unknown };

const anything: Shape<unknown> = (json) => ok(json);

const endReason = word<EndReason>({ stopped: true, limit: true, overrun: true, upgraded: true });

const entryShape: Shape<ReadEntry> = variants<ReadEntry>({
  header: {
    format: integer,
    version: text,
    commit: text,
    host: text,
    monotonicUs: instant,
    wallUs: integer,
  },
  model: { model: modelShape },
  resumed: {
    version: text,
    commit: text,
    monotonicUs: instant,
    wallUs: integer,
    model: modelShape,
    state: anything,
  },
  thawed: { at: instant },
  input: { at: instant, input: inputShape },
  expire: { at: instant },
  event: { event: anything },
  end: { at: instant, reason: endReason },
});

/** What another version begins its recordings with, whatever else it says. */
const formatShape = object<{ readonly kind: 'header'; readonly format: number }>({
  kind: word({ header: true }),
  format: integer,
});

/** A line without its newline. What is secret must have been replaced before. */
export function encodeEntry(entry: RecordingEntry): string {
  return JSON.stringify(mapSecrets(entry, (secret) => ({ secret: secret.reveal() })));
}

/** Never throws. */
export function decodeEntry(line: string): Result<ReadEntry, string> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return failed('not JSON');
  }
  const format = formatOf(json);
  if (format !== undefined && format !== RECORDING_FORMAT) {
    return failed(
      `the recording has format ${format}, this program reads format ${RECORDING_FORMAT}`,
    );
  }
  const read = entryShape(json);
  return read.ok ? ok(read.value) : failed(formatMisfit(read.reason));
}

function formatOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const read = formatShape({
    kind: Reflect.get(json, 'kind'),
    format: Reflect.get(json, 'format'),
  });
  return read.ok ? read.value.format : undefined;
}
