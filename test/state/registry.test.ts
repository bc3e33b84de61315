import { describe, expect, it } from 'vitest';
import { tableRegistry } from '../../src/state/registry.js';

describe('the tables of an incarnation', () => {
  it('are one per step and name', () => {
    const tables = tableRegistry(() => undefined);
    expect(tables.table('a', 'x')).toBe(tables.table('a', 'x'));
    expect(tables.table('a', 'x')).not.toBe(tables.table('b', 'x'));
    expect(tables.table('__proto__', 'constructor')).toBe(tables.table('__proto__', 'constructor'));
  });
  it('are gone when dropped: the old handle reads nothing and refuses to be written, a new one begins anew', () => {
    const tables = tableRegistry(() => undefined);
    const old = tables.table<number>('a', 'x');
    old.set('k', 1);
    old.set('k', 1, 'row');
    tables.drop('a', 'x');
    tables.drop('a', 'never asked for');
    expect([old.get('k'), [...old.scan()], [...tables.filled()]]).toEqual([undefined, [], []]);
    expect(() => old.set('k', 2)).toThrow(/Ask the context for the table again/);
    expect(() => old.edit('k')).toThrow(expect.objectContaining({ code: 'state-locked' }));
    tables.table<number>('a', 'x').set('k', 3);
    expect([...tables.table('a', 'x').scan()]).toEqual([['k', undefined, 3]]);
  });
});
