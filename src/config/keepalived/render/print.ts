import { BLOCKS } from '../grammar/blocks.ts';
import type { PlacedKeyword } from '../grammar/keyword.ts';
import type { Block, DataLine, Statement } from '../grammar/tree.ts';
import { splitCommand, splitScriptLine } from '../text/script-words.ts';
import { redactWords } from './secrets.ts';
import { writeCommand, writeIdentity, writeWord, writeWords } from './words.ts';

export interface PrintOptions {
  readonly secrets: 'redacted' | 'shown';
  /** Inside lines that are for holdfast alone, which need not be said again. */
  readonly reader?: 'holdfast';
}

const INDENT = '    ';
/** What keepalived skips, whatever its config id. */
const OURS = '@holdfast ';

/** Statements as a keepalived.conf: one a line, with an empty line between blocks. */
export function printStatements(statements: readonly Statement[], options: PrintOptions): string {
  const parts = statements.map((statement) => printStatement(statement, '', options));
  return parts
    .map((part, index) => {
      const isApart = index > 0 && (part.endsWith('}\n') || parts[index - 1]?.endsWith('}\n'));
      return isApart === true ? `\n${part}` : part;
    })
    .join('');
}

function printStatement(statement: Statement, indent: string, options: PrintOptions): string {
  const { definition, source, block } = statement;
  const isOurs = definition.since === 'holdfast' || source.reader === 'holdfast';
  const prefix = isOurs && options.reader === undefined ? OURS : '';
  const name = currentName(definition);
  const line = [name, ...printArguments(statement, options)].join(' ');
  if (block === undefined) return `${indent}${prefix}${line}\n`;
  if (isOurs && options.reader === undefined) {
    // What stands inside would be read by others where its braces are not.
    const whole = printStatement(statement, indent, { ...options, reader: 'holdfast' });
    return whole.replace(/^(?=.)/gm, OURS);
  }
  const inside = printBlock(block, indent + INDENT, options);
  return `${indent}${line} {\n${inside}${indent}}\n`;
}

function printBlock(block: Block, indent: string, options: PrintOptions): string {
  return [
    ...block.lines.map((line) => printLine(line, indent, options)),
    ...block.statements.map((statement) => printStatement(statement, indent, options)),
  ].join('');
}

function printLine({ words, source }: DataLine, indent: string, { reader }: PrintOptions): string {
  const prefix = source.reader === 'holdfast' && reader === undefined ? OURS : '';
  return `${indent}${prefix}${writeWords(words)}\n`;
}

/** The spelling of today, unless keepalived 2.2.7 does not know it. */
function currentName({ name, age, spellingOf, block, body }: PlacedKeyword): string {
  if (age === undefined || spellingOf === undefined) return name;
  const current = BLOCKS[block].get(spellingOf);
  const isSame = current?.since === undefined && current?.body?.kind === body?.kind;
  return current !== undefined && isSame ? spellingOf : name;
}

function printArguments(statement: Statement, { secrets }: PrintOptions): readonly string[] {
  const { definition, words } = statement;
  const last = definition.arguments.at(-1)?.kind;
  if (last === 'script') return printScript(statement);
  const meant = last === 'words' ? words : words.slice(0, definition.arguments.length);
  const shown = secrets === 'shown' ? meant : redactWords(definition, meant);
  return shown.map(({ text }) => writeWord(text, 'later'));
}

/** The command, its user and its group; `script` takes the command alone. */
function printScript({ definition, source }: Statement): readonly string[] {
  const [, command, ...identity] = splitScriptLine(source);
  if (command === undefined) return [];
  const kept = definition.name === 'script' ? [] : identity.slice(0, 2);
  return [writeCommand(splitCommand(command.text)), ...kept.map(({ text }) => writeIdentity(text))];
}
