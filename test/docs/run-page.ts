/** The steps of a page as tests, one after the other; when one fails the rest are not taken. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { skipSeeds } from '../seeds/machine.ts';
import { PageLab } from './page-lab.ts';
import { type Reading, readSteps, type Step } from './steps.ts';

/** Where the steps are taken. */
export interface Stage {
  take(step: Step): Promise<void>;
  destroy(): Promise<void>;
}

export interface StageChoice {
  readonly skip: string | false;
  /** The `lab` step is the first of every page. */
  create(lab: Step & { readonly kind: 'lab' }): Promise<Stage>;
}

const HOSTS: StageChoice = { skip: skipSeeds, create: ({ hosts }) => PageLab.create(hosts) };

export function runPage(file: string, { skip, create }: StageChoice = HOSTS): void {
  const { steps, mistakes } = stepsToTake(file);
  describe(file, { skip, concurrency: false }, () => {
    const [first, ...rest] = steps;
    let lab: Stage | undefined;
    let broken: string | undefined;
    before(async () => {
      assert.deepEqual(mistakes, []);
      if (first?.kind !== 'lab') throw new Error(`${file}: the first note is 'lab:'`);
      lab = await create(first);
    });
    after(() => lab?.destroy());
    for (const step of rest) {
      test(titleOf(step), async () => {
        if (broken !== undefined) assert.fail(`after ${broken}`);
        try {
          await lab?.take(step);
        } catch (error) {
          broken ??= titleOf(step);
          throw error;
        }
      });
    }
  });
}

/** Without the blocks that nobody types here. */
export function stepsToTake(file: string): Reading {
  const { steps, mistakes } = readSteps(readFileSync(file, 'utf8'));
  const taken = steps.filter(({ kind }) => kind !== 'not-typed' && kind !== 'typed-by');
  return { steps: taken, mistakes };
}

function titleOf(step: Step): string {
  const text = 'text' in step ? (step.text.trim().split('\n')[0] ?? '') : '';
  const what = 'what' in step ? `${step.host} ${step.what}` : '';
  return `line ${step.line}: ${step.kind} ${text}${what}`;
}
