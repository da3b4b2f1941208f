import { type Answer, type Reading, well, wrong } from '../steps.ts';

/** The first line, without its end, is the description of what is well. */
export function readAgentLine({ bytes, end }: Answer): Reading {
  const text = bytes.toString('latin1');
  const match = /^([^\r\n]*)[\r\n]/.exec(text);
  if (match !== null) return well(match[1] ?? '');
  return end === 'ended' ? wrong('Ignoring incomplete line from agent') : 'more';
}
