import type { ScenarioEvent, ScenarioOutcome, StepResult } from './scenario.ts';

/** Where the account of a run goes. */
export interface Report {
  take(event: ScenarioEvent): void;
  finish(outcome: ScenarioOutcome): void;
  /** A line of its own, past the status line. */
  say(text: string): void;
  /** Takes the status line away; for the end of the process. */
  close(): void;
}

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const redrawMs = 100;

/** For people: what happens, line by line; in a terminal also who holds the VIP, always up to date. */
export function createTextReport(output: Output, vip: string): Report {
  const isLive = output.isTTY === true;
  let status = '';
  let step = '';
  let stepBegunMs = Date.now();
  let timer: NodeJS.Timeout | undefined;

  const erase = (): void => {
    if (isLive) output.write('\r\x1b[2K');
  };
  const draw = (): void => {
    if (!isLive || status === '') return;
    const seconds = ((Date.now() - stepBegunMs) / 1000).toFixed(1);
    const line = `${vip}: ${status}   [${step}, ${seconds} s]`;
    output.write(`\r\x1b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
  };
  const say = (text: string): void => {
    erase();
    output.write(`${text}\n`);
    draw();
  };
  const close = (): void => {
    clearInterval(timer);
    erase();
    status = '';
  };

  return {
    say,
    close,
    take: (event) => {
      switch (event.kind) {
        case 'mended':
          say(`mended: ${event.mend.what}\n        because ${event.mend.why} (${event.mend.id})`);
          break;
        case 'note':
          say(event.text);
          break;
        case 'host-up':
          say(`host:   ${event.host}, ${event.address}, ${event.program}, in ${event.namespace}`);
          break;
        case 'step-begun':
          step = event.step;
          stepBegunMs = Date.now();
          timer ??= isLive ? setInterval(draw, redrawMs) : undefined;
          status ||= 'nobody answers';
          if (isLive) draw();
          else say(`${vip}: ${step} ...`);
          break;
        case 'holder-changed':
          status = describeHolder(event);
          if (isLive) draw();
          else say(`${vip}: ${(event.afterMs / 1000).toFixed(3)} s: ${status}`);
          break;
        case 'step-done':
          say(`step:   ${event.result.step}: ${describeResult(event.result)}`);
          break;
      }
    },
    finish: (outcome) => {
      close();
      output.write(`\n${formatTable(outcome.results)}\n`);
      for (const problem of outcome.problems) output.write(`problem: ${problem}\n`);
      const where = outcome.kind === 'simulated' ? 'on the simulator: ' : '';
      const failovers = countOf(outcome.failovers, 'failover');
      output.write(`${where}${failovers}, ${describeProblems(outcome)}\n`);
    },
  };
}

/** For programs: each event is one JSON text on a line, and the outcome is the last. */
export function createJsonReport(output: Output): Report {
  const put = (value: object): void => {
    output.write(`${JSON.stringify(value)}\n`);
  };
  return {
    say: (text) => put({ kind: 'note', text }),
    close: () => {},
    take: put,
    finish: (outcome) => put({ ...outcome, kind: 'outcome', network: outcome.kind }),
  };
}

/** The steps as a table of fixed columns. */
export function formatTable(results: readonly StepResult[]): string {
  const rows = [
    ['step', 'old holder', 'new holder', 'gap ms', 'answering at once', 'HTTP through the VIP'],
    ...results.map((result) => [
      result.step,
      result.oldHolder ?? '-',
      result.newHolder ?? '-',
      result.gapMs?.toFixed(1) ?? '-',
      describeHolders(result),
      result.served ?? '-',
    ]),
  ];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths?.map((width) => '-'.repeat(width)).join('  ') ?? '';
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function describeHolder(event: Extract<ScenarioEvent, { kind: 'holder-changed' }>): string {
  const { serving, holding } = event;
  const isPlain = holding.length === (serving === undefined ? 0 : 1) && holding[0] === serving;
  const verb = holding.length > 1 ? 'have' : 'has';
  const asked = isPlain ? '' : ` (asked, ${holding.join(' and ') || 'no host'} ${verb} it)`;
  return `${serving === undefined ? 'nobody answers' : `${serving} serves`}${asked}`;
}

function describeResult(result: StepResult): string {
  const gap = result.gapMs === undefined ? '' : `, gap ${result.gapMs.toFixed(1)} ms`;
  const from = result.oldHolder === undefined ? '' : `${result.oldHolder} -> `;
  const served = result.served === undefined ? '' : `, HTTP says ${result.served}`;
  return `${from}${result.newHolder ?? 'nobody'}${gap}${served}`;
}

function describeHolders({ holdersMax, overlapMs }: StepResult): string {
  if (holdersMax < 2) return String(holdersMax);
  return `${holdersMax} for ${overlapMs < 1 ? 'under 1' : overlapMs.toFixed()} ms`;
}

function describeProblems({ problems }: ScenarioOutcome): string {
  return problems.length === 0
    ? 'and after each exactly one host answered'
    : countOf(problems.length, 'problem');
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
