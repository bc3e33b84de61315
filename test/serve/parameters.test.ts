import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../src/serve/parameters.js';
import { Refusal } from '../../src/serve/exchange.js';

const refusal = (route: Parameters<typeof parametersOf>[0], query: string): string => {
  try {
    parametersOf(route, query, 3);
  } catch (error) {
    if (error instanceof Refusal) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
};

describe('parameters', () => {
  it('are times in milliseconds, infinite, or ISO 8601', () => {
    const of = (query: string): unknown => {
      const { from, to } = parametersOf('query', `key=a&${query}`, 3).values;
      return [from, to];
    };
    expect(of('')).toEqual([-Infinity, Infinity]);
    expect(of('from=-5&to=7.5')).toEqual([-5, 7.5]);
    expect(of('from=-Infinity&to=Infinity')).toEqual([-Infinity, Infinity]);
    expect(of('from=1970-01-02&to=1970-01-01T01:00:00%2B01:00')).toEqual([86_400_000, 0]);
  });
  it('have keys as text and as JSON, in their order', () =>
    expect(parametersOf('queryMany', new URLSearchParams([['key', '7'], ['keyJson', '7'], ['keyJson', '["de",{"$bigint":"7"},true]']]).toString(), 3).keys).toEqual(['7', 7, ['de', 7n, true]]));
  it('take a text for what it is, whatever it looks like', () => expect(parametersOf('query', `key=${encodeURIComponent('{"$gt":""}')}`, 3).keys).toEqual(['{"$gt":""}']));
  it.each([
    ['query', '', 'There must be one key'],
    ['query', 'key=a&key=b', 'there are 2'],
    ['queryMany', '', 'There must be a key'],
    ['top', '', 'n: '],
    ['top', 'n=0', 'n: '],
    ['top', 'n=1e3', 'n: '],
    ['top', 'n=9999999999999999999', 'n: '],
    ['query', 'key=a&from=yesterday', 'from: '],
    ['query', 'key=a&from=2026-13-45', 'There is no such time'],
    ['query', 'key=a&from=9999999999999999', 'There is no such time'],
    ['query', 'key=a&from=1&from=2', 'from is there twice'],
    ['query', 'key=a&partial=all', 'partial: '],
    ['query', 'key=a&asOf=-1', 'asOf: '],
    ['query', 'key=a&limit=5', 'There is no such parameter'],
    ['query', `key=${'a'.repeat(1_025)}`, 'key: '],
    ['query', `keyJson=${encodeURIComponent('['.repeat(500) + ']'.repeat(500))}`, 'keyJson: '],
  ] as const)('%s?%s is refused', (route, query, why) => {
    const said = refusal(route, query);
    expect(said).toContain('400 parameters: ');
    expect(said).toContain(why);
  });
  it('are no more keys than allowed', () => expect(refusal('queryMany', 'key=a&key=b&key=c&key=d')).toContain('400 limit'));

  // S5: nothing but scalars, and keys made of them.
  it.each(['{"$gt":""}', '{"$where":"sleep(1)"}', '{"$ne":null}', 'null', '[null]', '{}', '[{}]', '{"$map":[]}', '{"$object":[["a",1]]}', '{"$bigint":"1","x":1}', '{"$bigint":"0x10"}', '{"$number":"NaN"}', '{"__proto__":1}', 'NaN', 'undefined', '{"$bytes":"AAAA","of":"Buffer"}', '1]'])('keyJson=%s is refused', json =>
    expect(refusal('query', `keyJson=${encodeURIComponent(json)}`)).toContain('400 parameters: keyJson: '));
  it.each(['key[$gt]=', '__proto__=1', '__proto__[limit]=1', 'constructor=1', 'toString=1', 'script=ctx._source', 'from[$gt]=1', 'eval=redis.call'])('the parameter %s is refused', query => expect(refusal('query', `key=a&${query}`)).toContain('There is no such parameter'));
});
