import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fold } from "./fold.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("gathers what comes close together into one call", async () => {
  const work = vi.fn();
  const add = fold<number>(100, work);
  [1, 2, 3].forEach(add);
  await vi.advanceTimersByTimeAsync(100);
  expect(work.mock.calls).toEqual([[[1, 2, 3]]]);
});

it("never runs twice at once and never drops what came while it ran", async () => {
  let release = (): void => undefined;
  const seen: number[][] = [];
  const add = fold<number>(100, (items) => {
    seen.push(items);
    return new Promise<void>((done) => (release = done));
  });
  add(1);
  await vi.advanceTimersByTimeAsync(100);
  add(2);
  add(3);
  await vi.advanceTimersByTimeAsync(500);
  expect(seen).toEqual([[1]]);
  release();
  await vi.advanceTimersByTimeAsync(100);
  expect(seen).toEqual([[1], [2, 3]]);
});

it("goes on after a call that failed", async () => {
  const work = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue(undefined);
  const add = fold<number>(100, async (items) => work(items).catch(() => undefined));
  add(1);
  await vi.advanceTimersByTimeAsync(100);
  add(2);
  await vi.advanceTimersByTimeAsync(100);
  expect(work).toHaveBeenCalledTimes(2);
});
