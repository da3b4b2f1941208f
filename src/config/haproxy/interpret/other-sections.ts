/** userlist and http-errors are read; of the rest it is said that it is not applied. */
import { OTHER_SECTIONS, type OtherSection } from '../grammar/sections.ts';
import type { Line, UserList } from './context.ts';
import { readErrorPage } from './proxies.ts';
import { readChoice } from './values.ts';

interface SectionHandler {
  begin(line: Line, name: string): void;
  read(line: Line, name: string): void;
}

const userlist: SectionHandler = {
  begin: ({ context }, name) => {
    context.userLists.set(name, { users: new Map(), groups: new Map() });
  },
  read: (line, name) => {
    const list = line.context.userLists.get(name);
    if (list === undefined) return;
    if (line.name === 'group') readGroup(line, list);
    else readUser(line, list);
  },
};

function readGroup(line: Line, list: UserList): void {
  const users = line.text(1) === 'users' ? line.text(2).split(',') : [];
  if (line.args[1] !== undefined) readChoice(line, line.args[1], "'group'", ['users']);
  list.groups.set(line.text(0), users);
}

function readUser(line: Line, list: UserList): void {
  const name = line.text(0);
  if (list.users.has(name)) {
    line.tell('duplicate-section', 0, `there is a user '${name}' already`);
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
      line.tell('missing-argument', line.args[at], `'${what}' lacks its value`);
      return;
    }
    if (what === 'groups') {
      for (const group of value.text.split(',')) {
        list.groups.set(group, [...(list.groups.get(group) ?? []), name]);
      }
    } else {
      password = value.text;
      isPlain = what === 'insecure-password';
    }
  }
  list.users.set(name, { password, isPlain });
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
};
