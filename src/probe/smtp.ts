import type { Socket } from 'node:net';
import type { CheckTarget } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import { SmtpReplyReader } from '../wire/smtp.ts';
import type { Attempt } from './attempt.ts';
import { openConnection } from './connection.ts';
import { fail } from './failures.ts';
import { openStream } from './stream.ts';

interface SmtpProbe {
  readonly target: CheckTarget;
  readonly heloName: string;
}

const PORT = 25;

/** What is waited for, and what is said when it has come. */
interface Step {
  readonly missing: string;
  /** Any where absent. */
  readonly code?: number;
  readonly answer?: string;
}

/** Greeting, HELO and QUIT; how the server says good-bye does not matter, if it does. */
export function probeSmtp(
  attempt: Attempt,
  sockets: ProbeSockets,
  { target, heloName }: SmtpProbe,
): Finding | undefined {
  const steps: readonly Step[] = [
    { missing: 'greeting', code: 220, answer: `HELO ${heloName}\r\n` },
    { missing: 'reply to HELO', code: 250, answer: 'QUIT\r\n' },
    { missing: 'reply to QUIT' },
  ];
  const to = { ...target, port: target.port || PORT };
  return openConnection(attempt, sockets, to, (connection) =>
    converse(attempt, { socket: openStream(attempt, connection), steps, target }),
  );
}

function converse(
  attempt: Attempt,
  talk: {
    readonly socket: Socket;
    readonly steps: readonly Step[];
    readonly target: CheckTarget;
  },
): void {
  const { socket, target } = talk;
  const steps = [...talk.steps];
  const reader = new SmtpReplyReader();
  const wait = () => attempt.expect(target.connectTimeout, `no ${steps[0]?.missing}`);
  const pass = () => attempt.end({ kind: 'passed', detail: 'greeted, and took leave' });
  socket.on('data', (piece) => {
    const [step] = steps;
    if (step === undefined || attempt.isOver) return;
    const reply = reader.push(piece);
    if (reply.kind === 'incomplete') return;
    if (step.answer === undefined) pass();
    else if (reply.kind === 'malformed' || reply.code !== step.code) {
      const said = reply.kind === 'reply' ? `${reply.code}, not ${step.code}` : 'no SMTP';
      attempt.end(fail('answer', `${step.missing}: ${said}`));
    } else {
      steps.shift();
      wait();
      socket.write(step.answer);
    }
  });
  socket.once('end', () => {
    const [step] = steps;
    if (step?.answer === undefined) pass();
    else attempt.end(fail('answer', `the connection ended instead of a ${step.missing}`));
  });
  wait();
}
