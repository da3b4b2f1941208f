/** Section by section, line by line. */

import { GLOBAL_TABLE } from '../grammar/global-keywords.ts';
import type { Keyword, KeywordTable } from '../grammar/keyword.ts';
import { PROXY_TABLE } from '../grammar/proxy-keywords.ts';
import {
  OTHER_SECTIONS,
  type OtherSection,
  SECTION_NAMES,
  type SectionName,
} from '../grammar/sections.ts';
import type { Position } from '../report.ts';
import { positionOf, type Statement } from '../text/statements.ts';
import { type Context, Line } from './context.ts';
import { GLOBAL_HANDLERS } from './globals.ts';
import { noteStatus } from './note-status.ts';
import { OTHER_HANDLERS } from './other-sections.ts';
import { PROXY_HANDLERS, withdrawOption } from './proxies.ts';
import { createProxyDraft, type ProxyDraft, type ProxyKind } from './proxy-draft.ts';
import { meantHint, readChoice, readNumber } from './values.ts';

/** What stands above the line that is read. */
type Current =
  | { readonly kind: 'none' }
  | { readonly kind: 'global' }
  | { readonly kind: 'proxy'; readonly proxy: ProxyDraft }
  | { readonly kind: 'other'; readonly section: SectionName; readonly name: string };

const LETTERS: Readonly<Record<ProxyKind, string>> = {
  defaults: 'D',
  frontend: 'F',
  listen: 'L',
  backend: 'B',
};

/** Keywords before which `no` may stand, besides options. */
const NEGATABLE = new Set(['log', 'daemon', 'strict-limits', 'numa-cpu-mapping', 'busy-polling']);

/** In the order in which they are carried out, wherever they stand. */
const RULE_ORDER = [
  ...['tcp-request connection', 'tcp-request session', 'tcp-request content', 'monitor fail'],
  ...['http-request', 'redirect', 'use_backend', 'use-server'],
];

/** A rule that stands behind one that is carried out after it reads otherwise than it is. */
function noteOrder(line: Line, name: string, proxy: ProxyDraft): void {
  const rank = RULE_ORDER.indexOf(name);
  const later =
    rank === -1 ? undefined : RULE_ORDER.find((rule, at) => at > rank && proxy.lines.has(rule));
  if (later === undefined) return;
  const message = `'${name}' is carried out before '${later}', behind which it stands`;
  line.tell('rule-order', line.statement.keyword, message, `write it before '${later}'`);
}

export class SectionReader {
  readonly #context: Context;
  #current: Current = { kind: 'none' };
  #defaults: ProxyDraft | undefined;
  readonly #named = new Map<string, ProxyDraft>();
  readonly #others = new Map<string, Position>();
  readonly proxies: ProxyDraft[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** Each file begins outside all sections. */
  beginFile(): void {
    this.#current = { kind: 'none' };
  }

  read(statement: Statement): void {
    const name = statement.keyword.text;
    const section = SECTION_NAMES.find((known) => known === name);
    if (section !== undefined) {
      this.#begin(statement, section);
      return;
    }
    const current = this.#current;
    switch (current.kind) {
      case 'none': {
        const at = positionOf(statement);
        const { report } = this.#context;
        const hint = report.mayHint() ? meantHint(name, SECTION_NAMES) : undefined;
        report.add('outside-section', at, `'${name}' stands before the first section`, hint);
        break;
      }
      case 'global':
        this.#readGlobal(statement);
        break;
      case 'proxy':
        this.#readProxy(statement, current.proxy);
        break;
      case 'other':
        this.#readOther(statement, current.section, current.name);
    }
  }

  #begin(statement: Statement, section: SectionName): void {
    if (section === 'global') {
      this.#current = { kind: 'global' };
      this.#refuseSurplus(statement, 1);
    } else if (section === 'defaults' || isProxy(section)) this.#beginProxy(statement, section);
    else {
      const name = statement.words[1]?.text ?? '';
      this.#current = { kind: 'other', section, name };
      const line = new Line(this.#context, statement, section);
      const { isNamed } = OTHER_SECTIONS[section as OtherSection];
      if (isNamed && name === '') {
        line.tell('section-name-missing', undefined, `'${section}' has a name`);
      } else if (isNamed) this.#noteOther(line, section, name);
      OTHER_HANDLERS[section as OtherSection]?.begin(line, name);
    }
  }

  #noteOther(line: Line, section: SectionName, name: string): void {
    const key = `${section} ${name}`;
    const other = this.#others.get(key);
    this.#others.set(key, positionOf(line.statement));
    if (other !== undefined && section !== 'peers') {
      const code = section === 'userlist' ? 'duplicate-ignored' : 'duplicate-section';
      line.tell(code, 0, `there is a section ${key} already, on line ${other.line}`);
    }
  }

  #refuseSurplus(statement: Statement, from: number): void {
    const word = statement.words[from];
    if (word === undefined) return;
    const at = positionOf(statement, word);
    const { report } = this.#context;
    report.add(
      'too-many-arguments',
      at,
      `'${word.text}' is too much behind '${statement.keyword.text}'`,
    );
  }

  #beginProxy(statement: Statement, kind: ProxyKind): void {
    const line = new Line(this.#context, statement, kind);
    const isFrom = line.text(0) === 'from' && line.args.length > 1;
    const isUnnamed = kind === 'defaults' && (isFrom || line.args.length === 0);
    const name = isUnnamed ? '' : line.text(0);
    const at = positionOf(statement, line.args[0]);
    const rest = isUnnamed ? 0 : 1;
    const draft = createProxyDraft(kind, name, at, this.#inherited(line, rest));
    this.#current = { kind: 'proxy', proxy: draft };
    const wrong = /[^\w.:-]/.exec(name);
    if (kind !== 'defaults' && name === '') {
      line.tell('section-name-missing', undefined, `'${kind}' has a name`);
    } else if (wrong !== null) {
      line.tell('section-name-invalid', 0, `the name of a section has no '${wrong[0]}'`);
    }
    if (kind === 'defaults') {
      this.#defaults = draft;
      if (name !== '') this.#named.set(name, draft);
    } else this.proxies.push(draft);
  }

  /** `from NAME`, or the last defaults section before. */
  #inherited(line: Line, rest: number): ProxyDraft | undefined {
    const word = line.args[rest];
    if (word === undefined) return line.name === 'defaults' ? undefined : this.#defaults;
    if (word.text !== 'from') {
      if (line.name === 'defaults' || line.name === 'backend') {
        line.tell('surplus-ignored', word, `'${word.text}' on the line of a section is ignored`);
        return line.name === 'defaults' ? undefined : this.#defaults;
      }
      const isAddress = /[.:*]/.test(word.text);
      const hint = isAddress ? `write bind ${word.text} on a line of its own` : undefined;
      const code = isAddress ? 'section-address' : 'too-many-arguments';
      line.tell(code, word, `'${word.text}' is too much on the line of a section`, hint);
      return this.#defaults;
    }
    const nameWord = line.args[rest + 1];
    const found = this.#named.get(nameWord?.text ?? '');
    if (nameWord === undefined) line.tell('missing-argument', word, "'from' is followed by a name");
    else if (found === undefined) {
      const hint = meantHint(nameWord.text, this.#named.keys());
      line.tell(
        'unknown-defaults',
        nameWord,
        `there is no 'defaults ${nameWord.text}' before`,
        hint,
      );
    }
    return found;
  }

  #readGlobal(statement: Statement): void {
    const found = this.#find(statement, GLOBAL_TABLE, "'global'", PROXY_TABLE);
    if (found === undefined) return;
    const line = new Line(this.#context, statement, found.name);
    if (!countsFit(line, found)) return;
    if (noteStatus(line, statement.keyword, found) === 'apply') GLOBAL_HANDLERS[found.name]?.(line);
  }

  #readProxy(statement: Statement, proxy: ProxyDraft): void {
    const [first, second] = statement.words;
    const prefix = first?.text ?? '';
    const isPrefixed = prefix === 'no' || prefix === 'default';
    if (isPrefixed && second !== undefined) {
      const inner = { ...statement, words: statement.words.slice(1), keyword: second };
      if (second.text === 'option') {
        this.#withdraw(inner, proxy, prefix);
        return;
      }
      if (!NEGATABLE.has(second.text)) {
        const at = positionOf(statement, second);
        this.#context.report.add(
          'unknown-keyword',
          at,
          `'${prefix}' does not go with '${second.text}'`,
        );
        return;
      }
    }
    const found = this.#find(statement, PROXY_TABLE, `'${proxy.kind}'`, GLOBAL_TABLE);
    if (found === undefined) return;
    const line = new Line(this.#context, statement, found.name);
    if (!this.#fitsSection(line, found, proxy) || !countsFit(line, found)) return;
    noteOrder(line, found.name, proxy);
    if (!proxy.lines.has(found.name)) proxy.lines.set(found.name, positionOf(statement));
    // What is not applied may be judged all the same.
    if (noteStatus(line, statement.keyword, found) === 'apply' || found.status === 'ignored') {
      PROXY_HANDLERS[found.name]?.(line, proxy);
    }
  }

  /** False where nothing shall be done with the line. */
  #fitsSection(line: Line, keyword: Keyword, proxy: ProxyDraft): boolean {
    const { name } = keyword;
    if (keyword.places.includes(LETTERS[proxy.kind])) {
      if (keyword.defaults !== 'named' || proxy.kind !== 'defaults' || proxy.name !== '')
        return true;
      const hint = "write 'defaults NAME', and 'from NAME' behind the names of proxies";
      const message = `'${name}' does not stand in a defaults section without name`;
      line.tell('wrong-section', line.statement.keyword, message, hint);
      return false;
    }
    if (proxy.kind === 'defaults') {
      line.tell('wrong-section', line.statement.keyword, `'${name}' does not stand in 'defaults'`);
      return false;
    }
    const side = keyword.places.includes('F') ? 'frontend' : 'backend';
    if (isHarmlessNowhere(name) === 'warned') {
      const message = `'${name}' does nothing in a ${proxy.kind}: it belongs to a ${side}`;
      line.tell('no-effect-here', line.statement.keyword, message);
      return false;
    }
    const hint = `it belongs to a ${side}, or listen`;
    line.tell(
      'wrong-section',
      line.statement.keyword,
      `'${name}' does not stand in '${proxy.kind}'`,
      hint,
    );
    return false;
  }

  #withdraw(statement: Statement, proxy: ProxyDraft, prefix: string): void {
    const found = this.#find(statement, PROXY_TABLE, `'${proxy.kind}'`, GLOBAL_TABLE);
    if (found === undefined) return;
    if (prefix === 'no' && NOT_NEGATABLE.has(found.name)) {
      const at = positionOf(statement);
      this.#context.report.add('invalid-value', at, `'no' does not go with '${found.name}'`);
      return;
    }
    withdrawOption(found.name, proxy);
  }

  #readOther(statement: Statement, section: SectionName, name: string): void {
    const { keywords } = OTHER_SECTIONS[section as OtherSection];
    const found = this.#find(statement, keywords, `'${section}'`, undefined);
    if (found === undefined) return;
    const line = new Line(this.#context, statement, found.name);
    if (countsFit(line, found)) OTHER_HANDLERS[section as OtherSection]?.read(line, name);
  }

  /** The row of a keyword of one or two words. */
  #find(
    statement: Statement,
    table: KeywordTable,
    section: string,
    elsewhere: KeywordTable | undefined,
  ): Keyword | undefined {
    const [first, second] = statement.words;
    const one = first?.text ?? '';
    const two = `${one} ${second?.text ?? ''}`;
    const found = table.keywords.get(two) ?? table.keywords.get(one);
    if (found !== undefined) return found;
    const { report } = this.#context;
    if (table.families.has(one)) {
      this.#reportMember(statement, table, one);
      return undefined;
    }
    const other = elsewhere?.keywords.get(two) ?? elsewhere?.keywords.get(one);
    if (other !== undefined || elsewhere?.families.has(one) === true) {
      report.add(
        'wrong-section',
        positionOf(statement),
        `'${other?.name ?? one}' does not stand in ${section}`,
      );
      return undefined;
    }
    const words = [...table.keywords.keys(), ...table.families, ...SECTION_NAMES];
    const hint = report.mayHint() ? meantHint(one, words) : undefined;
    report.add(
      'unknown-keyword',
      positionOf(statement),
      `unknown keyword '${one}' in ${section}`,
      hint,
    );
    return undefined;
  }

  /** `timeout conect`: what belongs behind the first word. */
  #reportMember(statement: Statement, table: KeywordTable, family: string): void {
    const { report } = this.#context;
    const members = [...table.keywords.keys()]
      .filter((name) => name.startsWith(`${family} `))
      .map((name) => name.slice(family.length + 1));
    const word = statement.words[1];
    if (word === undefined) {
      const message = `'${family}' is followed by ${members.slice(0, 6).join(', ')} and others`;
      report.add('missing-argument', positionOf(statement), message);
      return;
    }
    const hint = report.mayHint() ? meantHint(word.text, members) : undefined;
    const message = `unknown keyword '${family} ${word.text}'`;
    report.add('unknown-keyword', positionOf(statement, word), message, hint);
  }
}

/** Options that say what is done, so that `no` before them says nothing. */
const NOT_NEGATABLE = new Set(
  [
    ...['httpchk', 'tcp-check', 'mysql-check', 'pgsql-check', 'redis-check', 'smtpchk'],
    ...['ldap-check', 'ssl-hello-chk', 'tcplog', 'httplog', 'external-check', 'spop-check'],
  ].map((name) => `option ${name}`),
);

function isProxy(section: SectionName): section is 'frontend' | 'backend' | 'listen' {
  return section === 'frontend' || section === 'backend' || section === 'listen';
}

/** Keywords that HAProxy warns about in a section that does not have them; others are errors. */
const WARNED_FAMILIES = new Set([
  ...['timeout', 'option', 'balance', 'hash-type', 'retries', 'maxconn', 'fullconn', 'backlog'],
  ...['monitor-uri', 'monitor', 'http-check', 'tcp-check', 'cookie', 'source', 'log-format'],
  ...['default_backend', 'use_backend', 'clitcpka', 'srvtcpka', 'redispatch', 'redisp'],
  ...['contimeout', 'clitimeout', 'srvtimeout', 'bind', 'stick', 'dispatch', 'http-reuse'],
  ...['capture', 'rate-limit', 'unique-id-format', 'unique-id-header'],
]);

function isHarmlessNowhere(name: string): 'warned' | 'refused' {
  return WARNED_FAMILIES.has(name.split(' ')[0] ?? '') ? 'warned' : 'refused';
}

function countsFit(line: Line, { name, least, most, first, surplus: rest }: Keyword): boolean {
  if (line.args.length < least) {
    line.tell(
      'missing-argument',
      line.statement.keyword,
      `'${name}' lacks ${least === 1 ? 'its argument' : 'arguments'}`,
    );
    return false;
  }
  if (first === 'number' && readNumber(line, line.args[0], `'${name}'`) === undefined) return false;
  if (first !== undefined && first !== 'number') {
    if (readChoice(line, line.args[0], `what follows '${name}'`, first) === undefined) return false;
  }
  const surplus = line.args[most];
  if (surplus === undefined) return true;
  if (rest === 'ignored') {
    line.tell(
      'surplus-ignored',
      surplus,
      `'${surplus.text}' behind '${name}' is ignored`,
      'put quotes around what belongs together',
    );
    return true;
  }
  line.tell('too-many-arguments', surplus, `'${surplus.text}' is too much behind '${name}'`);
  return false;
}
