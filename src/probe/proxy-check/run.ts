import { addMicros, type Micros, micros } from '../../base/time.ts';
import type { CheckResult } from '../../core/proxy/health/types.ts';
import type { CheckStatus } from '../../core/proxy/live.ts';
import type { Clock } from '../../ports/clock.ts';
import { Deadline } from '../deadline.ts';
import { Channel } from './channel.ts';
import { connectFailure, RESET, readFailure } from './failures.ts';
import type { ConnectStep, ExpectStep, Reading, Step, Unwell, Well } from './steps.ts';
import { TCP_CHECK_PASSED } from './tcp-steps.ts';

export interface Limits {
  /** For all of it, where `read` is absent; else for each connection. */
  readonly connect: Micros;
  /** For what follows each connection. */
  readonly read?: Micros;
}

export interface RunParts {
  readonly clock: Clock;
  readonly limits: Limits;
  /** What is kept of an answer; more is taken for the end of it. */
  readonly bufferBytes: number;
  /** Frees what the steps hold. */
  readonly free: () => void;
}

const HANDSHAKE_FAILURE = 'SSL handshake failure';

/** Carries out the steps of one check; `onEnd` comes once. */
export class Run {
  readonly #steps: readonly Step[];
  readonly #parts: RunParts;
  readonly #begun: Micros;
  readonly #onEnd: (result: CheckResult) => void;
  readonly #deadline = new Deadline();
  #channel: Channel | undefined;
  #next = 0;
  #current: Step | undefined;
  #layer: 'L4' | 'L6' | 'L7' = 'L4';
  #received: Buffer = Buffer.alloc(0);
  /** `reset`: by the other side, before anything was read. */
  #stream: 'open' | 'ended' | 'reset' = 'open';
  #phase: 'running' | 'over' = 'running';

  constructor(steps: readonly Step[], parts: RunParts, onEnd: (result: CheckResult) => void) {
    this.#steps = steps;
    this.#parts = parts;
    this.#begun = parts.clock.now();
    this.#onEnd = onEnd;
    if (parts.limits.read === undefined) this.#limit(parts.limits.connect);
    this.#proceed();
  }

  abandon(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#deadline.clear();
    this.#channel?.close(
      this.#stream === 'ended' || this.#current?.kind === 'expect' ? 'end' : 'reset',
    );
    this.#parts.free();
  }

  /** Goes on until something has to be waited for. */
  #proceed(): void {
    while (this.#phase === 'running') {
      const step = this.#steps[this.#next];
      if (step === undefined) {
        this.#pass();
        return;
      }
      this.#next++;
      this.#current = step;
      if (step.kind === 'connect') {
        this.#connect(step);
        return;
      }
      if (step.kind === 'send') {
        this.#received = Buffer.alloc(0);
        if (this.#stream !== 'reset') this.#channel?.send(step.bytes);
      } else if (this.#read(step) === 'waiting') return;
    }
  }

  #connect(step: ConnectStep): void {
    this.#channel?.close('end');
    this.#received = Buffer.alloc(0);
    this.#stream = 'open';
    this.#layer = 'L4';
    const { limits } = this.#parts;
    if (limits.read !== undefined) this.#limit(limits.connect);
    this.#channel = new Channel(step, {
      onConnected: () => {
        if (step.tls === undefined) this.#onReady();
        else this.#layer = 'L6';
      },
      onSecured: () => this.#onReady(),
      onBytes: (piece) => this.#onBytes(piece),
      onEnd: () => this.#onEnded(),
      onError: (error) => this.#onError(error),
    });
  }

  #onReady(): void {
    const { read } = this.#parts.limits;
    if (read !== undefined) this.#limit(read);
    this.#layer = 'L7';
    this.#proceed();
  }

  #onBytes(piece: Buffer): void {
    const { bufferBytes } = this.#parts;
    this.#received = Buffer.concat([this.#received, piece]).subarray(0, bufferBytes);
    this.#readOn();
  }

  #onEnded(): void {
    this.#stream = 'ended';
    this.#readOn();
  }

  #readOn(): void {
    const step = this.#current;
    if (this.#phase === 'over' || step?.kind !== 'expect') return;
    if (this.#read(step) === 'on') this.#proceed();
  }

  #read(step: ExpectStep): 'waiting' | 'on' {
    if (this.#received.length === 0) {
      if (this.#stream === 'reset') this.#failAt(step, 'SOCKERR', RESET);
      if (this.#stream === 'ended') this.#fail(step.onNothing);
      return 'waiting';
    }
    const isFull = this.#received.length >= this.#parts.bufferBytes;
    const end = isFull || this.#stream !== 'open' ? 'ended' : 'open';
    const reading: Reading = step.read({ bytes: this.#received, end });
    if (reading === 'more') {
      // A reader that wants more than there will be has nothing better to say.
      if (end === 'ended') this.#fail(step.onNothing);
      return 'waiting';
    }
    if (reading.kind === 'unwell') {
      this.#fail(reading);
      return 'waiting';
    }
    if (reading.status === 'L7OKC' || this.#next === this.#steps.length) {
      this.#succeed(reading);
      return 'waiting';
    }
    return 'on';
  }

  #onError(error: NodeJS.ErrnoException): void {
    const step = this.#current;
    if (this.#phase === 'over' || step === undefined) return;
    // Who refuses a connection does not reset it: there was one, but it was over before it was seen.
    const wasConnected = this.#layer === 'L4' && error.code === 'ECONNRESET';
    const hasTls = step.kind === 'connect' && step.tls !== undefined;
    if (wasConnected && !hasTls) {
      this.#stream = 'reset';
      this.#onReady();
    } else if (wasConnected || this.#layer === 'L6') {
      this.#failAt(step, 'L6RSP', HANDSHAKE_FAILURE);
    } else if (this.#layer === 'L4') {
      this.#failAt(step, 'L4CON', connectFailure(error));
    } else {
      this.#failAt(step, 'SOCKERR', readFailure(error));
    }
  }

  #failAt({ place }: Step, status: CheckStatus, description: string): void {
    this.#fail({ kind: 'unwell', status, code: -1, description: `${description}${place}` });
  }

  #limit(limit: Micros): void {
    this.#deadline.set(limit, () => {
      const step = this.#current;
      const late = step?.kind === 'expect' ? step.lateStatus : 'L7TOUT';
      const status = this.#layer === 'L7' ? late : (`${this.#layer}TOUT` as const);
      this.#fail({ kind: 'unwell', status, code: -1, description: step?.place ?? '' });
    });
  }

  /** All steps are done; the last one was no `expect`. */
  #pass(): void {
    const last = this.#current;
    if (last?.kind === 'connect') {
      const status = last.tls === undefined ? 'L4OK' : 'L6OK';
      this.#end({ verdict: 'passed', status, code: -1, description: last.passed });
    } else {
      this.#end({ verdict: 'passed', status: 'L7OK', code: 0, description: TCP_CHECK_PASSED });
    }
  }

  #succeed({ status, code, description }: Well): void {
    const verdict = status === 'L7OKC' ? 'conditional' : 'passed';
    this.#end({ verdict, status, code, description });
  }

  #fail({ status, code, description }: Unwell): void {
    this.#end({ verdict: 'failed', status, code, description });
  }

  #end(ending: {
    readonly verdict: CheckResult['verdict'];
    readonly status: CheckStatus;
    readonly code: number;
    readonly description: string;
  }): void {
    if (this.#phase === 'over') return;
    this.abandon();
    const { verdict, status, code } = ending;
    // As far as a text goes in C; one character a byte.
    const [description = ''] = ending.description.split('\0');
    const durationMs = Math.round(micros(this.#parts.clock.now() - this.#begun) / 1000);
    this.#onEnd({ verdict, outcome: { status, code, durationMs, description } });
  }
}

/** The limits of one check, from the times of its backend. */
export function limitsOf(
  { connect, check }: { readonly connect?: Micros; readonly check?: Micros },
  inter: Micros,
): Limits {
  if (check === undefined) return { connect: inter };
  const least = connect === undefined ? inter : Math.min(connect, inter);
  return { connect: addMicros(0 as Micros, least), read: check };
}
