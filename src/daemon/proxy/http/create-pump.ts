import { MessagePump } from '../../../proxy/http/message-pump.ts';
import { createBodyReader } from '../../../wire/http1/body.ts';
import type { Framing } from '../../../wire/http1/framing.ts';
import type { Traffic } from '../traffic.ts';

type PumpOptions = ConstructorParameters<typeof MessagePump>[0];

/** Carries one message, whose body is framed so. */
export function createPump(
  { streams, shared }: Pick<Traffic, 'streams' | 'shared'>,
  framing: Framing,
  { source, inbox, sink, onBytes }: Pick<PumpOptions, 'source' | 'inbox' | 'sink' | 'onBytes'>,
): MessagePump {
  const body = createBodyReader(framing);
  return new MessagePump({ source, inbox, sink, onBytes, body, streams, shared });
}
