/**
 * The steps of a page of the documentation: its blocks, and what comments that no reader sees say about them.
 *
 *   <!-- lab: lb1=192.0.2.1/24 lb2=192.0.2.2/24 client=192.0.2.10/24 -->   the hosts; the interface is eth0
 *   <!-- type: lb1 lb2 -->        the next block is typed there, and must succeed
 *   <!-- type: lb1, status 1 -->  and must end so
 *   <!-- type: lb1, until shown --> again and again, until what is shown below it comes
 *   <!-- shown -->                the next block is what it prints
 *   <!-- write: lb1 lb2 FILE -->  the next block is that file; relative to the folder where commands are typed
 *   <!-- start: lb1 lb2 NAME -->  the next block is one program that goes on running
 *   <!-- do: lb1 power off -->    what the text asks of the reader's hands (power on|off, cable pulled|plugged,
 *                                 stop NAME, kill NAME)
 *   <!-- beforehand: lb1 COMMAND --> what the reader's host has already, such as a server
 *   <!-- not typed: REASON -->    the next block is not
 *   <!-- typed by: FILE -->       the next block is, by that test of its own
 *
 * In a block of the language `console` that is typed, `$ COMMAND` is typed and the lines below it are what it prints.
 */
import type { Token } from 'markdown-it';
import { COMMENT, createParser } from '../../tools/site/markdown.ts';

export type Step = { readonly line: number } & (
  | { readonly kind: 'lab'; readonly hosts: readonly { name: string; address: string }[] }
  | {
      readonly kind: 'type';
      readonly hosts: readonly string[];
      readonly text: string;
      readonly status: number;
      readonly patience: 'once' | 'until-shown';
      readonly shown: string | undefined;
    }
  | {
      readonly kind: 'write';
      readonly hosts: readonly string[];
      readonly file: string;
      readonly text: string;
    }
  | {
      readonly kind: 'start';
      readonly hosts: readonly string[];
      readonly name: string;
      readonly text: string;
    }
  | { readonly kind: 'do'; readonly host: string; readonly what: string }
  | { readonly kind: 'beforehand'; readonly hosts: readonly string[]; readonly text: string }
  | { readonly kind: 'not-typed'; readonly reason: string; readonly text: string }
  | { readonly kind: 'typed-by'; readonly file: string; readonly text: string }
);

const KINDS = [
  ...(['lab', 'type', 'shown', 'write', 'start', 'do', 'beforehand'] as const),
  ...(['not typed', 'typed by'] as const),
];
/** Blocks of these languages are commands. */
const TYPED = ['sh', 'bash', 'console', 'shell'];
/** What begins so is one without a language. */
const COMMANDS =
  /^(?:\$ |(?:bin\/)?(?:holdfast|keepalived|haproxy|kube\w+|helm|apt-get|npm|curl|systemctl) [^{]*$)/;

interface Note {
  readonly kind: (typeof KINDS)[number];
  readonly rest: string;
  readonly line: number;
}

export interface Reading {
  readonly steps: readonly Step[];
  /** `line N: what is wrong`; a block of commands about which nothing is said is among them. */
  readonly mistakes: readonly string[];
}

export function readSteps(text: string): Reading {
  const steps: Step[] = [];
  const mistakes: string[] = [];
  let note: Note | undefined;
  for (const token of createParser().parse(text, {})) {
    const line = (token.map?.[0] ?? 0) + 1;
    try {
      if (token.type === COMMENT) {
        const found = readNote(token, line);
        if (found === undefined) continue;
        if (note !== undefined) throw new Error(`no block follows '${note.kind}: ${note.rest}'`);
        const step = stepWithoutBlock(found);
        if (step !== undefined) steps.push(step);
        else note = found;
      } else if (token.type === 'fence') {
        takeBlock(token, note, steps, line);
        note = undefined;
      }
    } catch (error) {
      mistakes.push(`line ${line}: ${(error as Error).message}`);
      note = undefined;
    }
  }
  if (note !== undefined) mistakes.push(`line ${note.line}: no block follows`);
  return { steps, mistakes };
}

function readNote(token: Token, line: number): Note | undefined {
  const kind = KINDS.find((name) => new RegExp(`^${name}(?::|$)`).test(token.content));
  if (kind === undefined) return undefined;
  return { kind, rest: token.content.slice(kind.length + 1).trim(), line };
}

function stepWithoutBlock({ kind, rest, line }: Note): Step | undefined {
  if (kind === 'lab') {
    const hosts = rest.split(/\s+/).map((pair) => {
      const [name = '', address = ''] = pair.split('=');
      return { name, address };
    });
    return { kind, hosts, line };
  }
  const [first = '', ...words] = rest.split(' ');
  if (kind === 'do') return { kind, host: first, what: words.join(' '), line };
  if (kind === 'beforehand') return { kind, hosts: first.split('+'), text: words.join(' '), line };
  return undefined;
}

function takeBlock(token: Token, note: Note | undefined, steps: Step[], line: number): void {
  const text = token.content;
  const language = token.info.trim();
  if (note === undefined) {
    const isTyped = TYPED.includes(language) || COMMANDS.test(text.split('\n')[0] ?? '');
    if (isTyped) throw new Error('nothing says where this is typed, or why not');
    return;
  }
  if (note.kind === 'shown') {
    const last = steps.at(-1);
    if (last?.kind !== 'type') throw new Error("'shown' stands behind a block that is typed");
    steps[steps.length - 1] = { ...last, shown: text };
    return;
  }
  const step = stepOf(note, text, line);
  steps.push(...(step.kind === 'type' && language === 'console' ? commandsOf(step) : [step]));
}

/** One step for each command of a session. */
function commandsOf(step: Step & { readonly kind: 'type' }): readonly Step[] {
  const parts = step.text.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [text = '', ...printed] = part.split('\n');
    const shown = printed.join('\n');
    return { ...step, text: `${text}\n`, shown: shown.trim() === '' ? undefined : shown };
  });
}

function stepOf({ kind, rest }: Note, text: string, line: number): Step {
  const words = rest.split(/\s+/);
  if (kind === 'type') {
    const [hosts = '', ...options] = rest.split(',').map((part) => part.trim());
    const status = options.find((option) => option.startsWith('status '));
    const patience = options.includes('until shown') ? 'until-shown' : 'once';
    return {
      ...{ kind, hosts: hosts.split(/\s+/), text, patience, shown: undefined, line },
      status: Number(status?.slice('status '.length) ?? 0),
    };
  }
  if (kind === 'write')
    return { kind, hosts: words.slice(0, -1), file: words.at(-1) ?? '', text, line };
  if (kind === 'start')
    return { kind, hosts: words.slice(0, -1), name: words.at(-1) ?? '', text, line };
  if (kind === 'typed by') return { kind: 'typed-by', file: rest, text, line };
  return { kind: 'not-typed', reason: rest, text, line };
}
