import type { Case } from '../scene.ts';
import { aclCases } from './acls.ts';
import { balanceCases } from './balance.ts';
import { bufferCases } from './buffers.ts';
import { connectingCases } from './connecting.ts';
import { errorPageCases } from './error-pages.ts';
import { httpFramingCases } from './http-framing.ts';
import { httpKeepingCases } from './http-keeping.ts';
import { httpMoreCases } from './http-more.ts';
import { httpRuleCases } from './http-rules.ts';
import { logCases } from './logs.ts';
import { malformedCases } from './malformed.ts';
import { observingCases } from './observing.ts';
import { operationCases } from './operations.ts';
import { proxyProtocolCases } from './proxy-protocol.ts';
import { relayCases } from './relay.ts';
import { tcpRuleCases } from './tcp-rules.ts';
import { timeoutCases } from './timeouts.ts';

export const cases: readonly Case[] = [
  ...balanceCases,
  ...connectingCases,
  ...relayCases,
  ...timeoutCases,
  ...httpFramingCases,
  ...httpKeepingCases,
  ...malformedCases,
  ...httpRuleCases,
  ...httpMoreCases,
  ...errorPageCases,
  ...aclCases,
  ...logCases,
  ...proxyProtocolCases,
  ...tcpRuleCases,
  ...operationCases,
  ...observingCases,
  ...bufferCases,
];
