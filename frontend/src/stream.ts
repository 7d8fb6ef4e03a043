/**
 * The one live stream of a page, over server-sent events.
 *
 * `connect("/stream/", { onEntry, onPresence, onState, onReset })` tells what happens in the city and
 * how fresh the page is: `live`, `late` (a heartbeat is missing), `lost` (silent for 30 s). It comes
 * back by itself, each time a little later and never at the same moment as the other screens, and asks
 * for everything after the last entry it has seen, so nothing is lost and nothing comes twice.
 */
export type Entry = { cursor: string; kind: string; subject: string; at: string; data: Record<string, unknown> };
export type Presence = Record<string, unknown>;
export type State = "live" | "late" | "lost";
export type Handlers = {
  onEntry?: (entry: Entry) => void;
  onPresence?: (presence: Presence) => void;
  onState?: (state: State) => void;
  onHeartbeat?: (at: string) => void;
  /**
   * The server no longer has what we missed: load the page's data anew. What it gives back is the cursor of the new
   * data, from which the stream goes on; nothing: from now.
   */
  onReset?: (reason: string) => Promise<string | undefined> | void;
};
export type Options = {
  after?: string;
  open?: (url: string) => EventSource;
  random?: () => number;
};
export type Stream = {
  readonly state: State;
  readonly cursor: string;
  /** Unix milliseconds of the last sign of life. */
  readonly heardAt: number;
  /** How often it was tried since then. */
  readonly attempt: number;
  close(): void;
};

export const LATE_AFTER_MS = 15_000; // heartbeats come every 10 s
export const LOST_AFTER_MS = 30_000;
const CHECK_EVERY_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export function stateAfter(silentMs: number): State {
  if (silentMs >= LOST_AFTER_MS) return "lost";
  return silentMs >= LATE_AFTER_MS ? "late" : "live";
}

/** 1 s, 2 s, 4 s ... 30 s, of which a random half is taken off: a restarted server is not stormed. */
export function retryDelay(attempt: number, random: () => number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return full * (0.5 + random() / 2);
}

/** Cursors are "txid-id"; both parts may pass 2^53, so they are compared as big integers. */
export function isAfter(cursor: string, other: string): boolean {
  if (!other) return true;
  const [a, b] = [cursor, other].map((c) => c.split("-").map((part) => BigInt(part || 0)));
  const [txid, id, otherTxid, otherId] = [a?.[0] ?? 0n, a?.[1] ?? 0n, b?.[0] ?? 0n, b?.[1] ?? 0n];
  return txid > otherTxid || (txid === otherTxid && id > otherId);
}

export function withAfter(url: string, cursor: string): string {
  return cursor ? `${url}${url.includes("?") ? "&" : "?"}after=${encodeURIComponent(cursor)}` : url;
}

class Connection implements Stream {
  cursor: string;
  state: State = "live";
  heardAt = Date.now();
  attempt = 0;
  #isUnwell = false; // the line is alive, but the server does not reach its database: numbers are old
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #check: ReturnType<typeof setInterval>;
  readonly #url: string;
  readonly #on: Handlers;
  readonly #make: (url: string) => EventSource;
  readonly #random: () => number;

  constructor(url: string, handlers: Handlers, options: Options) {
    this.#url = url;
    this.#on = handlers;
    this.cursor = options.after ?? "";
    this.#make = options.open ?? ((target) => new EventSource(target));
    this.#random = options.random ?? Math.random;
    this.#check = setInterval(() => this.#judge(), CHECK_EVERY_MS);
    addEventListener("online", this.#now);
    document.addEventListener("visibilitychange", this.#judge);
    this.#open();
  }

  close(): void {
    clearInterval(this.#check);
    clearTimeout(this.#retry);
    removeEventListener("online", this.#now);
    document.removeEventListener("visibilitychange", this.#judge);
    this.#source?.close();
    this.#source = undefined;
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#source?.close();
    const source = this.#make(withAfter(this.#url, this.cursor));
    this.#source = source;
    const listen = (name: string, act: (message: MessageEvent<string>) => void): void =>
      source.addEventListener(name, (event) => {
        if (source !== this.#source) return; // a late word of a connection already given up
        this.#heard();
        act(event as MessageEvent<string>);
      });
    source.onopen = () => this.#heard();
    source.onerror = () => source === this.#source && this.#again();
    listen("hello", (message) => this.#moveTo(message.lastEventId));
    listen("heartbeat", (message) => this.#heartbeat(message));
    listen("presence", (message) => this.#on.onPresence?.(parsed(message) as Presence));
    listen("entry", (message) => this.#entry(message));
    listen("reset", (message) => void this.#reset(source, (parsed(message) as { reason?: string })?.reason ?? ""));
  }

  #heartbeat(message: MessageEvent<string>): void {
    const { at = "", ok = true } = (parsed(message) ?? {}) as { at?: string; ok?: boolean };
    this.#isUnwell = !ok;
    if (ok) this.#moveTo(message.lastEventId);
    this.#judge();
    this.#on.onHeartbeat?.(at);
  }

  /** Who sees few entries still comes back at the right place. */
  #moveTo(cursor: string): void {
    if (cursor && isAfter(cursor, this.cursor)) this.cursor = cursor;
  }

  async #reset(source: EventSource, reason: string): Promise<void> {
    source.close();
    if (reason === "signed_out" || reason === "permissions_changed") return location.reload(); // to the sign-in, or to what one still may see
    this.cursor = (await this.#on.onReset?.(reason)) ?? "";
    if (source === this.#source && this.#retry === undefined) this.#open();
  }

  #entry(message: MessageEvent<string>): void {
    const entry = parsed(message) as Entry | undefined;
    if (!entry) return;
    const cursor = message.lastEventId || entry.cursor;
    if (!isAfter(cursor, this.cursor)) return;
    this.cursor = cursor;
    this.#on.onEntry?.(entry);
  }

  #heard(): void {
    this.heardAt = Date.now();
    this.attempt = 0;
    this.#judge();
  }

  #again(): void {
    this.#source?.close();
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => this.#open(), retryDelay(this.attempt, this.#random));
    this.attempt += 1;
  }

  readonly #now = (): void => {
    if (this.#retry !== undefined) this.#open();
  };

  readonly #judge = (): void => {
    const silence = stateAfter(Date.now() - this.heardAt);
    const next = silence === "live" && this.#isUnwell ? "late" : silence;
    // An open but silent line is a dead one: proxies and sleeping laptops leave such behind.
    if (next === "lost" && this.#retry === undefined) this.#again();
    if (next === this.state) return;
    this.state = next;
    this.#on.onState?.(next);
  };
}

function parsed(message: MessageEvent<string>): unknown {
  try {
    return JSON.parse(message.data) as unknown;
  } catch {
    return undefined; // one broken event must not end the stream
  }
}

export function connect(url: string, handlers: Handlers, options: Options = {}): Stream {
  return new Connection(url, handlers, options);
}
