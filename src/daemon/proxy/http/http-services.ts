import type { Micros } from '../../../base/time.ts';
import type { StatsPage } from '../../../config/model/proxy.ts';
import type { LocalAnswer } from '../../../core/proxy/http/answers.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import type { RequestHead, ResponseHead } from '../../../wire/http1/head.ts';
import type { Exchange } from './exchange.ts';
import type { HttpSession } from './http-session.ts';
import type { KeptServers } from './kept-servers.ts';

/** What is known of one request when it is over. */
export interface HttpRequestRecord {
  readonly session: HttpSession;
  readonly head?: RequestHead;
  readonly startedAt: Micros;
  readonly headAt?: Micros;
  back?: LiveProxy;
  server?: LiveServer;
  exchange?: Exchange;
  response?: ResponseHead;
  /** Of the proxy's own answer. */
  status?: number;
  bytesIn: number;
  bytesOut: number;
}

/** What all HTTP sessions use. */
export interface HttpServices {
  readonly kept: KeptServers;
  facts(known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>): SampleFacts;
  metrics(draft: DraftRequest): LocalAnswer;
  /** The page; the body of a form is taken from the inbox, as far as it has come. */
  stats(
    proxy: LiveProxy,
    settings: StatsPage,
    facts: SampleFacts,
    inbox: Inbox,
    head: RequestHead,
    onAnswer: (answer: LocalAnswer) => void,
  ): void;
  log(record: HttpRequestRecord, end: SessionEnd): void;
}
