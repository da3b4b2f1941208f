/**
 * Runs the engine over a recording, line by line, and holds what comes of it against what came of it
 * when it was recorded.
 */
import { failed, ok, type Result } from '../../base/result.ts';
import type { Micros } from '../../base/time.ts';
import { Node } from '../node.ts';
import type { NodeState } from '../node-state.ts';
import type { NodeEffect } from '../node-types.ts';
import { same } from '../vrrp/reconfigure.ts';
import {
  decodeEntry,
  type EndReason,
  type NodeRecord,
  type ReadEntry,
  type RecordingHeader,
} from './entry.ts';

/** The engine decided otherwise than the recording says. */
export interface Difference {
  /** The line that the engine was given. */
  readonly line: number;
  /** What it was: `expire`, or the kind of the input. */
  readonly stimulus: string;
  readonly at: Micros;
  readonly recorded: unknown;
  readonly replayed: NodeRecord | undefined;
}

export interface ReplayStep {
  readonly events: readonly NodeRecord[];
  readonly difference?: Difference;
}

const NOTHING: ReplayStep = { events: [] };

export class Replayer {
  #line = 0;
  #header: RecordingHeader | undefined;
  #clock: Pick<RecordingHeader, 'monotonicUs' | 'wallUs'> | undefined;
  #node: Node | undefined;
  #ended: EndReason | undefined;
  #now: Micros | undefined;
  #stimulus: Omit<Difference, 'recorded' | 'replayed'> | undefined;
  /** What the engine said about the last stimulus and the recording has not yet confirmed. */
  #unconfirmed: NodeRecord[] = [];
  /** About the last stimulus; only its first difference is told. */
  #verdict: 'agrees' | 'differs' = 'agrees';

  /** How many lines there were. */
  get line(): number {
    return this.#line;
  }

  get header(): RecordingHeader | undefined {
    return this.#header;
  }

  /** How the recording ended; undefined where it just breaks off. */
  get ended(): EndReason | undefined {
    return this.#ended;
  }

  /** One moment on both clocks, the last that is known. */
  get clock(): Pick<RecordingHeader, 'monotonicUs' | 'wallUs'> | undefined {
    return this.#clock;
  }

  /** Takes the next line; fails where it cannot be followed, and then for good. Never throws. */
  accept(text: string): Result<ReplayStep, string> {
    this.#line++;
    const read = decodeEntry(text);
    if (!read.ok) return failed(this.#problem(read.reason));
    const problem = this.#refuse(read.value);
    if (problem !== undefined) return failed(this.#problem(problem));
    return this.#follow(read.value);
  }

  #problem(what: string): string {
    return `line ${this.#line}: ${what}`;
  }

  /** What may stand here, given what stood before. */
  #refuse(entry: ReadEntry): string | undefined {
    const goesOn =
      this.#ended === 'upgraded' && (entry.kind === 'resumed' || entry.kind === 'thawed');
    if (this.#ended !== undefined && !goesOn) {
      return 'there is something behind the end of the recording';
    }
    if (entry.kind === 'header') {
      return this.#header === undefined ? undefined : 'a second header';
    }
    if (this.#header === undefined) return 'not a recording: it does not begin with a header';
    if (entry.kind === 'model') return this.#node === undefined ? undefined : 'a second model';
    if (entry.kind === 'end' || entry.kind === 'resumed') return undefined;
    if (this.#node === undefined) return `the model is missing before this ${entry.kind}`;
    if (entry.kind === 'event') {
      return this.#stimulus === undefined ? 'an event that nothing led to' : undefined;
    }
    return entry.at < (this.#now ?? entry.at) ? 'time goes backwards' : undefined;
  }

  #follow(entry: ReadEntry): Result<ReplayStep, string> {
    switch (entry.kind) {
      case 'header':
        this.#header = entry;
        this.#clock = entry;
        return ok(NOTHING);
      case 'model':
        return this.#try(() => {
          this.#node = new Node(entry.model);
          return NOTHING;
        });
      case 'event':
        return ok(this.#confirm(entry.event));
      case 'end':
        this.#ended = entry.reason;
        // A full file or a slow disk may have cut off between an input and its events.
        return ok(
          entry.reason === 'limit' || entry.reason === 'overrun' ? NOTHING : this.#settle(),
        );
      case 'resumed':
        this.#ended = undefined;
        this.#clock = entry;
        this.#unconfirmed = [];
        return this.#run(entry.monotonicUs, 'resumed', (out) => {
          this.#node = new Node(entry.model);
          this.#node.importState(entry.monotonicUs, entry.state as NodeState, out);
        });
      case 'thawed':
        this.#ended = undefined;
        return ok(NOTHING);
      case 'expire':
        return this.#run(entry.at, 'expire', (out) => this.#node?.expire(entry.at, out));
      case 'input':
        return this.#run(entry.at, entry.input.kind, (out) =>
          this.#node?.handle(entry.at, entry.input, out),
        );
    }
  }

  #run(at: Micros, stimulus: string, act: (out: NodeEffect[]) => void): Result<ReplayStep, string> {
    const before = this.#settle();
    return this.#try(() => {
      this.#now = at;
      this.#verdict = 'agrees';
      this.#stimulus = { line: this.#line, stimulus, at };
      const effects: NodeEffect[] = [];
      act(effects);
      const events = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []));
      this.#unconfirmed = [...events];
      return { ...before, events };
    });
  }

  /** A bug of the engine that ended the daemon ends the replay at the same line. */
  #try(act: () => ReplayStep): Result<ReplayStep, string> {
    try {
      return ok(act());
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return failed(this.#problem(`the engine fails: ${what}`));
    }
  }

  #confirm(recorded: unknown): ReplayStep {
    if (this.#verdict === 'differs') return NOTHING;
    const replayed = this.#unconfirmed.shift();
    return same(recorded, asJson(replayed)) ? NOTHING : this.#differ(recorded, replayed);
  }

  /** Nothing more was recorded of the last stimulus. */
  #settle(): ReplayStep {
    const [replayed] = this.#unconfirmed;
    this.#unconfirmed = [];
    return replayed === undefined ? NOTHING : this.#differ(undefined, replayed);
  }

  #differ(recorded: unknown, replayed: NodeRecord | undefined): ReplayStep {
    const stimulus = this.#stimulus;
    this.#unconfirmed = [];
    this.#verdict = 'differs';
    if (stimulus === undefined) return NOTHING;
    return { events: [], difference: { ...stimulus, recorded, replayed } };
  }
}

/** Fields that are undefined are not written. */
function asJson(value: NodeRecord | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
