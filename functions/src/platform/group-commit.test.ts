import { describe, expect, test } from 'vitest';
import { createGroupCommit, OverloadedError } from './group-commit.ts';

const OPTIONS = { maxItems: 5, maxBytes: 1_000, maxInFlight: 1, capItems: 20, capBytes: 10_000 };

/** A commit that a test ends by hand. */
function heldCommit() {
  const commits: { items: number[]; end: (error?: Error) => void }[] = [];
  const commit = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      commits.push({
        items,
        end: (error) => (error ? reject(error) : resolve(items.map((item) => `done ${item}`))),
      });
    });
  return { commits, commit };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  test('a lone item goes at once; what comes meanwhile shares the next commit', async () => {
    const { commits, commit } = heldCommit();
    const group = createGroupCommit(OPTIONS, commit);
    const first = group.add([1], 10);
    const others = [group.add([2], 10), group.add([3, 4], 20)];
    expect(commits.map(({ items }) => items)).toEqual([[1]]);
    commits[0]?.end();
    expect(await first).toEqual(['done 1']);
    await turn();
    expect(commits.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    commits[1]?.end();
    expect(await Promise.all(others)).toEqual([['done 2'], ['done 3', 'done 4']]);
  });

  test('a caller with more than one commit holds gets all its outcomes, in order', async () => {
    const { commits, commit } = heldCommit();
    const group = createGroupCommit({ ...OPTIONS, maxInFlight: 2 }, commit);
    const outcome = group.add([1, 2, 3, 4, 5, 6, 7], 70);
    expect(commits.map(({ items }) => items.length)).toEqual([5, 2]);
    commits[1]?.end();
    await turn();
    commits[0]?.end();
    expect(await outcome).toEqual([1, 2, 3, 4, 5, 6, 7].map((item) => `done ${item}`));
    await group.drained();
  });

  test('a commit that fails fails its callers whole, and no one else', async () => {
    const { commits, commit } = heldCommit();
    const group = createGroupCommit(OPTIONS, commit);
    const doomed = group.add([1, 2, 3, 4, 5, 6], 60);
    const spared = group.add([7], 10);
    commits[0]?.end(new Error('no'));
    await expect(doomed).rejects.toThrow('no');
    await turn();
    expect(commits[1]?.items).toEqual([7]);
    commits[1]?.end();
    expect(await spared).toEqual(['done 7']);
    expect(group.waitingItems).toBe(0);
  });

  test('a full queue refuses more and takes again when it has drained', async () => {
    const { commits, commit } = heldCommit();
    const group = createGroupCommit({ ...OPTIONS, capItems: 4 }, commit);
    const held = group.add([1, 2, 3], 30);
    await expect(group.add([4, 5], 20)).rejects.toBeInstanceOf(OverloadedError);
    commits[0]?.end();
    await held;
    await turn();
    const next = group.add([4, 5], 20);
    commits[1]?.end();
    expect(await next).toEqual(['done 4', 'done 5']);
  });

  test('commits stay below the byte bound', async () => {
    const { commits, commit } = heldCommit();
    const group = createGroupCommit({ ...OPTIONS, maxInFlight: 3 }, commit);
    void group.add([1, 2, 3, 4], 2_000);
    expect(commits.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    for (const { end } of commits) end();
    await group.drained();
  });
});
