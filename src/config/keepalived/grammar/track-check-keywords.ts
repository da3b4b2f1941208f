import { timingKeywords } from './checker-keywords.ts';
import { choice, integer, type Keyword, keywords, unacted } from './keyword.ts';

/** An extension of holdfast: a check of a real server that drives virtual routers instead. */
export const TRACK_CHECK_KEYWORDS: readonly Keyword[] = [
  unacted('weight', [integer(-253, 253), choice('reverse', 'noreverse')], {
    required: 1,
    default: '0',
  }),
  ...timingKeywords(0).map((keyword) =>
    keyword.name === 'delay_loop' ? { ...keyword, default: '1' } : keyword,
  ),
  unacted('TCP_CHECK', [], keywords('TCP_CHECK')),
  unacted('HTTP_GET', [], keywords('HTTP_GET')),
  unacted('SSL_GET', [], keywords('HTTP_GET')),
  unacted('SMTP_CHECK', [], keywords('SMTP_CHECK')),
  unacted('DNS_CHECK', [], keywords('DNS_CHECK')),
  unacted('UDP_CHECK', [], keywords('UDP_CHECK')),
  unacted('PING_CHECK', [], keywords('PING_CHECK')),
  unacted('MISC_CHECK', [], keywords('MISC_CHECK')),
];
