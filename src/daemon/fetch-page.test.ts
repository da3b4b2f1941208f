import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { type PageRequest, requestText, splitPage } from './fetch-page.ts';

const request: PageRequest = {
  address: '192.0.2.1' as IpAddress,
  port: 80,
  url: '/x',
  protocol: '1.0',
  timeoutMs: 1000,
};

describe('a page', () => {
  it('is asked for as keepalived asks', () => {
    assert.equal(
      requestText(request),
      'GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 192.0.2.1:80\r\n\r\n',
    );
    const address = '2001:db8::1' as IpAddress;
    assert.equal(
      requestText({ ...request, address, protocol: '1.1' }),
      'GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: [2001:db8::1]:80\r\n\r\n',
    );
    assert.match(
      requestText({ ...request, protocol: '1.0c' }),
      /HTTP\/1\.0[\s\S]*Connection: close/,
    );
    assert.match(requestText({ ...request, virtualHost: 'a:9' }), /\r\nHost: a:9\r\n\r\n$/);
  });

  it('has a body as long as its header says, or as there is', () => {
    const split = (text: string) => {
      const page = splitPage(Buffer.from(text));
      return page && `${Buffer.from(page.body)} ${page.state}`;
    };
    assert.equal(split('HTTP/1.1 200 OK\r\nX: y\r\n'), undefined);
    assert.equal(split('HTTP/1.1 200 OK\r\n\r\nhello'), 'hello open');
    assert.equal(split('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloEXTRA'), 'hello whole');
    assert.equal(split('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello'), 'hello open');
    assert.equal(split('HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\n\r\nhello'), 'hello open');
  });
});
