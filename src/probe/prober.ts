import type { SecureContext } from 'node:tls';
import type { TlsClient } from '../config/model/virtual-server.ts';
import type { Finding, ProbeReport, ProbeRequest } from '../core/check/probe.ts';
import type { Clock } from '../ports/clock.ts';
import type { PatternCompiler } from '../ports/patterns.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import type { Prober, RunningProbe } from '../ports/prober.ts';
import type { ScriptRunner } from '../ports/scripts.ts';
import { Attempt } from './attempt.ts';
import { probeDns } from './dns.ts';
import { type HttpParts, probeHttp } from './http.ts';
import { Lane } from './lane.ts';
import { probePing } from './ping.ts';
import { probeScript } from './script.ts';
import { probeSmtp } from './smtp.ts';
import { probeTcp } from './tcp.ts';
import { createTlsContext } from './tls.ts';
import { probeUdp } from './udp.ts';

export interface ProberParts {
  readonly clock: Clock;
  readonly sockets: ProbeSockets;
  readonly scripts: ScriptRunner;
  readonly patterns: PatternCompiler;
  /** What a server that asks for a certificate is shown; another object after each reload. */
  tlsClient?(): TlsClient | undefined;
  /** How many may be under way at a time; the others wait, and their time limits with them. */
  readonly most: { readonly sockets: number; readonly scripts: number };
}

export function createProber(given: ProberParts): Prober {
  let made: { readonly of: TlsClient | undefined; readonly context: SecureContext } | undefined;
  const tlsContext = (): SecureContext => {
    const client = given.tlsClient?.();
    // Its files are read anew with the configuration that names them.
    if (made === undefined || made.of !== client) {
      made = { of: client, context: createTlsContext(client) };
    }
    return made.context;
  };
  const parts = { ...given, tlsContext };
  const lanes = { sockets: new Lane(parts.most.sockets), scripts: new Lane(parts.most.scripts) };
  const running = new Set<RunningProbe>();
  return {
    probe: (request, onEnd) => {
      const lane = request.kind === 'script' ? lanes.scripts : lanes.sockets;
      const probe = begin(parts, { request, lane }, (report) => {
        running.delete(probe);
        onEnd(report);
      });
      running.add(probe);
      return {
        abandon: () => {
          running.delete(probe);
          probe.abandon();
        },
      };
    },
    close: () => {
      for (const lane of Object.values(lanes)) lane.clear();
      for (const probe of running) probe.abandon();
      running.clear();
    },
  };
}

/** `onEnd` is not called before this has returned. */
function begin(
  parts: ProberParts & HttpParts,
  { request, lane }: { readonly request: ProbeRequest; readonly lane: Lane },
  onEnd: (report: ProbeReport) => void,
): RunningProbe {
  let phase: 'beginning' | 'begun' | 'over' = 'beginning';
  let attempt: Attempt | undefined;
  const tell = (report: ProbeReport): void => {
    if (phase === 'over') return;
    phase = 'over';
    onEnd(report);
  };
  const place = lane.enter(() => {
    attempt = new Attempt(parts.clock, (report) => {
      if (phase === 'beginning') process.nextTick(tell, report);
      else tell(report);
    });
    run(attempt, parts, { request, lane });
  });
  phase = 'begun';
  return {
    abandon: () => {
      phase = 'over';
      place.withdraw();
      attempt?.abandon();
    },
  };
}

function run(
  attempt: Attempt,
  parts: ProberParts & HttpParts,
  { request, lane }: { readonly request: ProbeRequest; readonly lane: Lane },
): void {
  const leave = () => lane.leave();
  if (request.kind === 'script') {
    // It may live on for a while after its attempt.
    probeScript(attempt, parts.scripts, request, leave);
    return;
  }
  attempt.hold(leave);
  const known = ask(attempt, parts, request);
  if (known !== undefined) attempt.end(known);
}

/** Begins; answers where there is nothing to wait for. */
function ask(
  attempt: Attempt,
  parts: ProberParts & HttpParts,
  request: Exclude<ProbeRequest, { kind: 'script' }>,
): Finding | undefined {
  const { sockets } = parts;
  switch (request.kind) {
    case 'tcp':
      return probeTcp(attempt, sockets, request.target);
    case 'ping':
      return probePing(attempt, sockets, request.target);
    case 'udp':
      return probeUdp(attempt, sockets, request);
    case 'dns':
      return probeDns(attempt, sockets, request);
    case 'smtp':
      return probeSmtp(attempt, sockets, request);
    case 'http':
    case 'https':
      return probeHttp(attempt, parts, request);
  }
}
