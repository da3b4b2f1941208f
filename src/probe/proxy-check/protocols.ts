/** The checks that speak one protocol, as steps. Numbers are those that `haproxy` names in its errors. */
import type { ProxyCheck } from '../../config/model/proxy-check.ts';
import { encodeLdapBind, readLdapBind } from './answers/ldap.ts';
import {
  encodeMysqlLogin,
  MYSQL_QUIT,
  readMysqlGreeting,
  readMysqlLogin,
} from './answers/mysql.ts';
import { encodePgsqlStartup, readPgsqlAuthentication } from './answers/pgsql.ts';
import { REDIS_PING, readRedisPong } from './answers/redis.ts';
import { readSmtpBanner, readSmtpReply } from './answers/smtp.ts';
import { encodeClientHello, readServerHello } from './answers/ssl-hello.ts';
import {
  type ConnectStep,
  type ExpectStep,
  emptyAt,
  refusing,
  type SendStep,
  type Step,
  wrong,
} from './steps.ts';

type ProtocolCheck = Exclude<ProxyCheck, { kind: 'connect' | 'http' | 'tcp' }>;

export function protocolSteps(check: ProtocolCheck, connect: ConnectStep): readonly Step[] {
  switch (check.kind) {
    case 'mysql':
      return check.user === undefined
        ? [connect, expect(2, readMysqlGreeting)]
        : [
            connect,
            send(2, encodeMysqlLogin(check.user, check.version), MYSQL_QUIT),
            expect(3, readMysqlGreeting),
            expect(4, readMysqlLogin),
          ];
    case 'pgsql':
      return [connect, send(2, encodePgsqlStartup(check.user)), expect(3, readPgsqlAuthentication)];
    case 'redis':
      return [connect, send(1, REDIS_PING), expect(2, readRedisPong, 'refusing')];
    case 'smtp':
      return [
        connect,
        expect(2, readSmtpBanner),
        send(4, latin1(`${check.greeting}\r\n`)),
        expect(5, readSmtpReply, 'refusing'),
        send(6, latin1('QUIT\r\n')),
        expect(7, readSmtpReply, 'refusing'),
      ];
    case 'ldap':
      return [connect, send(1, encodeLdapBind()), expect(2, readLdapBind)];
    case 'ssl-hello': {
      const step = expect(2, readServerHello);
      const onNothing = { ...step.onNothing, status: 'L6RSP' } as const;
      return [connect, send(1, encodeClientHello()), { ...step, onNothing, lateStatus: 'L6TOUT' }];
    }
  }
}

function send(number: number, ...pieces: readonly Uint8Array[]): SendStep {
  return { kind: 'send', number, place: '', bytes: Buffer.concat(pieces) };
}

/** `silence`: what it is taken for where the connection ends without a byte. */
function expect(
  number: number,
  read: ExpectStep['read'],
  silence: 'wrong' | 'refusing' = 'wrong',
): ExpectStep {
  const empty = emptyAt(number);
  const onNothing = silence === 'wrong' ? wrong(empty) : refusing(0, empty);
  return { kind: 'expect', number, place: '', read, onNothing, lateStatus: 'L7TOUT' };
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
