/** The stats socket: lines in, texts and orders out. */
import { editDistance } from '../../../../base/edit-distance.ts';
import { type Command, type CommandAnswer, type CommandInput, isAtLeast, say } from './command.ts';
import { processCommands } from './process-commands.ts';
import { serverCommands } from './server-commands.ts';
import { showCommands } from './show-commands.ts';

const closing: readonly Command[] = [
  {
    words: ['help'],
    usage: '[<command>]',
    about: 'commands, all or some',
    level: 'user',
    run: (args) => say(`The following commands are valid at this level:\n${helpLines(args)}`),
  },
  {
    words: ['prompt'],
    usage: '',
    about: 'show a prompt and stay, or no longer',
    level: 'user',
    run: (_args, { session }) => {
      const mode = session.mode === 'once' ? 'interactive' : 'once';
      return { text: '', orders: [], session: { ...session, mode } };
    },
  },
  {
    words: ['quit'],
    usage: '',
    about: 'disconnect',
    level: 'user',
    run: () => ({ text: '', orders: [], closes: 'now' }),
  },
];

function nameOf({ words }: Command): string {
  return words.join(' ');
}

const commands: readonly Command[] = [...showCommands, ...serverCommands, ...processCommands].sort(
  (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1),
);

/** The commands of one line: `;` separates, a backslash keeps the character after it. */
export function splitLine(line: string): string[][] {
  const found: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === '\\' && at + 1 < line.length) {
      at += 1;
      word = (word ?? '') + (line[at] ?? '');
    } else if (char === ' ' || char === '\t' || char === '\r') endWord();
    else if (char === ';') {
      endWord();
      found.push(words);
      words = [];
    } else word = (word ?? '') + char;
  }
  endWord();
  found.push(words);
  return found.filter((command) => command.length > 0);
}

/**
 * Carries out one command of `splitLine`. Its orders are obeyed before the next command of the line is run. What goes
 * to the client is the text and an empty line.
 */
export function runCommand(words: readonly string[], input: CommandInput): CommandAnswer {
  const command = [...commands, ...closing].find((known) =>
    known.words.every((word, index) => words[index] === word),
  );
  if (command === undefined) {
    const text = 'Unknown command, but maybe one of the following ones is a better match:\n';
    return say(`${text}${helpLines(words)}`);
  }
  if (!isAtLeast(input.session.level, command.level)) return say('Permission denied\n');
  return command.run(words.slice(command.words.length), input);
}

/** Those that begin so; else those that are written in nearly the same way. */
function helpLines(words: readonly string[]): string {
  return [...near(words), ...closing].map(helpLine).join('');
}

function helpLine(command: Command): string {
  const { usage, about } = command;
  const whole = usage === '' ? nameOf(command) : `${nameOf(command)} ${usage}`;
  return `  ${whole.padEnd(40)}: ${about}\n`;
}

function near(words: readonly string[]): readonly Command[] {
  for (let length = words.length; length > 0; length--) {
    const begun = commands.filter((known) =>
      words.slice(0, length).every((word, index) => known.words[index]?.startsWith(word)),
    );
    if (begun.length > 0) return begun;
  }
  const typed = words.slice(0, 2).join(' ');
  if (typed === '') return commands;
  const similar = commands.filter((known) => editDistance(nameOf(known), typed, 3) <= 3);
  return similar.length > 0 ? similar : commands.filter(({ level }) => level === 'user');
}
