import { seconds } from '../../../../../base/time.ts';
import type { HealthCheck } from '../../../../model/health-check.ts';
import { readCommand, readIdentity } from '../../commands.ts';
import { notePosition } from '../../context.ts';
import type { CheckReading } from './check.ts';
import { readTiming } from './polled.ts';

/** A script whose exit code tells. */
export function interpretMiscCheck({
  statement,
  values,
  place,
  context,
}: CheckReading): HealthCheck | undefined {
  const line = values.statement('misc_path');
  const [user, group] = values.statement('user')?.words ?? [];
  const identity = user === undefined ? context.identity : readIdentity(user.text, group?.text);
  const placed = line && readCommand(line, identity, context.report);
  // A keyword without its value has been told already.
  if (!values.has('misc_path')) {
    context.report.add(
      'incomplete-check',
      statement.keyword.at,
      'MISC_CHECK without misc_path is left out',
      'misc_path "/path/to/check arguments"',
    );
  }
  if (placed === undefined) return undefined;
  const { command, at } = placed;
  const key = `${place.owner}/misc_path`;
  notePosition(context, key, at);
  context.claims.push({ kind: 'script', at, key, command, what: 'misc_path', use: 'health' });
  const timing = readTiming([values, ...place.layers], { retries: 0 }, context);
  const timeout = values.number('misc_timeout') ?? 0;
  return {
    kind: 'script',
    ...timing,
    command,
    timeout: timeout === 0 ? timing.interval : seconds(timeout),
    setsWeight: values.has('misc_dynamic'),
  };
}
