/** Files to statements: conditions are decided, variables put in, comments left out. */
import { nearestWord } from '../../../base/edit-distance.ts';
import type { Position, Report } from '../report.ts';
import { evaluateCondition } from './conditions.ts';
import { splitLine, type Word } from './words.ts';

export interface Statement {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** At least one. */
  readonly words: readonly Word[];
  readonly keyword: Word;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One `.if` that is open. */
interface Branch {
  readonly line: number;
  /** Whether what stands here counts; `done`: another branch did, or what is around does not. */
  state: 'counts' | 'waits' | 'done';
  hasElse: boolean;
}

const DIRECTIVES = ['.if', '.elif', '.else', '.endif', '.notice', '.warning', '.alert', '.diag'];
const MESSAGES = ['.notice', '.warning', '.alert', '.diag'] as const;

/**
 * The statements of one file, in order. It is a generator, so that a statement that sets a variable
 * takes effect before the next line is read.
 */
export function* readStatements(
  source: SourceFile,
  environment: ReadonlyMap<string, string>,
  report: Report,
): Generator<Statement> {
  const branches: Branch[] = [];
  const value = (name: string): string | undefined => environment.get(name);
  const lines = source.text.split('\n');
  for (const [index, text] of lines.entries()) {
    const at = { file: source.path, line: index + 1, column: 1 };
    if (index === lines.length - 1 && text.trim() !== '') {
      report.add('no-final-newline', at, 'the last line does not end with a newline');
    }
    if (text.includes('\0')) {
      report.add('nul-in-line', at, 'a line holds a NUL byte');
      continue;
    }
    const split = splitLine(text, value);
    if (!split.ok) {
      const { kind, column, message } = split.problem;
      report.add(kind, { ...at, column }, message);
      if (kind !== 'too-many-words') continue;
    }
    const [keyword] = split.words;
    if (keyword === undefined || keyword.text === '') continue;
    const statement = { file: at.file, line: at.line, words: split.words, keyword };
    if (keyword.text.startsWith('.')) directive(statement, branches, value, report);
    else if (branches.every(({ state }) => state === 'counts')) yield statement;
  }
  for (const { line } of branches) {
    const at = { file: source.path, line, column: 1 };
    report.add('condition-not-closed', at, "'.if' without '.endif'");
  }
}

function directive(
  statement: Statement,
  branches: Branch[],
  value: (name: string) => string | undefined,
  report: Report,
): void {
  const { keyword } = statement;
  const at = positionOf(statement, keyword);
  const counts = branches.every(({ state }) => state === 'counts');
  const [, argument, surplus] = statement.words;
  const name = keyword.text;
  if (name === '.if') {
    const state = !counts ? 'done' : holds(statement, value, report) ? 'counts' : 'waits';
    branches.push({ line: statement.line, state, hasElse: false });
    return;
  }
  const branch = branches.at(-1);
  if (name === '.elif' || name === '.else' || name === '.endif') {
    if (branch === undefined) {
      report.add('condition-misplaced', at, `'${name}' without '.if' before it`);
    } else if (name === '.endif') branches.pop();
    else turn(branch, statement, value, report);
    return;
  }
  if (!counts) return;
  const message = MESSAGES.find((known) => known === name);
  if (message === undefined) {
    const nearest = nearestWord(name, DIRECTIVES);
    report.add(
      'unknown-directive',
      at,
      `unknown directive '${name}'`,
      nearest === undefined ? undefined : `did you mean '${nearest}'?`,
    );
  } else if (surplus !== undefined) {
    const where = positionOf(statement, surplus);
    report.add('too-many-arguments', where, `a message is one word: put it in quotes`);
  } else if (message !== '.diag') {
    report.add(`message-${message.slice(1)}` as MessageCode, at, argument?.text ?? '');
  }
}

type MessageCode = 'message-notice' | 'message-warning' | 'message-alert';

/** `.elif` or `.else`. */
function turn(
  branch: Branch,
  statement: Statement,
  value: (name: string) => string | undefined,
  report: Report,
): void {
  const name = statement.keyword.text;
  if (branch.hasElse) {
    const at = positionOf(statement, statement.keyword);
    report.add('condition-misplaced', at, `'${name}' behind '.else'`);
    return;
  }
  if (name === '.else') branch.hasElse = true;
  if (branch.state !== 'waits') branch.state = 'done';
  else if (name === '.else' || holds(statement, value, report)) branch.state = 'counts';
}

function holds(
  statement: Statement,
  value: (name: string) => string | undefined,
  report: Report,
): boolean {
  const [, ...words] = statement.words;
  const result = evaluateCondition(words.map(({ text }) => text).join(' '), value);
  if (result.ok) return result.value;
  report.add('bad-condition', positionOf(statement, words[0] ?? statement.keyword), result.message);
  return false;
}

export function positionOf(statement: Statement, word: Word = statement.keyword): Position {
  return { file: statement.file, line: statement.line, column: word.column };
}
