import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capacityOf } from './fit-addresses.ts';

describe('addresses in one advert', () => {
  it('is bounded by the count field and by the MTU', () => {
    assert.equal(capacityOf({ family: 4, version: 2 }, 1500), 255);
    assert.equal(capacityOf({ family: 4, version: 2 }, 576), (576 - 20 - 8 - 8) / 4);
    assert.equal(capacityOf({ family: 6, version: 3 }, 1500), 90);
    assert.equal(capacityOf({ family: 6, version: 3 }, 9000), 255);
  });
});
