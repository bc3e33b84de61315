import { Stream, count, trigger, tumbling } from 'millrace';
import { describe, expect, it } from 'vitest';

describe('triggers', () => {
  it('name themselves in the plan', () => {
    const windowed = Stream.from([1]).timestamps(n => n).window(tumbling(10)).aggregate(count(), { name: 'w', trigger: trigger.orFinally(trigger.repeatedly(trigger.count(2)), trigger.when(() => false)) });
    expect(windowed.describe()).toContain('orFinally(repeatedly(count(2)), when)');
  });
  it('report what is wrong with them when the job starts', async () => {
    await expect(Stream.from([1]).timestamps(n => n).window(tumbling(10)).aggregate(count(), { trigger: trigger.first(trigger.count(0), trigger.delay('soon' as '1s')) }).collect()).rejects.toThrow(/count\(0\)[^]*delay\(soon\)/);
  });
});
