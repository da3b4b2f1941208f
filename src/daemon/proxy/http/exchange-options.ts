import type { Keeping } from '../../../core/proxy/http/forwarding.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Stream } from '../../../ports/streams.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import type { Traffic } from '../traffic.ts';
import type { KeptServers } from './kept-servers.ts';

/** Whoever is told these has nothing of the response yet. */
export type ExchangeFailure = 400 | 502 | 503 | 504;

/** How much of the body of the request has been taken out of what the client sent. */
export type BodyState = 'untouched' | 'begun' | 'read';

export interface ExchangeHands {
  onBytes(from: 'client' | 'server', count: number, server: LiveServer): void;
  /** The next deadline may be earlier than it was. */
  onDeadline(): void;
  /** The head of the response has been sent, and there is more; once, and not where all came at once. */
  onResponding(): void;
  /** All is said; whether the client's connection can go on. */
  onDone(keeping: Keeping): void;
  /** Nothing was sent to the client. */
  onFailure(status: ExchangeFailure, end: SessionEnd, body: BodyState): void;
  /** A kept connection took the request and ended: the client has to ask again. */
  onUnanswered(): void;
  /** The response was begun, and cannot be ended. */
  onBroken(end: SessionEnd): void;
  /** The protocol changes: from now on both connections are the caller's. */
  onTunnel(server: LiveServer, stream: Stream, first: Uint8Array): void;
}

export interface ExchangeOptions {
  readonly traffic: Traffic;
  readonly front: LiveProxy;
  readonly back: LiveProxy;
  readonly kept: KeptServers;
  readonly client: Stream;
  readonly inbox: Inbox;
  readonly request: RequestHead;
  /** That its head counts. */
  readonly requestBytes: number;
  readonly draft: DraftRequest;
  readonly isFirst: boolean;
  /** Others may find another end of the request: nothing may follow it. */
  readonly isDoubtful: boolean;
  readonly source: string | undefined;
  readonly clientKeeping: Keeping;
  readonly hash: number | undefined;
  readonly factsOf: (more: Partial<SampleFacts>) => SampleFacts;
  readonly hands: ExchangeHands;
}
