/** The steps of a check, for each kind that a backend may have. */
import type {
  CheckConnect,
  HttpCheckScript,
  HttpCheckStep,
  ProxyCheck,
  TcpCheckStep,
} from '../../config/model/proxy-check.ts';
import type { LiveServer } from '../../core/proxy/live.ts';
import {
  completeHttpScript,
  encodeHttpRequest,
  type HttpExpectParts,
  NO_HTTP_ANSWER,
  readHttpExpect,
} from './http-steps.ts';
import { ownWay, writtenWay } from './places.ts';
import { protocolSteps } from './protocols.ts';
import type { Step } from './steps.ts';
import { placeOf, TCP_CHECK_PASSED, tcpExpect, tcpSend } from './tcp-steps.ts';

/** A connection of the server's own. */
const UNWRITTEN = { kind: 'connect', number: 0, place: '', passed: '' } as const;

/** Undefined: the server has no address or no port yet. */
export function compileCheck(
  server: LiveServer,
  check: ProxyCheck,
  parts: HttpExpectParts,
): readonly Step[] | undefined {
  const own = ownWay(server);
  switch (check.kind) {
    case 'connect':
      return own && [{ ...UNWRITTEN, ...own }];
    case 'http':
      return httpSteps(server, check, parts);
    case 'tcp':
      return tcpSteps(server, check.steps, parts);
    default:
      return own && protocolSteps(check, { ...UNWRITTEN, ...own });
  }
}

function httpSteps(
  server: LiveServer,
  script: HttpCheckScript,
  parts: HttpExpectParts,
): readonly Step[] | undefined {
  const written = completeHttpScript(script);
  const notFound = script.disableOn404 ? parts.notFound : 'failure';
  const own = { number: 0, place: '' };
  return compile(server, written, {
    firstPlace: '',
    connectPlace: () => '',
    passed: '',
    step: (step) => {
      if (step.kind === 'send') return { kind: 'send', ...own, bytes: encodeHttpRequest(step) };
      return {
        ...{ kind: 'expect', ...own, onNothing: NO_HTTP_ANSWER, lateStatus: 'L7TOUT' },
        read: readHttpExpect(step, { ...parts, notFound }),
      };
    },
  });
}

function tcpSteps(
  server: LiveServer,
  written: readonly TcpCheckStep[],
  parts: HttpExpectParts,
): readonly Step[] | undefined {
  return compile(server, written, {
    firstPlace: placeOf(0, 'connect'),
    connectPlace: ({ port, comment }, number) =>
      placeOf(number, port === undefined ? 'connect' : `connect port ${port}`, comment),
    passed: TCP_CHECK_PASSED,
    step: (step, number) =>
      step.kind === 'send' ? tcpSend(step, number) : tcpExpect(step, number, parts),
  });
}

/** A script that does not begin with a connection has one of the server's own before it. */
function compile<Written extends HttpCheckStep | TcpCheckStep>(
  server: LiveServer,
  written: readonly Written[],
  make: {
    readonly firstPlace: string;
    readonly passed: string;
    readonly connectPlace: (connect: CheckConnect, number: number) => string;
    readonly step: (step: Exclude<Written, CheckConnect>, number: number) => Step;
  },
): readonly Step[] | undefined {
  const steps: Step[] = [];
  if (written[0]?.kind !== 'connect') {
    const own = ownWay(server);
    if (own === undefined) return undefined;
    steps.push({ ...UNWRITTEN, place: make.firstPlace, ...own });
  }
  for (const [index, step] of written.entries()) {
    const number = index + 1;
    if (step.kind === 'connect') {
      const way = writtenWay(server, step);
      if (way === undefined) return undefined;
      const place = make.connectPlace(step, number);
      const { passed } = make;
      steps.push({ kind: 'connect', number, place, passed, ...way });
    } else {
      steps.push(make.step(step as Exclude<Written, CheckConnect>, number));
    }
  }
  return steps;
}
