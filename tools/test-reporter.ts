import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** What the reporter tells the runner about one test, one JSON object a line on descriptor 3. */
export interface TestRecord {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason: string;
  readonly durationMs: number;
}

/**
 * A quiet reporter for node:test: it prints failures only, and reports every test to the runner,
 * which counts. Descriptor 3 is written synchronously, so no record is lost when a test ends the
 * process.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:start') {
      names.length = event.data.nesting;
      names.push(event.data.name);
    } else if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { data } = event;
      const name = [...names.slice(0, data.nesting), data.name].join(' > ');
      const isTodo = data.todo !== undefined && data.todo !== false;
      const isSkipped = (data.skip !== undefined && data.skip !== false) || isTodo;
      const failed = event.type === 'test:fail' && !isSkipped;
      // A suite is counted only when something is wrong with itself, say in its body or a hook.
      if (data.details.type === 'suite' && !isSkipped && !(failed && !isSubtestFailure(event))) {
        continue;
      }
      const reason = [data.skip, data.todo].find((text) => typeof text === 'string') ?? '';
      send({
        name,
        outcome: failed ? 'failed' : isSkipped ? 'skipped' : 'passed',
        reason: reason || (isTodo ? 'todo' : ''),
        durationMs: data.details.duration_ms,
      });
      if (failed && !isSubtestFailure(event)) yield describeFailure(name, event);
    } else if (event.type === 'test:diagnostic' && /warning/i.test(event.data.message)) {
      yield `${event.data.message}\n`;
    }
  }
}

type FailEvent = Extract<TestEvent, { type: 'test:fail' | 'test:pass' }>;

function isSubtestFailure(event: FailEvent): boolean {
  const error = errorOf(event) as { failureType?: string } | undefined;
  return error?.failureType === 'subtestsFailed';
}

function errorOf(event: FailEvent): unknown {
  return (event.data.details as { error?: unknown }).error;
}

function describeFailure(name: string, event: FailEvent): string {
  const error = errorOf(event) as { cause?: unknown } | undefined;
  const where = event.data.file ? relative(process.cwd(), event.data.file) : '';
  const line = where && event.data.line !== undefined ? `:${event.data.line}` : '';
  const text = inspect(error?.cause ?? error, { depth: 6 })
    .replaceAll(/^ +at .*\(node:.*\n/gm, '')
    .replaceAll(/^/gm, '    ');
  return `\nFAILED ${name}\n  ${where}${line}\n${text}\n`;
}

function send(record: TestRecord): void {
  try {
    writeSync(3, `${JSON.stringify(record)}\n`);
  } catch {
    // Started by hand, without the runner: nobody counts.
  }
}
