/** The page with numbers. */
import { Secret } from '../../../base/secret.ts';
import { readCondition } from './conditions.ts';
import type { Line } from './context.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { readChoice, readDuration } from './values.ts';

type Handler = (line: Line, proxy: ProxyDraft) => void;

/** Any of them enables the page. */
const enabling =
  (handler: Handler): Handler =>
  (line, proxy) => {
    proxy.settings.stats.enabled = true;
    handler(line, proxy);
  };

const words = (line: Line): string => line.args.map(({ text }) => text).join(' ');

const HANDLERS: Readonly<Record<string, Handler>> = {
  'stats enable': () => undefined,
  'stats uri': (line, { settings }) => {
    settings.stats.uri = line.text(0);
  },
  'stats realm': (line, { settings }) => {
    settings.stats.realm = line.text(0);
  },
  'stats auth': (line, { settings }) => {
    const [, name, password] = /^([^:]*):(.*)$/s.exec(line.text(0)) ?? [];
    if (name === undefined || password === undefined) {
      line.fail(0, "'stats auth' is followed by USER:PASSWORD");
      return;
    }
    settings.stats.users.push({ name, password: new Secret(password) });
  },
  'stats refresh': (line, { settings }) => {
    const time = readDuration(line, line.args[0], "'stats refresh'", 's');
    if (time !== undefined) settings.stats.refreshSeconds = Math.floor(time / 1_000_000);
  },
  'stats admin': (line, proxy) => {
    const condition = readCondition(line, proxy, 0);
    if (condition !== 'bad' && condition !== undefined) proxy.settings.stats.adminWhen = condition;
  },
  'stats hide-version': (_, { settings }) => {
    settings.stats.hideVersion = true;
  },
  'stats show-legends': (_, { settings }) => {
    settings.stats.showLegends = true;
  },
  'stats show-node': (line, { settings }) => {
    settings.stats.node = words(line) || line.context.global.node || line.context.hostName;
  },
  'stats show-desc': (line, { settings }) => {
    settings.stats.showDescription = words(line) || line.context.global.description || '';
  },
  'stats scope': (line, { settings }) => {
    settings.stats.scope.push(line.text(0));
  },
  'stats http-request': (line, proxy) => {
    const action = readChoice(line, line.args[0], "'stats http-request'", [
      'allow',
      'deny',
      'auth',
    ]);
    if (action === undefined) return;
    const at = action === 'auth' && line.text(1) === 'realm' ? 3 : 1;
    if (readCondition(line, proxy, at) === 'bad') return;
    line.tell(
      'not-supported',
      0,
      "'stats http-request' is not supported",
      'write stats auth, or http-request',
    );
  },
};

export const STATS_HANDLERS: Readonly<Record<string, Handler>> = Object.fromEntries(
  Object.entries(HANDLERS).map(([name, handler]) => [name, enabling(handler)]),
);
