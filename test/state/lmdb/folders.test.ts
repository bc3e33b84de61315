import { describe, expect, it } from 'vitest';
import { folderOf } from '../../../src/state/lmdb/folders.js';

describe('folders of jobs', () => {
  it('have the name of the job where it is a safe one', () => expect(folderOf('/state', 'flights-2_A')).toBe('/state/flights-2_A'));
  it('lie in the folder, whatever the job is called, and never two in one', () => {
    const names = ['..', '.', '', '/', '../x', 'a/b', 'a\\b', 'a\u0000', 'nul:', '\ud83d\ude00', '\ud83d\ude01', '\ud800', '\ud801', 'a b', 'x'.repeat(500), `${'x'.repeat(500)}y`, '%002f', '~'];
    const paths = names.map(name => folderOf('/state', name));
    expect(new Set(paths).size).toBe(names.length);
    for (const path of paths) expect(path).toMatch(/^\/state\/[A-Za-z0-9_%.-]{1,120}$/);
    for (const path of paths) expect(path.slice(7)).not.toMatch(/^\.+$/);
  });
});
