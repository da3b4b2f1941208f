import type { Statement } from '../grammar/tree.ts';
import type { Context } from './context.ts';

export function reportDuplicate(
  code: 'duplicate-script' | 'duplicate-instance',
  keyword: string,
  { words: [name], keyword: { at } }: Statement,
  { report }: Context,
): void {
  report.add(
    code,
    name?.at ?? at,
    `${keyword} ${name?.text} is defined above: this one is left out`,
    'give it another name',
  );
}
