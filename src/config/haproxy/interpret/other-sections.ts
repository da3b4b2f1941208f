/** userlist and http-errors are read; of the rest it is said that it is not applied. */
import { OTHER_SECTIONS, type OtherSection } from '../grammar/sections.ts';
import { positionOf } from '../text/statements.ts';
import type { Word } from '../text/words.ts';
import type { Context, Line, UserList } from './context.ts';
import { readErrorPage } from './proxies.ts';
import { readChoice, readNumber } from './values.ts';

interface SectionHandler {
  begin(line: Line, name: string): void;
  read(line: Line, name: string): void;
}

const userlist: SectionHandler = {
  begin: ({ context }, name) => {
    if (context.userLists.has(name)) return;
    context.userLists.set(name, { users: new Map(), groups: new Map(), named: [], joined: [] });
  },
  read: (line, name) => {
    const list = line.context.userLists.get(name);
    if (list === undefined) return;
    if (line.name === 'group') readGroup(line, list);
    else readUser(line, list);
  },
};

function readGroup(line: Line, list: UserList): void {
  const [word, what, members] = line.args;
  if (what !== undefined && readChoice(line, what, "'group'", ['users']) === undefined) return;
  const users = members?.text.split(',') ?? [];
  const at = positionOf(line.statement, members ?? word);
  list.named.push(...users.map((name) => ({ kind: 'user' as const, name, at })));
  const group = word?.text ?? '';
  list.groups.set(group, [...(list.groups.get(group) ?? []), ...users]);
}

function readUser(line: Line, list: UserList): void {
  const name = line.text(0);
  if (list.users.has(name)) {
    line.tell('duplicate-ignored', 0, `there is a user '${name}' already: this one is ignored`);
    return;
  }
  let password = '';
  let isPlain = false;
  for (let at = 1; at < line.args.length; at += 2) {
    const choices = ['password', 'insecure-password', 'groups'] as const;
    const what = readChoice(line, line.args[at], "'user'", choices);
    const value = line.args[at + 1];
    if (what === undefined) return;
    if (value === undefined) {
      line.tell('missing-value', line.args[at], `'${what}' lacks its value`);
      return;
    }
    if (what === 'groups') joinGroups(line, list, name, value);
    else {
      password = value.text;
      isPlain = what === 'insecure-password';
    }
  }
  list.users.set(name, { password, isPlain });
}

function joinGroups(line: Line, list: UserList, user: string, word: Word): void {
  const at = positionOf(line.statement, word);
  for (const group of word.text.split(',')) {
    list.named.push({ kind: 'group', name: group, at });
    list.joined.push({ user, group });
  }
}

/** Users of groups, and groups of users, must be there. */
export function judgeUserLists({ userLists, report }: Context): void {
  for (const [list, { users, groups, named, joined }] of userLists) {
    for (const { kind, name, at } of named) {
      const isKnown = kind === 'user' ? users.has(name) : groups.has(name);
      if (!isKnown)
        report.add('unknown-reference', at, `userlist '${list}' has no ${kind} '${name}'`);
    }
    for (const { user, group } of joined) groups.set(group, [...(groups.get(group) ?? []), user]);
  }
}

const httpErrors: SectionHandler = {
  begin: ({ context }, name) => {
    context.errorPages.set(name, new Map());
  },
  read: (line, name) => {
    const page = readErrorPage(line);
    if (page !== undefined) line.context.errorPages.get(name)?.set(page.status, page.page);
  },
};

/** Nothing is kept; its numbers are judged all the same. */
const cache: SectionHandler = {
  begin: (line, name) => {
    unapplied('cache').begin(line, name);
    line.context.openCaches.set(name, positionOf(line.statement));
  },
  read: (line, name) => {
    if (line.name === 'process-vary') {
      readChoice(line, line.args[0], "'process-vary'", ['on', 'off']);
      return;
    }
    readNumber(line, line.args[0], `'${line.name}'`, { least: 1 });
    if (line.name === 'total-max-size') line.context.openCaches.delete(name);
  },
};

export function judgeCaches({ openCaches, report }: Context): void {
  for (const [name, at] of openCaches) {
    report.add('missing-argument', at, `cache '${name}' lacks total-max-size`);
  }
}

/** Its lines are judged; what it would do is not done. */
function unapplied(section: OtherSection): SectionHandler {
  const { status, note } = OTHER_SECTIONS[section];
  return {
    begin: (line, name) => {
      const code = status === 'refused' ? 'not-supported' : 'not-applied';
      line.tell(code, undefined, `'${section} ${name}' is not applied: ${note}`);
      line.context.sectionNames.add(`${section} ${name}`);
    },
    read: () => undefined,
  };
}

export const OTHER_HANDLERS: Readonly<Record<OtherSection, SectionHandler>> = {
  ...(Object.fromEntries(
    (Object.keys(OTHER_SECTIONS) as OtherSection[]).map((name) => [name, unapplied(name)]),
  ) as Record<OtherSection, SectionHandler>),
  userlist,
  'http-errors': httpErrors,
  cache,
};
