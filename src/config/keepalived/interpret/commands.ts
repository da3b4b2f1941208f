import type { ScriptCommand } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Report } from '../report.ts';
import { commandFault, splitCommand, splitScriptLine } from '../text/script-words.ts';
import type { Position } from '../text/traced.ts';

/** A user and group as `USER GROUP`, `USER :GROUP` or `USER` say it. */
export interface Identity {
  readonly user?: string;
  readonly group?: string;
}

export interface PlacedCommand {
  readonly command: ScriptCommand;
  readonly at: Position;
}

/** Keywords of blocks where `user` is a line of its own. */
const USER_LINES = new Set(['script', 'misc_path']);

/** The command of a statement such as `notify_master "/path arg" USER GROUP`. */
export function readCommand(
  statement: Statement,
  identity: Identity,
  report: Report,
): PlacedCommand | undefined {
  const [, command, user, group, ...others] = splitScriptLine(statement.source);
  if (command === undefined) return undefined;
  const fault = commandFault(command.text);
  if (fault !== undefined) {
    const what =
      fault === 'quote'
        ? 'a quote in this command is never closed'
        : 'this command ends in a backslash';
    report.add('invalid-script', command.at, `${what}: '${statement.keyword.text}' is ignored`);
    return undefined;
  }
  const argv = splitCommand(command.text);
  const [program] = argv;
  if (program === undefined || program === '') {
    report.add(
      'invalid-script',
      command.at,
      `'${statement.keyword.text}' has an empty command and is ignored`,
      `${statement.keyword.text} "/path/to/script arguments"`,
    );
    return undefined;
  }
  const hasOwnUserLine = USER_LINES.has(statement.definition.name);
  const extra = hasOwnUserLine ? (user ?? others[0]) : others[0];
  if (extra !== undefined) {
    report.add(
      'extra-words',
      extra.at,
      `'${extra.text}' is ignored`,
      'put a command and its arguments between double quotes',
    );
  }
  const own =
    user === undefined || hasOwnUserLine ? identity : readIdentity(user.text, group?.text);
  return { command: { argv, ...own }, at: command.at };
}

export function readIdentity(user: string, group: string | undefined): Identity {
  const name = group?.startsWith(':') === true ? group.slice(1) : group;
  return name === undefined || name === '' ? { user } : { user, group: name };
}
