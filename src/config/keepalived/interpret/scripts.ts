import { type Micros, millis, seconds } from '../../../base/time.ts';
import type { VrrpScriptModel } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Position } from '../text/traced.ts';
import { type Identity, readCommand, readIdentity } from './commands.ts';
import { type Context, notePosition } from './context.ts';
import { checkSense } from './unacted/definitions.ts';
import { Values } from './values.ts';

/** A vrrp_script, with the weight that its users inherit. */
export interface ScriptDefinition {
  readonly model: VrrpScriptModel;
  readonly weight: number;
  readonly sense: 'normal' | 'reverse';
  readonly at: Position;
  /** Its place among all root statements: only what follows may use it. */
  readonly order: number;
}

export function interpretScript(
  statement: Statement,
  order: number,
  identity: Identity,
  context: Context,
): ScriptDefinition | undefined {
  const values = new Values(statement.block?.statements ?? [], context.report);
  const [name] = statement.words;
  if (name === undefined) return undefined;
  const line = values.statement('script');
  const placed =
    line === undefined
      ? undefined
      : readCommand(line, readUser(values, name.text, context) ?? identity, context.report);
  if (placed === undefined) {
    if (line === undefined && !values.has('script')) {
      context.report.add(
        'missing-script',
        statement.keyword.at,
        `vrrp_script ${name.text} has no script and is left out`,
        'script "/path/to/check arguments"',
      );
    }
    context.report.excuse({ missing: name.text });
    return undefined;
  }
  notePosition(context, `script/${name.text}/script`, placed.at);
  const interval = readDuration(values, 'interval', context) ?? seconds(1);
  const timeout = readDuration(values, 'timeout', context) ?? interval;
  reportSlowScript(values, interval, timeout, context);
  const weightWords = values.statement('weight')?.words ?? [];
  checkSense(values, ['reverse'], context);
  return {
    model: {
      name: name.text,
      command: placed.command,
      interval,
      timeout,
      rise: values.number('rise') ?? 1,
      fall: values.number('fall') ?? 1,
      initialResult: values.has('init_fail') ? 'failed' : 'unknown',
    },
    weight: values.number('weight') ?? 0,
    sense: weightWords[1]?.text === 'reverse' ? 'reverse' : 'normal',
    at: name.at,
    order,
  };
}

function readUser(values: Values, script: string, context: Context): Identity | undefined {
  const [user, group] = values.statement('user')?.words ?? [];
  if (user === undefined) return undefined;
  notePosition(context, `script/${script}/user`, user.at);
  return readIdentity(user.text, group?.text);
}

const DURATION_MIN = millis(1);

function readDuration(values: Values, name: string, { report }: Context): Micros | undefined {
  const duration = values.micros(name);
  const at = values.position(name);
  if (duration === undefined || duration >= DURATION_MIN || at === undefined) return duration;
  report.add('zero-interval', at, `'${name}' must be at least 0.001 s: 1 s is used`);
  return seconds(1);
}

function reportSlowScript(
  values: Values,
  interval: Micros,
  timeout: Micros,
  { report }: Context,
): void {
  const at = values.position('timeout');
  if (at === undefined || timeout <= interval) return;
  report.add(
    'script-timeout-over-interval',
    at,
    'the script may still run when its next turn comes, which is then left out',
  );
}
