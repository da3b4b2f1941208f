/**
 * Events for those who follow them over HTTP. One subscription at the VRRP process serves all of them;
 * what came before it, and what a follower missed, is asked for.
 */
import type { EventRecord, EventsResult } from '../protocol.ts';
import type { Questions } from './questions.ts';

export interface Follower {
  /** Number of the last event that was told. */
  readonly since: number;
  /** Only of this instance. */
  readonly instance?: string;
  onEvent(record: EventRecord): void;
  onFailure(error: unknown): void;
}

interface Following {
  readonly follower: Follower;
  told: number;
  phase: 'catching up' | 'live';
}

const BATCH = 200;

export class EventFeed {
  readonly #questions: Questions;
  readonly #all = new Set<Following>();
  #newest = 0;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Returns what ends it. */
  follow(follower: Follower): () => void {
    const following: Following = { follower, told: follower.since, phase: 'catching up' };
    this.#all.add(following);
    void this.#catchUp(following);
    return () => {
      this.#all.delete(following);
    };
  }

  /** What the subscription brings. */
  onNews({ events, last, lost }: EventsResult): void {
    this.#newest = Math.max(this.#newest, last);
    for (const following of this.#all) {
      if (following.phase !== 'live') continue;
      const first = events[0]?.number ?? last;
      // Between what was told and this there is more: it is asked for.
      if (lost > 0 || first > following.told + 1) void this.#catchUp(following);
      else for (const record of events) this.#tell(following, record);
    }
  }

  async #catchUp(following: Following): Promise<void> {
    following.phase = 'catching up';
    try {
      for (;;) {
        const request = { op: 'events', since: following.told, limit: BATCH } as const;
        const result = await this.#questions.ask(request);
        if (!this.#all.has(following)) return;
        for (const record of result.events) this.#tell(following, record);
        following.told = Math.max(following.told, result.last);
        if (!result.more && following.told >= this.#newest) break;
      }
      following.phase = 'live';
    } catch (error) {
      if (this.#all.delete(following)) following.follower.onFailure(error);
    }
  }

  #tell(following: Following, record: EventRecord): void {
    if (record.number <= following.told) return;
    following.told = record.number;
    const { instance } = following.follower;
    if (instance === undefined || record.instance === instance) following.follower.onEvent(record);
  }
}
