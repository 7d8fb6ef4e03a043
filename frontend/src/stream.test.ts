import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, isAfter, LATE_AFTER_MS, LOST_AFTER_MS, retryDelay, stateAfter, withAfter, type Entry, type State, type Stream } from "./stream.ts";

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    FakeSource.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(type: string, data: unknown, lastEventId = ""): void {
    this.dispatchEvent(new MessageEvent(type, { data: typeof data === "string" ? data : JSON.stringify(data), lastEventId }));
  }
  entry(cursor: string): void {
    this.say("entry", { cursor, kind: "service_request.assigned", subject: "2026-000001", at: "", data: {} }, cursor);
  }
}

const last = (): FakeSource => FakeSource.all.at(-1)!;
let stream: Stream;
let entries: Entry[];
let states: State[];
let resets: number;
let newCursor: string | undefined;

function start(after = ""): void {
  stream = connect("/stream/", {
    onEntry: (entry) => entries.push(entry),
    onState: (state) => states.push(state),
    onReset: async () => {
      resets += 1;
      return newCursor;
    },
  }, { after, open: (url) => new FakeSource(url) as unknown as EventSource, random: () => 1 });
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  [FakeSource.all, entries, states, resets, newCursor] = [[], [], [], 0, undefined];
});
afterEach(() => {
  stream?.close();
  vi.useRealTimers();
});

describe("how fresh a page is", () => {
  it("is live, late and lost by its silence", () => {
    expect([0, LATE_AFTER_MS - 1].map(stateAfter)).toEqual(["live", "live"]);
    expect(stateAfter(LATE_AFTER_MS)).toBe("late");
    expect(stateAfter(LOST_AFTER_MS)).toBe("lost");
  });

  it("stays live while heartbeats come", () => {
    start();
    for (let i = 0; i < 12; i++) {
      vi.advanceTimersByTime(10_000);
      last().say("heartbeat", { at: "2026-11-23T05:05:00Z" });
    }
    expect(states).toEqual([]);
  });

  it("says late, then lost, then live again with the next word", () => {
    start();
    vi.advanceTimersByTime(LOST_AFTER_MS + 2_000);
    expect(states).toEqual(["late", "lost"]);
    vi.advanceTimersByTime(60_000);
    last().say("heartbeat", {});
    expect(states.at(-1)).toBe("live");
  });
});

describe("coming back", () => {
  it("asks for everything after the last entry it has seen", () => {
    start("7-1");
    expect(last().url).toBe("/stream/?after=7-1");
    last().entry("9-4");
    last().onerror?.();
    vi.advanceTimersByTime(1_000);
    expect(last().url).toBe("/stream/?after=9-4");
  });

  it("gives no entry twice, also when the server repeats some", () => {
    start();
    last().entry("9-4");
    last().onerror?.();
    vi.advanceTimersByTime(1_000);
    for (const cursor of ["9-3", "9-4", "9-5", "10-1"]) last().entry(cursor);
    expect(entries.map((entry) => entry.cursor)).toEqual(["9-4", "9-5", "10-1"]);
  });

  it("tries again by itself and later each time", () => {
    start();
    for (const wait of [1_000, 2_000, 4_000]) {
      const before = FakeSource.all.length;
      last().onerror?.();
      vi.advanceTimersByTime(wait - 1);
      expect(FakeSource.all.length).toBe(before);
      vi.advanceTimersByTime(1);
      expect(FakeSource.all.length).toBe(before + 1);
    }
    expect(stream.attempt).toBe(3);
  });

  it("tries at once when the network is back", () => {
    start();
    last().onerror?.();
    dispatchEvent(new Event("online"));
    expect(FakeSource.all.length).toBe(2);
  });

  it("gives up a line that is open but silent", () => {
    start();
    const first = last();
    first.onopen?.();
    vi.advanceTimersByTime(LOST_AFTER_MS + 3_000);
    expect(first.closed).toBe(true);
    expect(FakeSource.all.length).toBeGreaterThan(1);
  });

  it("does not listen to a connection it has given up", () => {
    start();
    const old = last();
    old.onerror?.();
    vi.advanceTimersByTime(1_000);
    old.entry("11-1");
    expect(entries).toEqual([]);
  });

  it("stops for good when it is closed", () => {
    start();
    last().onerror?.();
    stream.close();
    vi.advanceTimersByTime(120_000);
    expect(FakeSource.all.length).toBe(1);
    expect(last().closed).toBe(true);
  });
});

describe("what the server says", () => {
  it("goes on from the cursor of the new data after a reset", async () => {
    newCursor = "50-1";
    start("7-7");
    const first = last();
    first.say("reset", { reason: "too_far_behind" });
    expect(resets).toBe(1);
    expect(first.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(last().url).toBe("/stream/?after=50-1");
  });

  it("does not come back to life when it was closed during a reset", async () => {
    start("7-7");
    last().say("reset", {});
    stream.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSource.all).toHaveLength(1);
  });

  it("moves on with heartbeats, also where few entries are seen", () => {
    start("1-1");
    last().say("hello", { cursor: "2-1" }, "2-1");
    last().say("heartbeat", { at: "", ok: true }, "9-4");
    expect(stream.cursor).toBe("9-4");
  });

  it("says late at once when the server has lost its database, and live when it is back", () => {
    start();
    last().say("heartbeat", { at: "", ok: false });
    expect(stream.state).toBe("late");
    last().say("heartbeat", { at: "", ok: true }, "3-1");
    expect(states).toEqual(["late", "live"]);
  });

  it("survives an event that is not JSON", () => {
    start();
    last().say("entry", "{broken");
    last().entry("9-1");
    expect(entries).toHaveLength(1);
  });
});

describe("small print", () => {
  it("spreads returning screens over half of the waiting time", () => {
    expect(retryDelay(0, () => 0)).toBe(500);
    expect(retryDelay(0, () => 1)).toBe(1_000);
    expect(retryDelay(50, () => 1)).toBe(30_000);
  });
  it("compares cursors as numbers, beyond what a double holds", () => {
    expect(isAfter("10-1", "9-9")).toBe(true);
    expect(isAfter("9007199254740993-1", "9007199254740992-1")).toBe(true);
    expect(isAfter("9-1", "9-1")).toBe(false);
    expect(isAfter("1-1", "")).toBe(true);
  });
  it("keeps what the address already asks", () => {
    expect(withAfter("/stream/?only=wall", "1-2")).toBe("/stream/?only=wall&after=1-2");
    expect(withAfter("/stream/", "")).toBe("/stream/");
  });
});
