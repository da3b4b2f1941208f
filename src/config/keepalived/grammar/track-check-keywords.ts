import { timingKeywords } from './checker-keywords.ts';
import { acted, choice, integer, type Keyword, keywords } from './keyword.ts';

/** An extension of holdfast: a check of a real server that drives virtual routers instead. */
export const TRACK_CHECK_KEYWORDS: readonly Keyword[] = [
  acted('weight', [integer(-253, 253), choice('reverse', 'noreverse')], {
    required: 1,
    default: '0',
  }),
  ...timingKeywords(0).map((keyword) =>
    keyword.name === 'delay_loop' ? { ...keyword, default: '1' } : keyword,
  ),
  acted('TCP_CHECK', [], keywords('TCP_CHECK')),
  acted('HTTP_GET', [], keywords('HTTP_GET')),
  acted('SSL_GET', [], keywords('HTTP_GET')),
  acted('SMTP_CHECK', [], keywords('SMTP_CHECK')),
  acted('DNS_CHECK', [], keywords('DNS_CHECK')),
  acted('UDP_CHECK', [], keywords('UDP_CHECK')),
  acted('PING_CHECK', [], keywords('PING_CHECK')),
  acted('MISC_CHECK', [], keywords('MISC_CHECK')),
];
