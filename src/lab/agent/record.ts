/** What became of each probe, for the last `capacity` of them. */
export interface ProbeRecord {
  /** Notes a probe; returns its number. */
  sent(atMs: number): number;
  answered(sequence: number, host: string, atMs: number): void;
  summarise(range: { readonly fromMs: number; readonly toMs: number }): ProbeSummary;
}

export interface ProbeSummary {
  readonly gapMs: number;
  readonly gapFromMs: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly sent: number;
  readonly answered: number;
  readonly stallMs: number;
}

/**
 * While the client's kernel resolves the address it keeps probes back, and sends them when somebody
 * announces it. An answer that took longer than this tells of service when it came, not when the
 * probe was made.
 */
const promptMs = 10;

export function createProbeRecord(capacity: number): ProbeRecord {
  const sentAt = new Float64Array(capacity);
  /** When the answer came; 0 for none. */
  const answeredAt = new Float64Array(capacity);
  const answeredBy = new Uint8Array(capacity);
  const hosts: string[] = [];
  let next = 0;

  const slot = (sequence: number): number => sequence % capacity;
  const at = (list: Float64Array, sequence: number): number => list[slot(sequence)] ?? 0;

  /** When the answer to a probe shows service; undefined where there was none. */
  const servedAt = (sequence: number): number | undefined => {
    const answer = at(answeredAt, sequence);
    if (answer === 0) return undefined;
    const sent = at(sentAt, sequence);
    return answer - sent > promptMs ? answer : sent;
  };

  const firstSentAfter = (atMs: number): number => {
    let low = Math.max(0, next - capacity);
    let high = next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (at(sentAt, middle) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    sent: (atMs) => {
      sentAt[slot(next)] = atMs;
      answeredAt[slot(next)] = 0;
      return next++;
    },

    answered: (sequence, host, atMs) => {
      const isKnown = sequence < next && sequence >= next - capacity;
      if (!isKnown || at(answeredAt, sequence) !== 0) return;
      let index = hosts.indexOf(host);
      if (index < 0) index = hosts.push(host) - 1;
      answeredAt[slot(sequence)] = atMs;
      answeredBy[slot(sequence)] = index;
    },

    summarise: ({ fromMs, toMs }) => {
      const first = firstSentAfter(fromMs);
      const end = firstSentAfter(toMs);
      // The service that the range begins with is the last one seen before it.
      let start = first;
      const oldest = Math.max(0, next - capacity);
      while (start > oldest) {
        start--;
        if (servedAt(start) !== undefined) break;
      }
      const served: { atMs: number; sequence: number }[] = [];
      let answered = 0;
      let stallMs = 0;
      for (let sequence = start; sequence < end; sequence++) {
        const time = servedAt(sequence);
        if (time !== undefined) served.push({ atMs: time, sequence });
        if (time !== undefined && sequence >= first) answered++;
        if (sequence > first) {
          stallMs = Math.max(stallMs, at(sentAt, sequence) - at(sentAt, sequence - 1));
        }
      }
      served.sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
      const name = (index: number): string | undefined => {
        const entry = served[index];
        return entry === undefined ? undefined : hosts[answeredBy[slot(entry.sequence)] ?? 0];
      };
      const gap = longestGap(served, { fromMs, toMs });
      return {
        gapMs: gap.gapMs,
        gapFromMs: gap.gapFromMs,
        before: name(gap.beforeIndex),
        after: name(gap.beforeIndex + 1),
        sent: end - first,
        answered,
        stallMs,
      };
    },
  };
}

/** The longest time between two instants of service; the ends of the range count as the last resort. */
function longestGap(
  served: readonly { readonly atMs: number }[],
  range: { readonly fromMs: number; readonly toMs: number },
): { gapMs: number; gapFromMs: number; beforeIndex: number } {
  const times = served.map((entry) => entry.atMs);
  let longest = { gapMs: 0, gapFromMs: range.fromMs, beforeIndex: -1 };
  for (let index = 0; index <= times.length; index++) {
    const from = times[index - 1] ?? range.fromMs;
    const to = times[index] ?? range.toMs;
    if (to - from > longest.gapMs) {
      longest = { gapMs: to - from, gapFromMs: from, beforeIndex: index - 1 };
    }
  }
  return longest;
}
