/** Who serves from one moment to the next, as lines of text. */
import { type Change, describeFailure, type GroupForecast } from '../../sim/forecast/types.ts';
import { holdersText } from './words.ts';

/** Something that somebody does at a moment. */
export interface Mark {
  readonly at: number;
  readonly text: string;
}

/** One service over some time; what the text and the picture are made of. */
export interface Strip {
  readonly title: string;
  readonly service: string;
  readonly nodes: readonly string[];
  readonly before: readonly string[];
  readonly changes: readonly Change[];
  readonly marks: readonly Mark[];
  readonly length: number;
}

export function stripsOf(groups: readonly GroupForecast[]): readonly Strip[] {
  return groups.flatMap(({ rows, nodes }) =>
    rows.flatMap(({ failures, outcomes }) => {
      const title = failures.map(describeFailure).join(' and ');
      return outcomes.flatMap(({ service, before, timeline, mendedAt }): Strip[] => {
        const last = timeline.at(-1)?.at ?? 0;
        const marks = [
          { at: 0, text: title },
          { at: mendedAt, text: 'mended' },
        ];
        const length = Math.max(last, mendedAt) + 1_000_000;
        return timeline.length === 0
          ? []
          : [{ title, service, nodes, before, changes: timeline, marks, length }];
      });
    }),
  );
}

export function timelineText(strips: readonly Strip[]): string {
  return strips.map(stripText).join('\n');
}

function stripText({ title, service, before, changes, marks }: Strip): string {
  const lines = [
    ...marks.map(({ at, text }) => ({ at, order: 0, text })),
    ...changes.map(({ at, holders }) => ({
      at,
      order: 1,
      text: `  ${holdersText(holders)} ${holders.length > 1 ? 'serve' : 'serves'}`,
    })),
  ].toSorted((a, b) => a.at - b.at || a.order - b.order);
  const body = lines.map(({ at, text }) => `${(at / 1e6).toFixed(3).padStart(10)} s  ${text}\n`);
  const serving = `${holdersText(before)} ${before.length > 1 ? 'serve' : 'serves'}`;
  return `${title} (${service}): ${serving} before\n${body.join('')}`;
}
