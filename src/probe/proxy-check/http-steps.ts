import type { HttpCheckScript, HttpCheckStep, HttpExpect } from '../../config/model/proxy-check.ts';
import { type HttpAnswer, readHttpAnswer } from './answers/http.ts';
import { type Finder, findBytes, findPattern, type PatternParts } from './patterns.ts';
import { type Reading, refusing, type Unwell, well, wrong } from './steps.ts';

type SendRequest = Extract<HttpCheckStep, { kind: 'send' }>;

const STATUS_BY_DEFAULT: HttpExpect = {
  kind: 'expect',
  negated: false,
  match: 'status',
  ranges: [[200, 399]],
};

/** With what must hold of the answer where the script does not say. */
export function completeHttpScript({ steps }: HttpCheckScript): readonly HttpCheckStep[] {
  return steps.at(-1)?.kind === 'expect' ? steps : [...steps, STATUS_BY_DEFAULT];
}

/** The bytes that `haproxy` sends: names of headers in lower case, the end of the connection asked for. */
export function encodeHttpRequest(request: SendRequest): Uint8Array {
  const { method, uri, version, headers, body } = request;
  const content = Buffer.from(body ?? '', 'utf8');
  const given = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name !== 'content-length' && name !== 'connection');
  const lines = [
    `${method} ${uri} ${version}`,
    ...given.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${content.length}`]),
    ...(version === 'HTTP/1.0' ? [] : ['connection: close']),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), content]);
}

export interface HttpExpectParts extends PatternParts {
  /** What 404 means: one without new traffic, or what the script makes of it. */
  readonly notFound: 'conditional' | 'failure';
}

/** What an answer of which so much is there means to one `http-check expect`. */
export function readHttpExpect(
  expect: HttpExpect,
  parts: HttpExpectParts,
): (answer: Parameters<typeof readHttpAnswer>[0]) => Reading {
  const judge = judgeOf(expect, parts);
  return (answer) => {
    const read = readHttpAnswer(answer);
    if (read === 'more') return 'more';
    if (read === 'malformed') return wrong();
    if (read.status === 404 && parts.notFound === 'conditional')
      return { kind: 'well', status: 'L7OKC', code: 404, description: '' };
    return judge(read);
  };
}

type Judge = (answer: HttpAnswer) => Reading;

function judgeOf(expect: HttpExpect, parts: PatternParts): Judge {
  const { negated } = expect;
  switch (expect.match) {
    case 'status':
      return byHead(negated, ({ status }) =>
        expect.ranges.some(([first, last]) => status >= first && status <= last),
      );
    case 'rstatus': {
      const find = findPattern(expect.pattern, parts);
      return byHead(negated, ({ status }) => {
        const bytes = Buffer.from(String(status), 'latin1');
        return find({ bytes, end: 'ended' }) === 'yes';
      });
    }
    case 'hdr': {
      const { name, value } = expect;
      return byHead(negated, ({ headers }) =>
        headers.some(
          ([other, is]) => other === name.toLowerCase() && (value === undefined || is === value),
        ),
      );
    }
    case 'string':
      return byBody(negated, findBytes(Buffer.from(expect.pattern, 'utf8')));
    case 'rstring':
      return byBody(negated, findPattern(expect.pattern, parts));
  }
}

function byHead(negated: boolean, holds: (answer: HttpAnswer) => boolean): Judge {
  return (answer) =>
    holds(answer) === negated ? refusing(answer.status, answer.reason) : well('', answer.status);
}

function byBody(negated: boolean, find: Finder): Judge {
  return ({ body, end, status }) => {
    if (body.length === 0)
      return end === 'open' ? 'more' : wrong('HTTP content check could not find a response body');
    const found = find({ bytes: body, end });
    if (found === 'maybe') return 'more';
    if ((found === 'yes') !== negated) return well('', status);
    return wrong(
      negated ? 'HTTP check matched unwanted content' : 'HTTP content check did not match',
    );
  };
}

/** A connection that ends without a byte, and without a word. */
export const NO_HTTP_ANSWER: Unwell = wrong();
