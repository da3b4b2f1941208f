/** What somebody wants to see happen, one thing after another, and who serves meanwhile. */
import { type Micros, micros } from '../../base/time.ts';
import { Stage, type StageOptions } from './stage.ts';
import type { Change, Failure, Group } from './types.ts';
import { gapOf, overlapOf } from './watch.ts';

export interface StoryEvent {
  /** Since all had started and elected. */
  readonly at: Micros;
  readonly act: 'strike' | 'mend';
  readonly failures: readonly Failure[];
}

export interface StoryLine {
  readonly service: string;
  readonly before: readonly string[];
  readonly changes: readonly Change[];
  readonly after: readonly string[];
  readonly gap: Micros;
  readonly overlap: Micros;
  readonly length: Micros;
}

export function tell(
  group: Group,
  events: readonly StoryEvent[],
  options: StageOptions,
): readonly StoryLine[] {
  const stage = new Stage(group, options);
  stage.startAll();
  stage.watch.begin();
  const begin = stage.world.now;
  for (const { at, act, failures } of events) {
    stage.world.run(micros(Math.max(0, begin + at - stage.world.now)));
    if (act === 'strike') stage.strikeOn(failures);
    else stage.mend(failures);
  }
  stage.settle();
  return group.services.map((service) => {
    const span = stage.watch.spanOf(service);
    return { service: service.name, ...span, gap: gapOf(span), overlap: overlapOf(span) };
  });
}
