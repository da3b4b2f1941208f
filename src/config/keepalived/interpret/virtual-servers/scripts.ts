import type { ScriptCommand } from '../../../model/vrrp.ts';
import { readCommand } from '../commands.ts';
import { notePosition } from '../context.ts';
import type { Values } from '../values.ts';
import type { ServerContext } from './context.ts';

/** The command of quorum_up and its like; of several the first counts. */
export function readServerScript(
  values: Values,
  keyword: string,
  owner: string,
  context: ServerContext,
): ScriptCommand | undefined {
  const [first, second] = values.all(keyword);
  if (second !== undefined) {
    context.report.add(
      'repeated-keyword',
      second.keyword.at,
      `${keyword} is given twice: the first one counts`,
    );
  }
  const placed = first && readCommand(first, context.identity, context.report);
  if (placed === undefined) return undefined;
  const { command, at } = placed;
  const key = `${owner}/${keyword}`;
  notePosition(context, key, at);
  context.claims.push({ kind: 'script', at, key, command, what: keyword, use: 'notify' });
  return command;
}

/** A name that does not count where further words follow it, which has been told. */
export function onlyWord(values: Values, keyword: string): string | undefined {
  const lines = values.all(keyword).filter(({ words }) => words.length === 1);
  return lines.at(-1)?.words[0]?.text;
}
