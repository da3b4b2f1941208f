import type { NotificationPipe, NotificationPipes } from '../../model/notification-pipes.ts';
import type { Statement } from '../grammar/tree.ts';
import { type Identity, readCommand, readIdentity } from './commands.ts';
import { type Context, notePosition } from './context.ts';
import type { Values } from './values.ts';

/** notify_fifo, vrrp_notify_fifo, lvs_notify_fifo and what reads them; undefined where there is no pipe. */
export function readPipes(
  values: Values,
  identity: Identity,
  context: Context,
): NotificationPipes | undefined {
  const all = readPipe(values, 'notify_fifo', identity, context);
  const read = (keyword: 'vrrp_notify_fifo' | 'lvs_notify_fifo'): NotificationPipe | undefined => {
    const pipe = readPipe(values, keyword, identity, context);
    if (pipe === undefined || pipe.path !== all?.path) return pipe;
    reportShared(values, keyword, pipe, context);
    return undefined;
  };
  const vrrp = read('vrrp_notify_fifo');
  const balancing = read('lvs_notify_fifo');
  if (all === undefined && vrrp === undefined && balancing === undefined) return undefined;
  return {
    ...(all !== undefined && { all }),
    ...(vrrp !== undefined && { vrrp }),
    ...(balancing !== undefined && { balancing }),
    statesOnReload: values.has('fifo_write_vrrp_states_on_reload'),
  };
}

function readPipe(
  values: Values,
  keyword: 'notify_fifo' | 'vrrp_notify_fifo' | 'lvs_notify_fifo',
  identity: Identity,
  context: Context,
): NotificationPipe | undefined {
  const readerKeyword = `${keyword}_script`;
  const statement = first(values, keyword, context);
  const readerStatement = first(values, readerKeyword, context);
  const [path, user, group] = statement?.words ?? [];
  if (path === undefined) {
    if (readerStatement !== undefined) {
      context.report.add(
        'pipe-reader-unused',
        readerStatement.keyword.at,
        `there is no ${keyword} that this program could read: it is not run`,
        `${keyword} /run/keepalived.fifo`,
      );
    }
    return undefined;
  }
  const placed =
    readerStatement === undefined
      ? undefined
      : readCommand(readerStatement, identity, context.report);
  notePosition(context, `global/${readerKeyword}`, placed?.at);
  return {
    path: path.text,
    ...(user !== undefined && readIdentity(user.text, group?.text)),
    ...(placed !== undefined && { reader: placed.command }),
  };
}

/** Of several the first counts. */
function first(values: Values, keyword: string, { report }: Context): Statement | undefined {
  const [one, second] = values.all(keyword);
  if (second !== undefined) {
    const at = second.keyword.at;
    report.add('repeated-keyword', at, `${keyword} is given twice: the first one counts`);
  }
  // The keyword table tells of a name that is missing.
  return (one?.words[0]?.text ?? '') === '' ? undefined : one;
}

function reportShared(
  values: Values,
  keyword: string,
  { path }: NotificationPipe,
  { report }: Context,
): void {
  const at = values.all(keyword)[0]?.words[0]?.at;
  if (at === undefined) return;
  report.add(
    'pipe-shared',
    at,
    `${path} is notify_fifo already, which is told the same: ${keyword} is not used`,
  );
}
