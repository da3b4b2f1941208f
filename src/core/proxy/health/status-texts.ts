import type { CheckStatus } from '../live.ts';
import type { Observation } from './types.ts';

/** What people read for a status: CSV (`check_desc`), log and tooltips. */
export const statusTexts: Readonly<Record<CheckStatus, string>> = {
  UNK: 'Unknown',
  INI: 'Initializing',
  CHECKED: 'No status change',
  HANA: 'Health analyze',
  SOCKERR: 'Socket error',
  L4OK: 'Layer4 check passed',
  L4TOUT: 'Layer4 timeout',
  L4CON: 'Layer4 connection problem',
  L6OK: 'Layer6 check passed',
  L6TOUT: 'Layer6 timeout',
  L6RSP: 'Layer6 invalid response',
  L7OK: 'Layer7 check passed',
  L7OKC: 'Layer7 check conditionally passed',
  L7TOUT: 'Layer7 timeout',
  L7RSP: 'Layer7 invalid response',
  L7STS: 'Layer7 wrong status',
};

export const observationTexts: Readonly<Record<Exclude<Observation['result'], 'success'>, string>> =
  {
    'unsuccessful-connection': 'L4 unsuccessful connection',
    'invalid-headers': 'Invalid http response (headers)',
    'invalid-response': 'Invalid http response',
    'wrong-response': 'Wrong http response',
    'read-error': 'Read error (http)',
    'read-timeout': 'Read timeout (http)',
    closed: 'Close from server (http)',
  };
